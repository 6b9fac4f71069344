/** Which column of this file each column of the profile is. */

import type { CompiledColumn } from "../profile/compile";
import { fold, labelKey } from "../fold";
import { editDistance } from "./edit-distance";
import type { BoundHow, HeaderNames } from "./header-names";

export interface BoundColumn {
  readonly column: CompiledColumn;
  /** 0-based place in the file; -1 if the file has no such column. */
  readonly at: number;
  /** As the file spells it. */
  readonly label: string;
}

/** A column of the file, and what it was taken for. */
export interface ReadColumn {
  readonly label: string;
  readonly field: string | null;
  readonly how: BoundHow | null;
  /** A field that the file lacks and whose name is nearly this label: to be asked about, never taken for granted. */
  readonly suggestion?: string;
}

export interface Binding {
  /** In file order, absent ones last. */
  readonly columns: readonly BoundColumn[];
  readonly read: readonly ReadColumn[];
  readonly blankLabels: readonly number[];
  /** Columns whose label an earlier column has: they are kept and never judged. */
  readonly duplicateLabels: readonly number[];
}

const SUGGESTED_LABELS_MAX = 64;
const SUGGESTED_LENGTH_MAX = 40;

/**
 * A label is taken for a field by its exact name, else by what the tenant has accepted before, else by the name in
 * any spelling (case, accents, `_ - .` for spaces), else by an alias, else by a synonym. Never two labels for one
 * field, nor two fields for one label.
 */
export function bindColumns(names: HeaderNames, labels: readonly string[]): Binding {
  const keys = labels.map(labelKey);
  const firstByLabel = firstPlaces(labels);
  const firstByKey = firstPlaces(keys);
  const bound = new Bound(names);
  for (const { field } of names.profile.columns) bound.bind(field, firstByLabel.get(field), "name");
  const firstOfMemory = [...names.memory].map(
    ([label, field]) => [firstByKey.get(labelKey(label)), field] as const,
  );
  for (const [at, field] of firstOfMemory.toSorted(([a = 0], [b = 0]) => a - b))
    bound.bind(field, at, "memory");
  for (const { field } of names.profile.columns) {
    bound.bind(field, firstByKey.get(names.aliasesOf(field)[0] ?? ""), "name");
  }
  for (const { field } of names.profile.columns) {
    for (const key of names.aliasesOf(field)) bound.bind(field, firstByKey.get(key), "alias");
  }
  for (const { field } of names.profile.columns) {
    for (const key of names.synonymsOf(field)) bound.bind(field, firstByKey.get(key), "synonym");
  }
  const folded = labels.map(fold);
  const firsts = firstPlaces(folded);
  const places = labels.map((_, at) => at);
  return {
    ...bound.told(labels, suggestions(bound, names, keys)),
    blankLabels: places.filter((at) => folded[at] === ""),
    duplicateLabels: places.filter((at) => folded[at] !== "" && (firsts.get(folded[at] ?? "") ?? at) < at),
  };
}

/** A file without a header: its columns are the profile's, one by one, in their order. */
export function bindByOrder(names: HeaderNames, width: number): Binding {
  const bound = new Bound(names);
  names.profile.order.slice(0, width).forEach((field, at) => bound.bind(field, at, "order"));
  const labels = Array.from({ length: width }, (_, at) => names.profile.order[at] ?? "");
  return { ...bound.told(labels, new Map()), blankLabels: [], duplicateLabels: [] };
}

class Bound {
  readonly #placeByField = new Map<string, number>();
  readonly #byPlace = new Map<number, { field: string; how: BoundHow }>();
  readonly #fields: ReadonlySet<string>;

  constructor(private readonly names: HeaderNames) {
    this.#fields = new Set(names.profile.columns.map(({ field }) => field));
  }

  bind(field: string, at: number | undefined, how: BoundHow): void {
    if (at === undefined || !this.lacks(field) || this.#byPlace.has(at)) return;
    this.#placeByField.set(field, at);
    this.#byPlace.set(at, { field, how });
  }

  lacks(field: string): boolean {
    return this.#fields.has(field) && !this.#placeByField.has(field);
  }

  isFree(at: number): boolean {
    return !this.#byPlace.has(at);
  }

  told(labels: readonly string[], suggested: ReadonlyMap<number, string>): Pick<Binding, "columns" | "read"> {
    const columns = this.names.profile.columns.map((column): BoundColumn => {
      const at = this.#placeByField.get(column.field) ?? -1;
      return { column, at, label: (at >= 0 && labels[at]) || column.field };
    });
    const read = labels.map((label, at): ReadColumn => {
      const { field = null, how = null } = this.#byPlace.get(at) ?? {};
      const suggestion = suggested.get(at);
      return { label, field, how, ...(suggestion === undefined ? {} : { suggestion }) };
    });
    return {
      columns: columns.sort((a, b) => (a.at < 0 ? Infinity : a.at) - (b.at < 0 ? Infinity : b.at) || 0),
      read,
    };
  }
}

/** Of the labels that nothing was found for; a label that is as near to another field has none. */
function suggestions(bound: Bound, names: HeaderNames, keys: readonly string[]): ReadonlyMap<number, string> {
  const suggested = new Map<number, string>();
  const lacking = names.profile.columns.map(({ field }) => field).filter((field) => bound.lacks(field));
  const places = keys.map((_, at) => at).filter((at) => bound.isFree(at));
  for (const at of places.slice(0, SUGGESTED_LABELS_MAX)) {
    const key = keys[at] ?? "";
    if (key.length < 4 || key.length > SUGGESTED_LENGTH_MAX) continue;
    const max = key.length < 6 ? 1 : 2;
    let nearest = { distance: max + 1, fields: new Set<string>() };
    for (const field of lacking) {
      for (const name of [...names.aliasesOf(field), ...names.synonymsOf(field)]) {
        const distance = name.length < 4 ? max + 1 : editDistance(key, name, max);
        if (distance > max || distance > nearest.distance) continue;
        if (distance < nearest.distance) nearest = { distance, fields: new Set() };
        nearest.fields.add(field);
      }
    }
    const [field, ...others] = nearest.fields;
    if (field !== undefined && others.length === 0) suggested.set(at, field);
  }
  return suggested;
}

/** Where each text that is not empty comes first. */
function firstPlaces(texts: readonly string[]): ReadonlyMap<string, number> {
  const firsts = new Map<string, number>();
  texts.forEach((text, at) => {
    if (text !== "" && !firsts.has(text)) firsts.set(text, at);
  });
  return firsts;
}
