/** Checks that ask for nothing, for the impossible, or for what the profile does not have. */

import { parseExpression } from "../checks/expression-syntax";
import { fold } from "../fold";
import { lintSizes } from "./identifier-lint";
import { Pattern } from "../checks/pattern";
import type { RuleCheckSpec } from "./check-schema";
import type { FixSpec } from "./fix-schema";
import type { Profile } from "./profile";

/** `path` is a JSON pointer into the profile. */
export type Refuse = (path: string, message: string) => void;

export function lintCheck(check: RuleCheckSpec, profile: Profile, path: string, refuse: Refuse): void {
  switch (check.type) {
    case "length":
    case "range":
    case "item_count":
      lintBounds(check, path, refuse);
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
    case "pattern":
      lintPattern(check, path, refuse);
      return;
    case "business":
      lintExpression(check.expression, `${path}/expression`, refuse);
      return;
    case "composite":
      lintComposite(check, profile, path, refuse);
      return;
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

function lintComposite(
  check: Extract<RuleCheckSpec, { type: "composite" }>,
  profile: Profile,
  path: string,
  refuse: Refuse,
): void {
  const parts = (["rules", "all", "any", "none"] as const).flatMap((key) =>
    (check[key] ?? []).map((part, i) => ({ key, part, path: `${path}/${key}/${i}` })),
  );
  if (parts.length === 0) refuse(path, "needs rules, all, any or none");
  for (const { key, part, path: at } of parts) {
    if ((key === "any" || key === "none") && judgesBlank(part)) {
      refuse(at, `"required" has no place in ${key}: whether a value must be there is one question`);
    }
    if (part.type === "unique" || part.type === "unique_together") {
      refuse(at, `"${part.type}" is of the whole file, and stands in a rule of its own`);
    }
    lintCheck(part, profile, at, refuse);
  }
}

function judgesBlank(check: RuleCheckSpec): boolean {
  if (check.type !== "composite") return check.type === "required";
  return [...(check.rules ?? []), ...(check.all ?? [])].some(judgesBlank);
}

export function lintPattern(
  { pattern, ignore_case }: { pattern: string; ignore_case?: boolean | undefined },
  path: string,
  refuse: Refuse,
): void {
  const compiled = Pattern.compile(pattern, ignore_case);
  if (!compiled.ok) refuse(`${path}/pattern`, compiled.error);
}

export function lintExpression(source: string, path: string, refuse: Refuse): void {
  const parsed = parseExpression(source);
  if (!parsed.ok) refuse(path, parsed.error);
}

export function lintBounds(
  { min, max }: { min?: number | undefined; max?: number | undefined },
  path: string,
  refuse: Refuse,
): void {
  if (min === undefined && max === undefined) refuse(path, "needs min or max");
  if (min !== undefined && max !== undefined && min > max) {
    refuse(path, `min ${min} is greater than max ${max}`);
  }
}

export function lintMapping(name: string, profile: Profile, path: string, refuse: Refuse): void {
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

export function lintCase(
  form: Extract<FixSpec, { type: "normalize" }> | RuleCheckSpec,
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
