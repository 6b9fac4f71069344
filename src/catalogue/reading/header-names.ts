/** Under which names a profile's columns are known, from the surest to the least sure. */

import type { CompiledProfile } from "../profile/compile";
import { labelKey } from "../fold";
import { SYNONYM_GROUPS } from "./synonyms";

/** A folded label (`labelKey`) and the field that the tenant has accepted for it. */
export type LabelMemory = ReadonlyMap<string, string>;

export type BoundHow = "name" | "memory" | "alias" | "synonym" | "order";

export class HeaderNames {
  /** Names, aliases and synonyms of each field, in the order in which they count. */
  readonly #names: ReadonlyMap<string, { aliases: readonly string[]; synonyms: readonly string[] }>;
  readonly #fieldByKey = new Map<string, string>();

  constructor(
    readonly profile: CompiledProfile,
    readonly memory: LabelMemory,
  ) {
    const fields = new Set(profile.columns.map(({ field }) => field));
    const owners = new Map<string, string>();
    for (const { field, labels } of profile.columns) {
      for (const label of labels) if (!owners.has(label)) owners.set(label, field);
    }
    this.#names = new Map(
      profile.columns.map(({ field, labels }) => {
        // A group that two columns of the profile belong to cannot tell which of them a label means.
        const group = SYNONYM_GROUPS.find((names) => names.includes(labels[0] ?? ""));
        const isAlone = group?.every((name) => (owners.get(name) ?? field) === field) ?? false;
        return [field, { aliases: labels, synonyms: isAlone && group ? group : [] }];
      }),
    );
    const learn = (key: string, field: string) => {
      if (key !== "" && !this.#fieldByKey.has(key)) this.#fieldByKey.set(key, field);
    };
    for (const [label, field] of memory) if (fields.has(field)) learn(labelKey(label), field);
    for (const [field, { aliases }] of this.#names) aliases.forEach((key) => learn(key, field));
    for (const [field, { synonyms }] of this.#names) synonyms.forEach((key) => learn(key, field));
  }

  /** Folded name and aliases, the name first. */
  aliasesOf(field: string): readonly string[] {
    return this.#names.get(field)?.aliases ?? [];
  }

  synonymsOf(field: string): readonly string[] {
    return this.#names.get(field)?.synonyms ?? [];
  }

  /** How many of the profile's columns a record names: how header and delimiter are told. */
  recognised(labels: readonly string[]): number {
    const fields = new Set<string>();
    for (const label of labels) {
      const field = this.#fieldByKey.get(labelKey(label));
      if (field !== undefined) fields.add(field);
    }
    return fields.size;
  }
}
