/** Conditions that cannot be read, or that nothing can meet. A field that no file has is blank, and no fault. */

import { parseCondition } from "./condition";
import type { ConditionSpec } from "./condition-schema";
import { lintBounds, lintPattern, type Refuse } from "./lint-checks";
import type { ProfileRule } from "./profile";

export function lintConditions(rule: ProfileRule, path: string, refuse: Refuse): void {
  for (const key of ["when", "skip_if"] as const) {
    const spec = rule[key];
    if (spec !== undefined) lintCondition(spec, `${path}/${key}`, refuse);
  }
  const { scope } = rule;
  if (!scope) return;
  if (Object.keys(scope).length === 0)
    refuse(`${path}/scope`, "needs categories, brands, conditions or price");
  if (scope.price) lintBounds(scope.price, `${path}/scope/price`, refuse);
}

function lintCondition(spec: ConditionSpec, path: string, refuse: Refuse): void {
  if (typeof spec === "string") {
    if (!parseCondition(spec)) refuse(path, "must be a field, or field == 'value', or field != 'value'");
  } else if ("and" in spec) spec.and.forEach((part, i) => lintCondition(part, `${path}/and/${i}`, refuse));
  else if ("or" in spec) spec.or.forEach((part, i) => lintCondition(part, `${path}/or/${i}`, refuse));
  else if ("not" in spec) lintCondition(spec.not, `${path}/not`, refuse);
  else if (spec.op === "regex") lintPattern(spec, path, refuse);
  else if (spec.op === "range" || spec.op === "length") lintBounds(spec, path, refuse);
}
