/** A profile as closures, grouped by column: what a row is judged with, before any file is known. */

import { acceptsFixesOf, type FixChoice } from "../../domain/fix-choice";
import type { Mappings } from "../checks/checks";
import { dateContradicts, NO_CONVENTIONS, numberContradicts, type Conventions } from "../checks/conventions";
import { compileRuleCheck, type RuleCheck } from "../checks/row-checks";
import { allOf, compileCondition, negate, type Condition } from "./condition";
import { compileDerived, type DerivedColumn } from "./derived";
import { compileFixes, synonymsOf, type Fix } from "../fixes/fixes";
import { suggester, type Suggestion } from "../fixes/suggest";
import { labelKey } from "../fold";
import type { RuleCheckSpec } from "./check-schema";
import type { FixClass, Locale, Profile, ProfileRule, Severity, TableDialect } from "./profile";
import { compileScope } from "./scope";
import { screenPointless, screenUngrouped, type Screen } from "../checks/screens";

export interface CompiledRule {
  readonly id: string;
  readonly field: string;
  readonly check: RuleCheck;
  /** `required` alone looks at blank cells. */
  readonly judgesBlank: boolean;
  readonly fixes: readonly Fix[];
  /** False where the client leaves the rule's fixes: they are offered, and none is applied. */
  readonly mayFix: boolean;
  /** `when`, `skip_if` and `scope` as one; null if the rule is for every row. */
  readonly applies: Condition | null;
  /** For a finding of a rule that suggests: what the value may have been meant to be. */
  readonly suggest: ((value: string) => readonly Suggestion[]) | null;
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
  /** Name and aliases as `labelKey` leaves them, the name first. */
  readonly labels: readonly string[];
  /** In order of precedence. */
  readonly rules: readonly CompiledRule[];
  /** All pass: only `unscreened` can find anything. */
  readonly screens: readonly Screen[];
  /** The rules that must see every value as text. */
  readonly unscreened: readonly CompiledRule[];
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
  /** Fields in the order in which a file without a header has them. */
  readonly order: readonly string[];
  readonly dialect: TableDialect;
  readonly applyFixes: ReadonlySet<FixClass>;
  /** What an enrichment appends to each row. */
  readonly derived: readonly DerivedColumn[];
}

/** Expects a profile that `parseProfile` has accepted. */
export function compileProfile(profile: Profile, fixes: FixChoice = {}): CompiledProfile {
  const rulesByField = new Map<string, ProfileRule[]>(profile.columns.map(({ name }) => [name, []]));
  for (const rule of profile.rules) {
    if (!rule.enabled) continue;
    if (uniqueFieldsOf(rule) !== null) continue;
    const rules = rulesByField.get(rule.field);
    if (rules) rules.push(rule);
    else rulesByField.set(rule.field, [rule]);
  }
  const columns = Array.from(rulesByField, ([field, rules]) => columnOf(field, rules, profile, fixes));
  const derived = profile.derived.map(compileDerived);
  const uniqueRules = profile.rules
    .filter(({ enabled }) => enabled)
    .toSorted((a, b) => a.precedence - b.precedence)
    .flatMap((rule) => compileUnique(rule, profile));
  const read = [
    ...columns.flatMap(({ rules }) => rules.flatMap(fieldsRead)),
    ...uniqueRules.flatMap((rule) => [...rule.fields, ...fieldsRead(rule)]),
    ...derived.flatMap(({ reads }) => reads),
  ];
  for (const field of new Set(read)) {
    if (!rulesByField.has(field)) columns.push(columnOf(field, [], profile, fixes));
  }
  return {
    name: `${profile.channel}@${profile.version}`,
    applyFixes: new Set(profile.apply_fixes),
    columns,
    derived,
    uniqueRules,
    order: profile.columns.length > 0 ? profile.columns.map(({ name }) => name) : [...rulesByField.keys()],
    dialect: profile.dialect ?? {},
  };
}

function columnOf(
  field: string,
  rules: readonly ProfileRule[],
  profile: Profile,
  fixes: FixChoice,
): CompiledColumn {
  const aliases = profile.columns.find(({ name }) => name === field)?.aliases ?? [];
  return compileColumn({
    field,
    labels: [field, ...aliases].map(labelKey),
    rules: rules.toSorted((a, b) => a.precedence - b.precedence),
    profile,
    fixes,
    stated: statedConventions(profile, field),
  });
}

/** The fields that the rule may ask for while it judges or fixes a cell; its own may be among them. */
export function fieldsRead({ applies, check, fixes }: CompiledRule): readonly string[] {
  return [...(applies?.reads ?? []), ...check.fields, ...fixes.flatMap(({ reads = [] }) => reads)];
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
  readonly profile: Profile;
  readonly fixes: FixChoice;
  readonly stated: Conventions;
}

/** `shown` is what the file has shown of what the profile does not state; null before any file is known. */
function compileColumn(source: ColumnSource, shown: Conventions | null = null): CompiledColumn {
  const { field, labels, profile, stated } = source;
  const conventions = {
    numbers: stated.numbers ?? shown?.numbers ?? null,
    dates: stated.dates ?? shown?.dates ?? null,
  };
  const rules = source.rules.map((spec) => ({
    ...compileRule(spec, profile, conventions),
    mayFix: acceptsFixesOf(source.fixes, spec.id),
  }));
  const readsNumbers = rules.some(({ check }) => check.reads === "numbers");
  const readsDates = rules.some(({ check }) => check.reads === "dates");
  const isOpen = (readsNumbers && stated.numbers === null) || (readsDates && stated.dates === null);
  return {
    field,
    labels,
    rules,
    screens: [
      ...(readsNumbers ? screensOf(conventions.numbers, stated.numbers !== null) : []),
      ...rules.flatMap(({ check }) => check.screen ?? []),
    ],
    unscreened: rules.filter(({ check }) => check.screen === null),
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

export function compileRule(
  spec: ProfileRule,
  profile: Profile,
  conventions = statedConventions(profile, spec.field),
): CompiledRule {
  const { mappings } = profile;
  const check = compileRuleCheck(spec.check, { field: spec.field, mappings, conventions });
  return {
    id: spec.id,
    field: spec.field,
    check,
    judgesBlank: check.judgesBlank,
    fixes: spec.fix ? compileFixes(spec.fix, mappings, conventions) : [],
    mayFix: true,
    applies: compileApplies(spec, profile),
    suggest: spec.action === "suggest" ? suggester(namesOf(spec.check, mappings)) : null,
    severity: spec.severity,
    message: spec.message ?? null,
  };
}

function compileUnique(spec: ProfileRule, profile: Profile): readonly UniqueRule[] {
  const fields = uniqueFieldsOf(spec);
  if (fields === null) return [];
  const { check } = spec;
  const isGtin = check.type === "unique" && check.as === "gtin";
  const ignoresCase = "ignore_case" in check && check.ignore_case === true;
  const form = isGtin ? "gtin" : ignoresCase ? "any_case" : "exact";
  return [{ ...compileRule(spec, profile, NO_CONVENTIONS), fields, form }];
}

/** The fields that a rule over the whole file compares; null for a rule of single cells. */
function uniqueFieldsOf({ field, check }: ProfileRule): readonly string[] | null {
  if (check.type === "unique") return [field];
  return check.type === "unique_together" ? [field, ...check.fields] : null;
}

function compileApplies(spec: ProfileRule, profile: Profile): Condition | null {
  const parts: Condition[] = [];
  if (spec.when !== undefined) parts.push(compileCondition(spec.when));
  if (spec.skip_if !== undefined) parts.push(negate(compileCondition(spec.skip_if)));
  if (spec.scope !== undefined) parts.push(compileScope(spec.scope, profile));
  return parts.length > 0 ? allOf(parts) : null;
}

/** Each way in which a member of the check's set may be written, with the member. */
export function namesOf(check: RuleCheckSpec, mappings: Mappings): ReadonlyMap<string, string> {
  if (check.type !== "in_set" && check.type !== "enum") return new Map();
  const mapped = check.mapping === undefined ? new Map() : synonymsOf(mappings[check.mapping] ?? {});
  return new Map<string, string>([
    ...(check.values ?? []).map((value) => [value, value] as const),
    ...mapped,
  ]);
}
