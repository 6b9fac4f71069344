/** What a file was taken for: told in the summary, so that a person can see a wrong guess. */

import type { Binding, ReadColumn } from "./binding";
import type { Delimiter, Sniffed } from "./dialect";
import type { DetectedEncoding, Encoding } from "./encoding";
import { CR_END, CRLF_END, LINE_END_FLAGS } from "./row-index";

export interface Reading {
  readonly encoding: Encoding;
  readonly bom: boolean;
  /** Of the header; null if the file ends with it. */
  readonly lineEnd: "lf" | "crlf" | "cr" | null;
  readonly delimiter: Delimiter;
  readonly quoteChar: '"' | null;
  /** 1-based physical line; null if the file has no header. */
  readonly headerLine: number | null;
  readonly preambleLines: number;
  /** 0 to 1, in hundredths: how sure encoding, delimiter and header are. */
  readonly confidence: number;
  readonly columns: readonly ReadColumn[];
  /** Rows that end otherwise than the header. */
  readonly mixedLineEnds: number;
}

export function readingOf(
  { dialect, confidence }: Sniffed,
  detected: DetectedEncoding,
  binding: Binding,
  mixedLineEnds: number,
): Reading {
  return {
    encoding: detected.encoding,
    bom: dialect.hasBom,
    lineEnd: lineEndName(dialect.flags & LINE_END_FLAGS),
    delimiter: dialect.delimiter,
    quoteChar: dialect.quoteChar,
    headerLine: dialect.headerLine,
    preambleLines: dialect.preambleLines,
    confidence: Math.round(confidence * detected.confidence * 100) / 100,
    columns: binding.read,
    mixedLineEnds,
  };
}

function lineEndName(flags: number): Reading["lineEnd"] {
  if (flags === 0) return "lf";
  if (flags === CRLF_END) return "crlf";
  return flags === CR_END ? "cr" : null;
}
