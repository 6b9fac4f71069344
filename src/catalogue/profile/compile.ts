/** A profile as closures, grouped by column: what a row is judged with, before any file is known. */

import { compileCheck, type Check } from "../checks/checks";
import { dateContradicts, numberContradicts, type Conventions } from "../checks/conventions";
import { parseCondition, type Condition } from "./condition";
import { compileFixes, type Fix } from "../fixes/fixes";
import { fold } from "../fold";
import type { FixClass, Locale, Profile, ProfileRule, Severity } from "./profile";
import { screenPointless, screenUngrouped, type Screen } from "../checks/screens";

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

/** How keys are compared: as they are, in any case, or the four lengths of a GTIN as one. */
export type KeyForm = "exact" | "any_case" | "gtin";

/** A rule over the whole file; as a rule of its cell it has nothing to say. */
export interface UniqueRule extends CompiledRule {
  /** What makes the key: the rule's own field, then the further ones. */
  readonly fields: readonly string[];
  readonly form: KeyForm;
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
  readonly readsNumbers: boolean;
  readonly readsDates: boolean;
  /** Before `settle`: what the profile states. */
  readonly conventions: Conventions;
  /** The column as a file is read that shows these; what the profile states stands. Null if it states enough. */
  readonly settle: ((shown: Conventions) => CompiledColumn) | null;
  /** Whether a text is surely written in another convention; null if the column has none. */
  readonly contradicts: ((text: string) => boolean) | null;
}

export interface CompiledProfile {
  readonly name: string;
  readonly columns: readonly CompiledColumn[];
  /** In order of precedence. */
  readonly uniqueRules: readonly UniqueRule[];
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
    const uniqueFields = uniqueFieldsOf(rule);
    for (const field of uniqueFields ?? [rule.field]) {
      if (!rulesByField.has(field)) rulesByField.set(field, []);
    }
    if (uniqueFields === null) rulesByField.get(rule.field)?.push(rule);
  }
  const aliases = new Map(profile.columns.map((column) => [column.name, column.aliases ?? []]));
  return {
    name: `${profile.channel}@${profile.version}`,
    applyFixes: new Set(profile.apply_fixes),
    uniqueRules: profile.rules
      .filter(({ enabled }) => enabled)
      .toSorted((a, b) => a.precedence - b.precedence)
      .flatMap((rule) => compileUnique(rule, profile.mappings)),
    columns: Array.from(rulesByField, ([field, rules]) =>
      compileColumn({
        field,
        labels: [field, ...(aliases.get(field) ?? [])].map(fold),
        rules: rules.toSorted((a, b) => a.precedence - b.precedence),
        mappings: profile.mappings,
        stated: statedConventions(profile, field),
      }),
    ),
  };
}

/** What the profile itself says of how a column is written. */
export function statedConventions(profile: Profile, field: string): Conventions {
  const column = profile.columns.find(({ name }) => name === field);
  const { number_format: numbers = "auto", date_format: dates = "auto" } = column ?? {};
  return { numbers: numbers === "auto" ? null : numbers, dates: dates === "auto" ? null : dates };
}

interface ColumnSource {
  readonly field: string;
  readonly labels: readonly string[];
  readonly rules: readonly ProfileRule[];
  readonly mappings: Profile["mappings"];
  readonly stated: Conventions;
}

/** `shown` is what the file has shown of what the profile does not state; null before any file is known. */
function compileColumn(source: ColumnSource, shown: Conventions | null = null): CompiledColumn {
  const { field, labels, mappings, stated } = source;
  const conventions = {
    numbers: stated.numbers ?? shown?.numbers ?? null,
    dates: stated.dates ?? shown?.dates ?? null,
  };
  const rules = source.rules.map((spec) => compileRule(spec, mappings, conventions));
  const readsNumbers = rules.some(({ check }) => check.reads === "numbers");
  const readsDates = rules.some(({ check }) => check.reads === "dates");
  const isOpen = (readsNumbers && stated.numbers === null) || (readsDates && stated.dates === null);
  const screens = [
    ...(readsNumbers ? screensOf(conventions.numbers, stated.numbers !== null) : []),
    ...rules.map(({ check }) => check.screen),
  ];
  return {
    field,
    labels,
    rules,
    screens: screens.every((screen) => screen !== null) ? screens : null,
    judgesBlank: rules.some((rule) => rule.judgesBlank),
    readsNumbers,
    readsDates,
    conventions,
    settle: shown === null && isOpen ? (now) => compileColumn(source, now) : null,
    contradicts: contradictionOf(
      readsNumbers ? conventions.numbers : null,
      readsDates ? conventions.dates : null,
      stated.numbers === null,
    ),
  };
}

function screensOf(numbers: Conventions["numbers"], isStated: boolean): readonly Screen[] {
  if (numbers === "mixed" || (numbers === "br" && isStated)) return [screenUngrouped];
  return numbers === "br" ? [screenPointless] : [];
}

/** A plain number is what a correction leaves: it speaks against what a file has shown, not against its profile. */
function contradictionOf(
  numbers: Conventions["numbers"],
  dates: Conventions["dates"],
  plainCounts: boolean,
): CompiledColumn["contradicts"] {
  const format = numbers === "mixed" ? null : numbers;
  if (format === null && dates === null) return null;
  return (text) =>
    (format !== null && numberContradicts(text, format, plainCounts)) ||
    (dates !== null && dateContradicts(text, dates));
}

function compileRule(
  spec: ProfileRule,
  mappings: Profile["mappings"],
  conventions: Conventions,
): CompiledRule {
  return {
    id: spec.id,
    field: spec.field,
    check: compileCheck(spec.check, mappings, conventions),
    judgesBlank: spec.check.type === "required",
    fixes: spec.fix ? compileFixes(spec.fix, mappings, conventions) : [],
    when: spec.when === undefined ? null : parseCondition(spec.when),
    skipIf: spec.skip_if === undefined ? null : parseCondition(spec.skip_if),
    severity: spec.severity,
    message: spec.message ?? null,
  };
}

function compileUnique(spec: ProfileRule, mappings: Profile["mappings"]): readonly UniqueRule[] {
  const fields = uniqueFieldsOf(spec);
  if (fields === null) return [];
  const { check } = spec;
  const isGtin = check.type === "unique" && check.as === "gtin";
  const ignoresCase = "ignore_case" in check && check.ignore_case === true;
  const form = isGtin ? "gtin" : ignoresCase ? "any_case" : "exact";
  return [{ ...compileRule(spec, mappings, { numbers: null, dates: null }), fields, form }];
}

/** The fields that a rule over the whole file compares; null for a rule of single cells. */
function uniqueFieldsOf({ field, check }: ProfileRule): readonly string[] | null {
  if (check.type === "unique") return [field];
  return check.type === "unique_together" ? [field, ...check.fields] : null;
}
