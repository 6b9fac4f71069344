/** A profile as closures, grouped by column: what a row is judged with, before any file is known. */

import { compileCheck, type Check } from "../checks/checks";
import { parseCondition, type Condition } from "./condition";
import { compileFixes, type Fix } from "../fixes/fixes";
import { fold } from "../fold";
import type { FixClass, Locale, Profile, ProfileRule, Severity } from "./profile";
import type { Screen } from "../checks/screens";

export interface CompiledRule {
  readonly id: string;
  readonly field: string;
  readonly check: Check;
  /** `required` alone looks at blank cells. */
  readonly judgesBlank: boolean;
  readonly fixes: readonly Fix[];
  readonly when: Condition | null;
  readonly skipIf: Condition | null;
  readonly severity: Severity;
  readonly message: string | Partial<Record<Locale, string>> | null;
}

export interface CompiledColumn {
  readonly field: string;
  /** Folded name and aliases, the name first. */
  readonly labels: readonly string[];
  /** In order of precedence. */
  readonly rules: readonly CompiledRule[];
  /** All pass: no rule can find anything. Null if some rule must see every value as text. */
  readonly screens: readonly Screen[] | null;
  /** False if a blank cell has nothing to fear, so that it needs no look at all. */
  readonly judgesBlank: boolean;
}

export interface CompiledProfile {
  readonly name: string;
  readonly columns: readonly CompiledColumn[];
  readonly applyFixes: ReadonlySet<FixClass>;
}

/** Expects a profile that `parseProfile` has accepted. */
export function compileProfile(profile: Profile): CompiledProfile {
  const rulesByField = new Map<string, ProfileRule[]>(profile.columns.map(({ name }) => [name, []]));
  for (const rule of profile.rules) {
    if (!rule.enabled) continue;
    for (const text of [rule.when, rule.skip_if]) {
      const condition = text === undefined ? null : parseCondition(text);
      if (condition && !rulesByField.has(condition.field)) rulesByField.set(condition.field, []);
    }
    const rules = rulesByField.get(rule.field);
    if (rules) rules.push(rule);
    else rulesByField.set(rule.field, [rule]);
  }
  const aliases = new Map(profile.columns.map((column) => [column.name, column.aliases ?? []]));
  return {
    name: `${profile.channel}@${profile.version}`,
    applyFixes: new Set(profile.apply_fixes),
    columns: Array.from(rulesByField, ([field, rules]) =>
      compileColumn(field, aliases.get(field) ?? [], rules, profile.mappings),
    ),
  };
}

function compileColumn(
  field: string,
  aliases: readonly string[],
  specs: readonly ProfileRule[],
  mappings: Profile["mappings"],
): CompiledColumn {
  const rules = specs
    .toSorted((a, b) => a.precedence - b.precedence)
    .map((spec) => compileRule(spec, mappings));
  const screens = rules.map(({ check }) => check.screen);
  return {
    field,
    labels: [field, ...aliases].map(fold),
    rules,
    screens: screens.every((screen) => screen !== null) ? screens : null,
    judgesBlank: rules.some((rule) => rule.judgesBlank),
  };
}

function compileRule(spec: ProfileRule, mappings: Profile["mappings"]): CompiledRule {
  return {
    id: spec.id,
    field: spec.field,
    check: compileCheck(spec.check, mappings),
    judgesBlank: spec.check.type === "required",
    fixes: spec.fix ? compileFixes(spec.fix, mappings) : [],
    when: spec.when === undefined ? null : parseCondition(spec.when),
    skipIf: spec.skip_if === undefined ? null : parseCondition(spec.skip_if),
    severity: spec.severity,
    message: spec.message ?? null,
  };
}
