/** The table that a file holds, as its first window shows it: that and the profile decide, never a later byte. */

import type { CompiledProfile } from "../profile/compile";
import { bindColumns, type Binding } from "../reading/binding";
import type { Dialect, Sniffed } from "../reading/dialect";
import type { InputWindow } from "../reading/input-window";
import { RowIndex } from "../reading/row-index";
import { settleColumns, type SettledColumn } from "./conventions";

export interface Table {
  readonly dialect: Dialect;
  /** Of the first data row. */
  readonly dataStart: number;
  readonly dataLine: number;
  readonly binding: Binding;
  readonly columns: readonly SettledColumn[];
  /** Made for this table's rows, and free to be used. */
  readonly index: RowIndex;
}

export function openTable(
  { dialect, dataStart, dataLine }: Sniffed,
  { bytes, length, isLast }: InputWindow,
  profile: CompiledProfile,
): Table {
  const width = dialect.labels.length;
  const binding = bindColumns(profile, dialect.labels);
  const index = new RowIndex(dialect.delimiter.charCodeAt(0), width);
  const sample = { bytes, from: dataStart, to: length, isWhole: isLast };
  const columns = settleColumns(binding.columns, profile.applyFixes, index, width, sample);
  return { dialect, dataStart, dataLine, binding, columns, index };
}
