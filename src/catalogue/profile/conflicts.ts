/** What the profiles of several channels ask of one file differently, field by field and in words. */

import { SYNONYM_GROUPS } from "../reading/synonyms";
import type { RuleCheckSpec } from "./check-schema";
import { compileProfile } from "./compile";
import {
  fieldConflicts,
  requiredAlone,
  type Field,
  type ProfileConflict,
  type Side,
} from "./field-conflicts";
import type { Profile, ProfileRule } from "./profile";

/** By pairs in their order, then by fields in the order of the first. Rules under a condition or a scope are not compared. */
export function conflictsBetween(profiles: readonly Profile[]): readonly ProfileConflict[] {
  const sides = profiles.map(tableOf);
  return sides.flatMap((a, at) => sides.slice(at + 1).flatMap((b) => between(a, b)));
}

interface Table extends Side {
  readonly fields: readonly Field[];
  readonly byName: ReadonlyMap<string, Field>;
  /** By name, alias and synonym; the first field that bears a label has it. */
  readonly byLabel: ReadonlyMap<string, Field>;
}

function tableOf(profile: Profile): Table {
  const { name: id, columns } = compileProfile(profile);
  const rules = new Map<string, ProfileRule[]>();
  for (const rule of profile.rules) {
    const { field, enabled, severity, when, skip_if, scope } = rule;
    if (!enabled || severity === "info" || when || skip_if || scope) continue;
    const others = rules.get(field);
    if (others) others.push(rule);
    else rules.set(field, [rule]);
  }
  const fields = columns.map(({ field, labels }): Field => {
    const synonyms = SYNONYM_GROUPS.find((names) => names.includes(labels[0] ?? "")) ?? [];
    const asks = (rules.get(field) ?? []).flatMap((rule) =>
      partsOf(rule.check).map((check) => ({ rule, check })),
    );
    return { name: field, labels: new Set([...labels, ...synonyms]), asks };
  });
  const byLabel = new Map<string, Field>();
  for (const field of fields)
    for (const label of field.labels) if (!byLabel.has(label)) byLabel.set(label, field);
  return { id, profile, fields, byName: new Map(fields.map((field) => [field.name, field])), byLabel };
}

/** What a composite asks for all of is asked for each. */
function partsOf(check: RuleCheckSpec): readonly RuleCheckSpec[] {
  if (check.type !== "composite") return [check];
  return [...(check.rules ?? []), ...(check.all ?? [])].flatMap(partsOf);
}

function between(a: Table, b: Table): readonly ProfileConflict[] {
  const matched = new Set<Field>();
  const ofFirst = a.fields.flatMap((mine) => {
    const theirs = b.byName.get(mine.name) ?? alikeIn(b, mine, matched);
    if (!theirs) return requiredAlone(mine, a, b);
    matched.add(theirs);
    return fieldConflicts({ a, b, of: mine, mine, theirs });
  });
  const rest = b.fields.filter((field) => !matched.has(field));
  return [...ofFirst, ...rest.flatMap((field) => requiredAlone(field, b, a))];
}

function alikeIn({ byLabel }: Table, { labels }: Field, matched: ReadonlySet<Field>): Field | undefined {
  for (const label of labels) {
    const field = byLabel.get(label);
    if (field && !matched.has(field)) return field;
  }
  return undefined;
}
