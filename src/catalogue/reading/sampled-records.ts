/** The first records of a window, as a delimiter cuts them. */

import { cellText } from "./cell-text";
import type { Delimiter } from "./dialect";
import { CELL_FLAGS, FLAG_BITS, RowIndex } from "./row-index";
import { HEAD_ROWS_MAX } from "./table-dialect";

export const COLUMNS_MAX = 16_384;

export interface SampledRecord {
  /** At most one more than COLUMNS_MAX. */
  readonly cells: readonly string[];
  readonly line: number;
  readonly nextLine: number;
  readonly start: number;
  readonly end: number;
  /** As `RowIndex.rowFlags`. */
  readonly flags: number;
}

export function sampleRecords(window: {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly length: number;
  readonly isWhole: boolean;
  readonly delimiter: Delimiter;
  readonly isQuoted: boolean;
}): SampledRecord[] {
  const { bytes, start, length, isWhole, delimiter, isQuoted } = window;
  const records: SampledRecord[] = [];
  const index = new RowIndex(delimiter.charCodeAt(0), COLUMNS_MAX + 1, 1, !isQuoted);
  let at = start;
  let line = 1;
  while (records.length < HEAD_ROWS_MAX && at < length) {
    index.index(bytes, at, length, isWhole);
    if (index.rowCount === 0) break;
    const nextLine = line + (index.lineSpans[0] as number);
    const cells: string[] = [];
    const count = Math.min(index.cellCounts[0] as number, COLUMNS_MAX + 1);
    for (let slot = 0; slot < count; slot++) {
      const end = index.ends[slot] as number;
      cells.push(cellText(bytes, index.starts[slot] as number, end >> FLAG_BITS, end & CELL_FLAGS));
    }
    const flags = index.rowFlags[0] as number;
    records.push({ cells, line, nextLine, start: at, end: index.end, flags });
    at = index.end;
    line = nextLine;
  }
  return records;
}
