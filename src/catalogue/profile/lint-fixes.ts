/** Fixes that cannot make their own rule's check hold, and fixes that wait for each other. */

import { compileFixes } from "../fixes/fixes";
import { offerFix } from "../fixes/correction";
import { compileRule, fieldsRead, namesOf, type CompiledRule } from "./compile";
import { lintIdentifierFix } from "./identifier-lint";
import type { Refuse } from "./lint-checks";
import type { RuleCheckSpec } from "./check-schema";
import type { FixSpec } from "./fix-schema";
import type { Profile, ProfileRule } from "./profile";

type CheckType = RuleCheckSpec["type"];

const PATTERNS = ["regex", "pattern"] as const;
const NUMBERS = ["range", "numeric_min", "numeric_max"] as const;
/** Spreadsheets eat the zeros that these begin with. */
const CODES_OF_FIXED_LENGTH = ["isbn", "ncm", "cest", "cpf", "cnpj", "cep"] as const;
const OF_THE_ROW: readonly CheckType[] = ["compare", "dependency", "business"];

/** The checks that a fix can serve; one that is not here is tried out on what it is known to write. */
const SERVES: Partial<Record<FixSpec["type"], readonly CheckType[]>> = {
  set_default: ["required"],
  concatenate: ["required"],
  truncate: ["length", "length_max"],
  pad: ["length", "length_min", ...PATTERNS, "gtin", ...CODES_OF_FIXED_LENGTH],
  normalize_decimal: ["decimal", "decimal_places", "integer", ...NUMBERS],
  normalize_price: ["decimal", "decimal_places", "integer", ...PATTERNS],
  normalize_date: ["date"],
  strip_chars: ["forbidden_chars", ...PATTERNS, "length", "length_max", "integer", "gtin"],
  clean_text: ["plain_text", "forbidden_chars", ...PATTERNS, "length", "length_max"],
  extract_gtin: ["gtin", ...PATTERNS],
  normalize_identifier: ["gtin", "upc_e", ...CODES_OF_FIXED_LENGTH],
  expand_upc_e: ["gtin"],
  pad_gtin: ["gtin"],
  convert_units: ["measure"],
  format_dimensions: ["dimensions"],
};

const PROBES = ["  aB  cD  ", "e\u0301 \u00c7\u00e3o", "AB CD", "ab", "Ab Cd"];

export function lintFix(
  rule: ProfileRule,
  fix: FixSpec,
  profile: Profile,
  path: string,
  refuse: Refuse,
): void {
  const { check } = rule;
  const type = check.type === "format" ? check.format : check.type;
  const served = SERVES[fix.type];
  if (OF_THE_ROW.includes(type) || (type !== "composite" && served && !served.includes(type))) {
    refuse(path, `${fix.type} cannot make "${check.type}" hold`);
    return;
  }
  lintIdentifierFix(check, fix, path, refuse);
  if (fix.type === "normalize_date" && (check.type !== "date" || check.format !== "iso")) {
    refuse(
      path,
      `normalize_date needs a date check with the format "iso": without it 25/12/2024 passes as it is`,
    );
    return;
  }
  const compiled = compileRule(rule, profile);
  if (isInVain(compiled, check, fix, profile)) {
    refuse(path, `nothing that ${fix.type} writes can make "${check.type}" hold`);
  }
  for (const output of ownOutputs(check, fix, profile)) {
    const fault = compiled.check.judge(output);
    if (fault !== null) {
      refuse(path, `its output "${output.slice(0, 40)}" fails the rule's own check (${fault})`);
    }
  }
}

/** What a fix is known to write before any file is seen. */
export function knownOutputs(fix: FixSpec, profile: Profile): readonly string[] {
  switch (fix.type) {
    case "set_default":
      return [fix.value];
    case "map_value":
      return [
        ...new Set(Object.values(profile.mappings[fix.mapping] ?? {})),
        ...(fix.default === undefined ? [] : [fix.default]),
      ];
    case "normalize": {
      const [form] = compileFixes(fix, profile.mappings);
      return PROBES.flatMap((probe) => form?.apply(probe) ?? []);
    }
    default:
      return [];
  }
}

/** Those of which the rule's own check must hold, one and all. */
function ownOutputs(check: RuleCheckSpec, fix: FixSpec, profile: Profile): readonly string[] {
  switch (fix.type) {
    case "set_default":
    case "map_value":
      return knownOutputs(fix, profile);
    case "truncate":
      return check.type === "composite" ? [] : ["x".repeat(fix.max)];
    case "pad":
      return check.type === "length" || check.type === "length_min" ? [fix.char.repeat(fix.length)] : [];
    case "normalize_price": {
      const isNumber =
        check.type === "decimal" || check.type === "decimal_places" || check.type === "integer";
      const scale = fix.scale ?? 2;
      return isNumber ? [scale === 0 ? "1" : `1.${"1".repeat(scale)}`] : [];
    }
    default:
      return [];
  }
}

function isInVain(rule: CompiledRule, check: RuleCheckSpec, fix: FixSpec, profile: Profile): boolean {
  if (fix.type === "strip_chars" && check.type === "forbidden_chars") {
    const stripped = new Set(fix.chars);
    return ![...check.chars].some((char) => stripped.has(char));
  }
  if (fix.type !== "normalize") return false;
  switch (check.type) {
    case "required":
    case "range":
    case "numeric_min":
    case "numeric_max":
      return true;
    case "normalized":
      return !PROBES.some((probe) => offerFix(rule, probe));
    case "in_set":
    case "enum": {
      const members = [...namesOf(check, profile.mappings).values()];
      const [form] = rule.fixes;
      return !members.some((member) => rule.check.judge(form?.apply(member) ?? member) === null);
    }
    default:
      return false;
  }
}

/** Conditions, row checks and fixes read corrected values, so a field with a fix cannot wait for itself. */
export function lintCycles(profile: Profile, refuse: Refuse): void {
  const reads = new Map<string, Set<string>>();
  for (const spec of profile.rules) {
    if (!spec.fix || !spec.enabled) continue;
    for (const field of fieldsRead(compileRule(spec, profile))) {
      if (field === spec.field) continue;
      reads.set(spec.field, (reads.get(spec.field) ?? new Set()).add(field));
    }
  }
  for (const field of reads.keys()) {
    const seen = new Set<string>();
    const open = [...(reads.get(field) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next === field) {
        refuse("/rules", `fixes of "${field}" wait, through what they read, for fixes of "${field}"`);
        break;
      }
      if (!seen.has(next)) open.push(...(reads.get(next) ?? []));
      seen.add(next);
    }
  }
}
