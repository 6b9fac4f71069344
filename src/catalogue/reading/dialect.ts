/** What kind of table the first window holds, if any. Judged on bytes alone, so that chunking never matters. */

import { err, ok, type Result } from "../../domain/result";
import { recognised } from "./binding";
import { cellText } from "./cell-text";
import type { CompiledProfile } from "../profile/compile";
import { CELL_FLAGS, FLAG_BITS, RowIndex } from "./row-index";
import { firstInvalidUtf8, wholeUtf8End } from "./utf8";

export type Delimiter = "," | ";" | "\t" | "|";

export interface Dialect {
  readonly delimiter: Delimiter;
  readonly hasBom: boolean;
  /** 1-based physical line of the header; what stands above it is a preamble. */
  readonly headerLine: number;
  readonly labels: readonly string[];
}

/** A dialect and the offset of its first data row. */
export interface Sniffed {
  readonly dialect: Dialect;
  readonly dataStart: number;
  readonly dataLine: number;
}

export type Unreadable = { reason: "not_a_table" | "unsupported_encoding"; detail: string };

const DELIMITERS: readonly Delimiter[] = [",", ";", "\t", "|"];
const COLUMNS_MAX = 16_384;
const SAMPLED_RECORDS = 100;
const PREAMBLE_RECORDS_MAX = 20;

export function sniff(
  window: { bytes: Uint8Array; length: number; isWhole: boolean },
  profile: CompiledProfile,
): Result<Sniffed, Unreadable> {
  const { bytes, length, isWhole } = window;
  const encoding = judgeEncoding(bytes, length, isWhole);
  if (encoding) return err(encoding);
  const hasBom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const start = hasBom ? 3 : 0;

  let best: { score: number; sniffed: Sniffed; isTable: boolean } | null = null;
  for (const delimiter of DELIMITERS) {
    const records = sample(bytes, start, length, isWhole, delimiter);
    const header = headerOf(records, profile);
    if (!header) continue;
    const names = recognised(profile, header.cells);
    const score = names + consistency(records);
    const isTable = header.cells.length > 1 || names > 0 || records.length > 1;
    const dialect = { delimiter, hasBom, headerLine: header.line, labels: header.cells };
    const sniffed = { dialect, dataStart: header.end, dataLine: header.nextLine };
    if (!best || score > best.score) best = { score, sniffed, isTable };
  }
  if (!best) return err({ reason: "not_a_table", detail: "there is no text, or its first row is too long" });
  if (!best.isTable) return err({ reason: "not_a_table", detail: "one line with no delimiter" });
  if (best.sniffed.dialect.labels.length > COLUMNS_MAX) {
    return err({ reason: "not_a_table", detail: `more than ${COLUMNS_MAX} columns` });
  }
  return ok(best.sniffed);
}

const MAGIC: readonly (readonly [string, readonly number[]])[] = [
  ["a ZIP archive (an .xlsx file is one)", [0x50, 0x4b, 0x03, 0x04]],
  ["an old Excel or Office file", [0xd0, 0xcf, 0x11, 0xe0]],
  ["a PDF", [0x25, 0x50, 0x44, 0x46]],
  ["gzip data", [0x1f, 0x8b]],
  ["a PNG image", [0x89, 0x50, 0x4e, 0x47]],
  ["a JPEG image", [0xff, 0xd8, 0xff]],
  ["markup", [0x3c]],
  ["JSON", [0x7b]],
  ["JSON", [0x5b, 0x7b]],
];

function judgeEncoding(bytes: Uint8Array, length: number, isWhole: boolean): Unreadable | null {
  if (length === 0) return { reason: "not_a_table", detail: "the file is empty" };
  const [first, second] = bytes;
  if (length >= 2 && ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))) {
    return { reason: "unsupported_encoding", detail: "UTF-16" };
  }
  for (const [what, magic] of MAGIC) {
    if (magic.every((byte, i) => i < length && bytes[i] === byte)) {
      return { reason: "not_a_table", detail: `the file is ${what}` };
    }
  }
  let controls = 0;
  const nulls = [0, 0];
  for (let at = 0; at < length; at++) {
    const byte = bytes[at] as number;
    if (byte === 0) nulls[at & 1] = (nulls[at & 1] ?? 0) + 1;
    if (byte < 0x20 && (byte < 0x09 || byte > 0x0d)) controls++;
  }
  const [even = 0, odd = 0] = nulls;
  if (Math.max(even, odd) > length / 4 && Math.min(even, odd) < length / 20) {
    return { reason: "unsupported_encoding", detail: "UTF-16 without a byte order mark" };
  }
  if (controls >= 4 && controls > length / 20) return { reason: "not_a_table", detail: "the file is binary" };
  const invalid = firstInvalidUtf8(bytes, 0, isWhole ? length : wholeUtf8End(bytes, 0, length));
  return invalid < 0 ? null : { reason: "unsupported_encoding", detail: `byte ${invalid} is not UTF-8` };
}

interface Sampled {
  readonly cells: readonly string[];
  readonly line: number;
  readonly nextLine: number;
  readonly end: number;
}

function sample(
  bytes: Uint8Array,
  start: number,
  length: number,
  isWhole: boolean,
  delimiter: Delimiter,
): Sampled[] {
  const records: Sampled[] = [];
  const index = new RowIndex(delimiter.charCodeAt(0), COLUMNS_MAX + 1, 1);
  let at = start;
  let line = 1;
  while (records.length < SAMPLED_RECORDS && at < length) {
    index.index(bytes, at, length, isWhole);
    if (index.rowCount === 0) break;
    const nextLine = line + (index.lineSpans[0] as number);
    const cells: string[] = [];
    const count = Math.min(index.cellCounts[0] as number, COLUMNS_MAX + 1);
    for (let slot = 0; slot < count; slot++) {
      const end = index.ends[slot] as number;
      cells.push(cellText(bytes, index.starts[slot] as number, end >> FLAG_BITS, end & CELL_FLAGS));
    }
    records.push({ cells, line, nextLine, end: index.end });
    at = index.end;
    line = nextLine;
  }
  return records;
}

/** The first record with two names of the profile; else the first with two labels; else the first with one. */
function headerOf(records: readonly Sampled[], profile: CompiledProfile): Sampled | undefined {
  const candidates = records.slice(0, PREAMBLE_RECORDS_MAX);
  const labelled = (record: Sampled) => record.cells.filter((cell) => cell.trim() !== "").length;
  return (
    candidates.find((record) => recognised(profile, record.cells) >= 2) ??
    candidates.find((record) => labelled(record) >= 2) ??
    candidates.find((record) => labelled(record) >= 1)
  );
}

/** Below 1, so that one recognised name outweighs it: how many records agree, then how wide they are. */
function consistency(records: readonly Sampled[]): number {
  const counts = new Map<number, number>();
  for (const { cells } of records) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  let score = 0;
  for (const [width, count] of counts) {
    if (width > 1) score = Math.max(score, (0.9 * count) / records.length + Math.min(width, 50) / 1000);
  }
  return score;
}
