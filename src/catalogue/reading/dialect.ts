/** What kind of table the first window holds, if any. Judged on bytes alone, so that chunking never matters. */

import { err, ok, type Result } from "../../domain/result";
import type { TableDialect } from "../profile/profile";
import { agreement, fitOf, isLabel, usualWidth } from "./dialect-fit";
import type { Unreadable } from "./encoding";
import type { HeaderNames } from "./header-names";
import { COLUMNS_MAX, sampleRecords, type SampledRecord } from "./sampled-records";
import { rowsAbove } from "./table-dialect";

export type Delimiter = "," | ";" | "\t" | "|";

export interface Dialect {
  readonly delimiter: Delimiter;
  /** Null: quotes are text. */
  readonly quoteChar: '"' | null;
  readonly hasBom: boolean;
  /** 1-based physical line of the header; null if there is none. */
  readonly headerLine: number | null;
  /** Physical lines above the table. */
  readonly preambleLines: number;
  /** Of the header; as many as the first row has cells if there is none. */
  readonly labels: readonly string[];
  /** Of the header, or of the first row, as `RowIndex.rowFlags`. */
  readonly flags: number;
}

/** A dialect, and where in the window its table begins. */
export interface Sniffed {
  readonly dialect: Dialect;
  readonly tableStart: number;
  /** Of the first data row. */
  readonly dataStart: number;
  readonly dataLine: number;
  /** 0 to 1: how sure delimiter and header are. */
  readonly confidence: number;
  /** A delimiter that would do about as well. */
  readonly rival: Delimiter | null;
}

const DELIMITERS: readonly Delimiter[] = [",", ";", "\t", "|"];
const HEADER_CANDIDATES = 20;
/** The second best delimiter is a rival if it scores at least so much of the best. */
const RIVAL_SHARE = 0.95;

const MARKUP: readonly (readonly [string, string])[] = [
  ["markup", "<"],
  ["JSON", "{"],
  ["JSON", "[{"],
];
/** Excel's own way to name the delimiter. */
const SEPARATOR_LINE = /^"?sep=([,;\t|])"?[\r\n]/i;

interface Candidate {
  readonly delimiter: Delimiter;
  readonly score: number;
  readonly recognised: number;
  readonly agreement: number;
  readonly table: SampledRecord;
  readonly isTable: boolean;
}

/** `given` is taken as it is; the rest is found out. */
export function sniff(
  window: { bytes: Uint8Array; length: number; isWhole: boolean },
  names: HeaderNames,
  given: TableDialect,
): Result<Sniffed, Unreadable> {
  const { bytes, length } = window;
  const hasBom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const start = hasBom ? 3 : 0;
  const head = String.fromCharCode(...bytes.subarray(start, Math.min(length, start + 8)));
  const markup = MARKUP.find(([, opening]) => head.startsWith(opening));
  if (markup) return err({ reason: "not_a_table", detail: `the file is ${markup[0]}` });

  const named = SEPARATOR_LINE.exec(head)?.[1] as Delimiter | undefined;
  const fixed = given.delimiter ?? named;
  const quoteChar = given.quoteChar === null ? null : '"';
  const above = rowsAbove(given) ?? (given.header === false ? Number(named !== undefined) : undefined);
  const candidates: Candidate[] = [];
  for (const delimiter of fixed === undefined ? DELIMITERS : [fixed]) {
    const records = sampleRecords({ ...window, start, delimiter, isQuoted: quoteChar !== null });
    const candidate = candidateOf(delimiter, records, names, above, named !== undefined);
    if (candidate) candidates.push(candidate);
  }
  // Sorting is stable: of two alike the one that passes over less is the best, then the first in DELIMITERS.
  const [best, second] = candidates.sort((a, b) => b.score - a.score || a.table.line - b.table.line);
  if (!best) return err({ reason: "not_a_table", detail: missing(above) });
  if (!best.isTable && fixed === undefined) {
    return err({ reason: "not_a_table", detail: "one line with no delimiter" });
  }
  const { table, delimiter } = best;
  if (table.cells.length > COLUMNS_MAX) {
    return err({ reason: "not_a_table", detail: `more than ${COLUMNS_MAX} columns` });
  }
  const hasHeader = given.header !== false;
  const dialect: Dialect = {
    delimiter,
    quoteChar,
    hasBom,
    headerLine: hasHeader ? table.line : null,
    preambleLines: table.line - 1,
    labels: table.cells,
    flags: table.flags,
  };
  const isDisputed = second !== undefined && table.cells.length > 1 && second.table.cells.length > 1;
  return ok({
    dialect,
    tableStart: table.start,
    dataStart: hasHeader ? table.end : table.start,
    dataLine: hasHeader ? table.nextLine : table.line,
    confidence: delimiterConfidence(best, second) * (above === undefined ? headerConfidence(best) : 1),
    rival: isDisputed && second.score >= best.score * RIVAL_SHARE ? second.delimiter : null,
  });
}

function candidateOf(
  delimiter: Delimiter,
  records: readonly SampledRecord[],
  names: HeaderNames,
  above: number | undefined,
  hasSeparatorLine: boolean,
): Candidate | null {
  const table =
    above === undefined ? headerOf(hasSeparatorLine ? records.slice(1) : records, names) : records[above];
  if (!table) return null;
  const place = records.indexOf(table);
  const rows = records.slice(place).map(({ cells }) => cells);
  const hasPreamble = records.slice(0, place).some(({ cells }) => filledCells(cells) > 0);
  const filled = rows.filter((cells) => cells.length > 1 || cells[0]?.trim() !== "");
  const recognised = names.recognised(table.cells);
  return {
    delimiter,
    recognised,
    table,
    // One name of the profile outweighs any fit, which is below 1.
    score: recognised + fitOf(filled, hasPreamble) + (table.cells.some(isLabel) ? 0.01 : 0),
    agreement: agreement(filled),
    isTable: table.cells.length > 1 || recognised > 0 || records.length > 1,
  };
}

/**
 * The first record with two names of the profile; else the first that has labels for more than half of the columns
 * that rows usually have; else the first with two cells that say something; else with one.
 */
function headerOf(records: readonly SampledRecord[], names: HeaderNames): SampledRecord | undefined {
  const candidates = records.slice(0, HEADER_CANDIDATES);
  const width = usualWidth(records.map(({ cells }) => cells).filter((cells) => filledCells(cells) > 0));
  const wanted = Math.max(2, Math.ceil(width * 0.6));
  return (
    candidates.find(({ cells }) => names.recognised(cells) >= 2) ??
    candidates.find(({ cells }) => filledCells(cells) >= wanted) ??
    candidates.find(({ cells }) => filledCells(cells) >= 2) ??
    candidates.find(({ cells }) => filledCells(cells) >= 1)
  );
}

function filledCells(cells: readonly string[]): number {
  return cells.filter((cell) => cell.trim() !== "").length;
}

/** A file without any delimiter has nothing that speaks for one. */
function delimiterConfidence(best: Candidate, second: Candidate | undefined): number {
  const margin = second === undefined ? 1 : best.score / (best.score + second.score || 1);
  return margin * (0.5 + 0.5 * best.agreement);
}

function headerConfidence({ recognised, table }: Candidate): number {
  if (recognised > 0) return recognised > 1 ? 1 : 0.9;
  const areLabels = table.cells.every(isLabel) && new Set(table.cells).size === table.cells.length;
  return areLabels ? 0.8 : 0.5;
}

function missing(above: number | undefined): string {
  return above === undefined
    ? "there is no text, or its first row is too long"
    : `the dialect passes over ${above} rows, and there is no row behind them`;
}
