/** Which column of this file each column of the profile is. */

import type { CompiledColumn, CompiledProfile } from "../profile/compile";
import { fold } from "../fold";

export interface BoundColumn {
  readonly column: CompiledColumn;
  /** 0-based place in the file; -1 if the file has no such column. */
  readonly at: number;
  /** As the file spells it. */
  readonly label: string;
}

export interface Binding {
  /** In file order, absent ones last. */
  readonly columns: readonly BoundColumn[];
  readonly blankLabels: readonly number[];
  /** Columns whose label an earlier column has: they are kept and never judged. */
  readonly duplicateLabels: readonly number[];
}

/** A label matches as it is, then by name and aliases in any case, without accents; the first match counts. */
export function bindColumns(profile: CompiledProfile, labels: readonly string[]): Binding {
  const folded = labels.map(fold);
  const columns = profile.columns.map((column): BoundColumn => {
    const at = placeOf(column, labels, folded);
    return { column, at, label: at >= 0 ? (labels[at] ?? "") : column.field };
  });
  const places = labels.map((_, at) => at);
  const firsts = new Map(places.toReversed().map((at) => [folded[at], at]));
  return {
    columns: columns.sort((a, b) => (a.at < 0 ? Infinity : a.at) - (b.at < 0 ? Infinity : b.at) || 0),
    blankLabels: places.filter((at) => folded[at] === ""),
    duplicateLabels: places.filter((at) => folded[at] !== "" && (firsts.get(folded[at]) ?? at) < at),
  };
}

function placeOf(column: CompiledColumn, labels: readonly string[], folded: readonly string[]): number {
  const exact = labels.indexOf(column.field);
  if (exact >= 0) return exact;
  for (const label of column.labels) {
    const at = folded.indexOf(label);
    if (at >= 0) return at;
  }
  return -1;
}

/** How many of the profile's columns a record names: how header and delimiter are told. */
export function recognised(profile: CompiledProfile, labels: readonly string[]): number {
  const folded = new Set(labels.map(fold));
  return profile.columns.filter((column) => column.labels.some((label) => folded.has(label))).length;
}
