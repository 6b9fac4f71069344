/** What of a profile a schema language can say: facts about columns. Whatever else it says is listed, never dropped. */

import type { RuleCheckSpec } from "../profile/check-schema";
import type { Profile, ProfileRule } from "../profile/profile";

/** Something that the other side cannot say; `path` is a JSON pointer into what was given. */
export interface NotExpressed {
  readonly path: string;
  readonly message: string;
}

export const FACT_TYPES = ["string", "integer", "decimal", "boolean", "date", "url", "email"] as const;
export type FactType = (typeof FACT_TYPES)[number];

export interface ColumnFacts {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly type: FactType;
  readonly required?: true;
  /** No two rows have the same value. */
  readonly unique?: true;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  /** Of a date: written `2024-03-12` and in no other form. */
  readonly iso?: true;
  /** Of a decimal number. */
  readonly places?: number;
  readonly pattern?: string;
  readonly values?: readonly string[];
}

type Facts = Omit<ColumnFacts, "name">;
type Mutable = { -readonly [K in keyof Facts]: Facts[K] };

export interface ProfileFacts {
  readonly columns: readonly ColumnFacts[];
  readonly notExpressed: readonly NotExpressed[];
}

export function factsOf(profile: Profile): ProfileFacts {
  const facts = new Map<string, Mutable>();
  const lost: NotExpressed[] = [];
  const of = (field: string): Mutable => {
    const known = facts.get(field) ?? { type: "string" };
    facts.set(field, known);
    return known;
  };
  profile.columns.forEach((column, i) => {
    const known = of(column.name);
    if (column.description !== undefined) known.description = column.description;
    if (column.aliases?.length) lost.push(said(`/columns/${i}/aliases`, "other names of a column"));
  });
  profile.rules.forEach((rule, i) => {
    const path = `/rules/${i}`;
    const known = of(rule.field);
    const reason = unsayable(rule) ?? addFact(known, rule.check, profile.mappings);
    if (reason !== null)
      lost.push(said(path, `rule "${rule.id}" (${rule.check.type} on "${rule.field}"): ${reason}`));
    const beside = (["fix", "message"] as const).filter((member) => rule[member] !== undefined);
    if (reason === null)
      for (const member of beside) lost.push(said(`${path}/${member}`, `the ${member} of rule "${rule.id}"`));
  });
  // A column's type judges nothing by itself: where its rules say no other, it is what the values are meant to be.
  profile.columns.forEach((column, i) => {
    const known = of(column.name);
    if (isFactType(column.type) && known.type === "string") known.type = column.type;
    else if (column.type !== undefined && column.type !== known.type)
      lost.push(said(`/columns/${i}/type`, `the type "${column.type}" of a column`));
  });
  profile.derived.forEach(({ name }, i) => lost.push(said(`/derived/${i}`, `the derived column "${name}"`)));
  const columns = Array.from(facts, ([name, rest]) => ({ name, ...rest }));
  return { columns, notExpressed: lost };
}

const said = (path: string, message: string): NotExpressed => ({ path, message });

function isFactType(type: string | undefined): type is FactType {
  const types: readonly string[] = FACT_TYPES;
  return type !== undefined && types.includes(type);
}

/** Why a rule has no counterpart whatever its check: a schema knows no more than valid and invalid, always. */
function unsayable(rule: ProfileRule): string | null {
  if (!rule.enabled) return "it is switched off";
  if (rule.when !== undefined || rule.skip_if !== undefined) return "it holds under a condition";
  if (rule.scope !== undefined) return "it holds for a part of the rows";
  if (rule.action === "transform") return "it changes values, and refuses none";
  return rule.severity === "error" ? null : `its severity is ${rule.severity}`;
}

/** Null if the check stands in the facts, else why it does not. */
function addFact(facts: Mutable, check: RuleCheckSpec, mappings: Profile["mappings"]): string | null {
  switch (check.type) {
    case "required":
      facts.required = true;
      return null;
    case "unique":
      if (check.ignore_case === true || check.as !== undefined)
        return "it takes values for the same that are not";
      facts.unique = true;
      return null;
    case "integer":
    case "boolean":
    case "url":
    case "email":
      return setType(facts, check.type);
    case "date": {
      if (check.min !== undefined || check.max !== undefined) return "it has a first or a last day";
      const reason = setType(facts, "date");
      if (reason === null && check.format === "iso") facts.iso = true;
      return reason;
    }
    case "format":
      return isFactType(check.format) ? setType(facts, check.format) : `${check.format} is no type there`;
    case "decimal":
      return setPlaces(facts, check.scale);
    case "decimal_places":
      return setPlaces(facts, check.max);
    case "length":
      return bound(facts, "Length", check.min, check.max);
    case "length_min":
      return bound(facts, "Length", check.min ?? check.value, undefined);
    case "length_max":
      return bound(facts, "Length", undefined, check.max ?? check.value);
    case "range":
      return bound(facts, "imum", check.min, check.max);
    case "numeric_min":
      return bound(facts, "imum", check.min ?? check.value, undefined);
    case "numeric_max":
      return bound(facts, "imum", undefined, check.max ?? check.value);
    case "in_set":
    case "enum": {
      if (check.ignore_case === true) return "it takes its values in any case";
      const mapped = check.mapping === undefined ? [] : Object.values(mappings[check.mapping] ?? {});
      return setValues(facts, [...new Set([...(check.values ?? []), ...mapped])]);
    }
    case "regex":
    case "pattern":
      if (check.ignore_case === true) return "its pattern matches in any case";
      if (facts.pattern !== undefined) return "another rule has the column's one pattern";
      facts.pattern = check.pattern;
      return null;
    default:
      return "there is no such check there";
  }
}

function setType(facts: Mutable, type: FactType): string | null {
  if (facts.type !== "string" && facts.type !== type) return `the column is a ${facts.type} already`;
  facts.type = type;
  return null;
}

function setPlaces(facts: Mutable, places: number | undefined): string | null {
  const reason = setType(facts, "decimal");
  if (reason !== null || places === undefined) return reason;
  facts.places = Math.min(facts.places ?? places, places);
  return null;
}

/** Of two bounds of one kind the narrower one holds: both rules together say that. */
function bound(
  facts: Mutable,
  kind: "Length" | "imum",
  min: number | undefined,
  max: number | undefined,
): null {
  const [low, high] =
    kind === "Length" ? (["minLength", "maxLength"] as const) : (["minimum", "maximum"] as const);
  if (min !== undefined) facts[low] = Math.max(facts[low] ?? min, min);
  if (max !== undefined) facts[high] = Math.min(facts[high] ?? max, max);
  return null;
}

function setValues(facts: Mutable, values: readonly string[]): string | null {
  if (facts.values) return "another rule has the column's values";
  facts.values = values;
  return null;
}
