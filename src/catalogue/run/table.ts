/** The table that a file holds, as its first window shows it: that and the profile decide, never a later byte. */

import type { CompiledProfile } from "../profile/compile";
import type { OpenedTable } from "../reading/open-table";
import { CELLS_PER_BATCH, RowIndex } from "../reading/row-index";
import { settleColumns, type SettledColumn } from "./conventions";

export interface Table extends OpenedTable {
  readonly columns: readonly SettledColumn[];
  /** Made for this table's rows, and free to be used. */
  readonly index: RowIndex;
}

export function settleTable(opened: OpenedTable, profile: CompiledProfile): Table {
  const { window, sniffed, binding } = opened;
  const { labels, delimiter, quoteChar } = sniffed.dialect;
  const { bytes, length, isLast } = window;
  // Each row takes a byte at least, so that a short file needs no larger batch than this.
  const cells = isLast ? Math.min(CELLS_PER_BATCH, (length + 1) * labels.length) : CELLS_PER_BATCH;
  const index = new RowIndex(delimiter.charCodeAt(0), labels.length, cells, quoteChar === null);
  const sample = { bytes, from: sniffed.dataStart, to: length, isWhole: isLast };
  const columns = settleColumns(binding.columns, profile.applyFixes, index, labels.length, sample);
  return { ...opened, columns, index };
}
