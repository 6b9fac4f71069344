/** Refuses profiles that contradict themselves: better at PUT than in a seller's file. Each fault is named. */

import { compileCheck } from "../checks/checks";
import { statedConventions } from "./compile";
import { parseCondition } from "./condition";
import { fold } from "../fold";
import { lintIdentifierFix, lintSizes } from "./identifier-lint";
import { Pattern } from "../checks/pattern";
import type { CheckSpec, FixSpec, Profile, ProfileFault, ProfileRule } from "./profile";

type Refuse = (path: string, message: string) => void;

/** Spreadsheets eat the zeros that these begin with. */
const CODES_OF_FIXED_LENGTH = ["isbn", "ncm", "cest", "cpf", "cnpj", "cep"] as const;

/** The checks that a fix can serve; `set_default` and `map_value` are tried out on their outputs instead. */
const SERVES: Partial<Record<FixSpec["type"], readonly CheckSpec["type"][]>> = {
  truncate: ["length", "length_max"],
  pad: ["length", "length_min", "regex", "pattern", "gtin", "format", ...CODES_OF_FIXED_LENGTH],
  normalize_decimal: [
    "decimal",
    "decimal_places",
    "integer",
    "format",
    "range",
    "numeric_min",
    "numeric_max",
  ],
  normalize_date: ["date"],
  strip_chars: ["forbidden_chars", "regex", "pattern", "length", "length_max", "integer", "gtin", "format"],
  normalize_identifier: ["gtin", "upc_e", "isbn", "ncm", "cest", "cpf", "cnpj", "cep"],
  expand_upc_e: ["gtin"],
  pad_gtin: ["gtin"],
  convert_units: ["measure"],
  format_dimensions: ["dimensions"],
};

export function lintProfile(profile: Profile): ProfileFault[] {
  const faults: ProfileFault[] = [];
  const refuse: Refuse = (path, message) => faults.push({ path, message });
  lintColumns(profile, refuse);
  const ids = new Set<string>();
  profile.rules.forEach((rule, i) => {
    const path = `/rules/${i}`;
    if (ids.has(rule.id)) refuse(`${path}/id`, `"${rule.id}" is the id of an earlier rule`);
    ids.add(rule.id);
    const before = faults.length;
    lintConditions(rule, path, refuse);
    lintCheck(rule.check, profile, `${path}/check`, refuse);
    lintUnique(rule, path, refuse);
    if (rule.fix) lintNames(rule.fix, profile, `${path}/fix`, refuse);
    if (rule.fix && faults.length === before) lintFix(rule, rule.fix, profile, `${path}/fix`, refuse);
  });
  lintCycles(profile, refuse);
  return faults;
}

function lintColumns(profile: Profile, refuse: Refuse): void {
  const owners = new Map<string, string>();
  profile.columns.forEach((column, i) => {
    for (const label of [column.name, ...(column.aliases ?? [])]) {
      const owner = owners.get(fold(label));
      if (owner !== undefined && owner !== column.name) {
        refuse(`/columns/${i}`, `"${label}" also names the column "${owner}"`);
      }
      owners.set(fold(label), column.name);
    }
  });
}

function lintConditions(rule: ProfileRule, path: string, refuse: Refuse): void {
  for (const key of ["when", "skip_if"] as const) {
    const text = rule[key];
    if (text !== undefined && !parseCondition(text)) {
      refuse(`${path}/${key}`, `must be a field, or field == 'value', or field != 'value'`);
    }
  }
}

function lintCheck(check: CheckSpec, profile: Profile, path: string, refuse: Refuse): void {
  switch (check.type) {
    case "length":
    case "range":
    case "item_count":
      if (check.min === undefined && check.max === undefined) refuse(path, "needs min or max");
      if ((check.min ?? 0) > (check.max ?? Infinity) && check.min !== undefined) {
        refuse(path, `min ${check.min} is greater than max ${check.max}`);
      }
      return;
    case "date":
      if (check.min !== undefined && check.max !== undefined && check.min > check.max) {
        refuse(path, `min ${check.min} is after max ${check.max}`);
      }
      return;
    case "length_min":
    case "numeric_min":
      if (check.min === undefined && check.value === undefined) refuse(path, "needs min");
      return;
    case "length_max":
    case "numeric_max":
      if (check.max === undefined && check.value === undefined) refuse(path, "needs max");
      return;
    case "in_set":
    case "enum":
      if (!check.values && check.mapping === undefined) refuse(path, "needs values or mapping");
      if (check.mapping !== undefined) lintMapping(check.mapping, profile, `${path}/mapping`, refuse);
      return;
    case "regex":
    case "pattern": {
      const compiled = Pattern.compile(check.pattern, check.ignore_case);
      if (!compiled.ok) refuse(`${path}/pattern`, compiled.error);
      return;
    }
    case "normalized":
      lintCase(check, path, refuse);
      return;
    case "image_url":
    case "dimensions":
    case "measure":
      lintSizes(check, path, refuse);
      return;
    default:
      return;
  }
}

function lintUnique({ check, field, fix }: ProfileRule, path: string, refuse: Refuse): void {
  if (check.type !== "unique" && check.type !== "unique_together") return;
  if (fix) refuse(`${path}/fix`, "a duplicate has no fix: which of the rows is right, only the seller knows");
  if (check.type === "unique") {
    if (check.as !== undefined && check.ignore_case) refuse(`${path}/check`, `a ${check.as} has no case`);
    return;
  }
  check.fields.forEach((other, i) => {
    if (other === field || check.fields.indexOf(other) < i) {
      refuse(`${path}/check/fields/${i}`, `"${other}" is part of the key already`);
    }
  });
}

function lintNames(fix: FixSpec, profile: Profile, path: string, refuse: Refuse): void {
  if (fix.type === "map_value") lintMapping(fix.mapping, profile, `${path}/mapping`, refuse);
  if (fix.type === "normalize") lintCase(fix, path, refuse);
}

function lintMapping(name: string, profile: Profile, path: string, refuse: Refuse): void {
  const mapping = Object.hasOwn(profile.mappings, name) ? profile.mappings[name] : undefined;
  if (!mapping) {
    refuse(path, `there is no mapping "${name}"`);
    return;
  }
  const outputs = new Map<string, string>();
  for (const [from, to] of Object.entries(mapping)) {
    const other = outputs.get(fold(from));
    if (other !== undefined && other !== to) refuse(path, `"${from}" maps to both "${other}" and "${to}"`);
    outputs.set(fold(from), to);
  }
}

function lintCase(
  form: Extract<FixSpec, { type: "normalize" }> | CheckSpec,
  path: string,
  refuse: Refuse,
): void {
  if (form.type !== "normalize" && form.type !== "normalized") return;
  const cases = [form.lowercase, form.uppercase, form.titlecase, form.capitalize].filter(Boolean);
  if (cases.length > 1) refuse(path, "asks for more than one case");
  if (cases.length + [form.trim, form.collapse_spaces, form.unicode].filter(Boolean).length === 0) {
    refuse(path, "asks for nothing");
  }
}

function lintFix(rule: ProfileRule, fix: FixSpec, profile: Profile, path: string, refuse: Refuse): void {
  const served = SERVES[fix.type];
  const { check: spec } = rule;
  const isFormatServed = spec.type === "format" && served?.includes(spec.format);
  if (served && !served.includes(spec.type) && !isFormatServed) {
    refuse(path, `${fix.type} cannot make "${spec.type}" hold`);
    return;
  }
  lintIdentifierFix(spec, fix, path, refuse);
  if (fix.type === "normalize_date" && (spec.type !== "date" || spec.format !== "iso")) {
    refuse(
      path,
      `normalize_date needs a date check with the format "iso": without it 25/12/2024 passes as it is`,
    );
    return;
  }
  const check = compileCheck(rule.check, profile.mappings, statedConventions(profile, rule.field));
  for (const output of knownOutputs(rule.check, fix, profile)) {
    const fault = check.judge(output);
    if (fault !== null)
      refuse(path, `its output "${output.slice(0, 40)}" fails the rule's own check (${fault})`);
  }
}

/** What a fix is known to write before any file is seen. */
function knownOutputs(check: CheckSpec, fix: FixSpec, profile: Profile): readonly string[] {
  switch (fix.type) {
    case "set_default":
      return [fix.value];
    case "map_value":
      return [
        ...Object.values(profile.mappings[fix.mapping] ?? {}),
        ...(fix.default === undefined ? [] : [fix.default]),
      ];
    case "truncate":
      return ["x".repeat(fix.max)];
    case "pad":
      return check.type === "length" || check.type === "length_min" ? [fix.char.repeat(fix.length)] : [];
    default:
      return [];
  }
}

/** Conditions read corrected values, so the field of a rule with a fix cannot wait for itself. */
function lintCycles(profile: Profile, refuse: Refuse): void {
  const reads = new Map<string, Set<string>>();
  for (const rule of profile.rules) {
    if (!rule.fix || !rule.enabled) continue;
    for (const text of [rule.when, rule.skip_if]) {
      const condition = text === undefined ? null : parseCondition(text);
      if (!condition || condition.field === rule.field) continue;
      reads.set(rule.field, (reads.get(rule.field) ?? new Set()).add(condition.field));
    }
  }
  for (const field of reads.keys()) {
    const seen = new Set<string>();
    const open = [...(reads.get(field) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next === field) {
        refuse("/rules", `fixes of "${field}" wait, through their conditions, for fixes of "${field}"`);
        break;
      }
      if (!seen.has(next)) open.push(...(reads.get(next) ?? []));
      seen.add(next);
    }
  }
}
