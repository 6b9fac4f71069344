/** What a cell becomes. A fix is taken only if its own check accepts the outcome, and nothing is left to fix. */

import type { CompiledRule } from "./compile";
import type { FixClass } from "./profile";

export interface Offer {
  readonly after: string;
  readonly fixClass: FixClass;
}

/** Whether the rule's conditions hold; one on the rule's own field reads `value`. */
export type IsActive = (rule: CompiledRule, value: string) => boolean;

/** Two fixes that undo each other never settle: the cell is then left as it is. */
const SETTLE_ROUNDS_MAX = 8;

/** The first of the rule's fixes that makes its check hold, or null. `value` fails the check. */
export function offerFix(
  rules: readonly CompiledRule[],
  rule: CompiledRule,
  value: string,
  applied: ReadonlySet<FixClass>,
  isActive: IsActive,
): Offer | null {
  for (const { apply, fixClass } of rule.fixes) {
    const fixed = apply(value);
    if (fixed === null || fixed === value || finds(rule, fixed)) continue;
    const after = settle(rules, fixed, applied, isActive);
    if (after !== null && after !== value && !finds(rule, after)) return { after, fixClass };
  }
  return null;
}

/** The cell after all fixes that may be applied: what conditions read, so that `novo` is `new` to them. */
export function correctedText(
  rules: readonly CompiledRule[],
  value: string,
  applied: ReadonlySet<FixClass>,
  isActive: IsActive,
): string {
  let text = value;
  for (const rule of rules) {
    if (rule.fixes.length === 0 || !finds(rule, text) || !isActive(rule, text)) continue;
    const offer = offerFix(rules, rule, text, applied, isActive);
    if (offer && applied.has(offer.fixClass)) text = offer.after;
  }
  return text;
}

export function finds(rule: CompiledRule, value: string): boolean {
  return (rule.judgesBlank || value.trim() !== "") && rule.check.judge(value) !== null;
}

/** A truncated title may end in a space that another rule trims: goes on until no fix of the cell has work. */
function settle(
  rules: readonly CompiledRule[],
  value: string,
  applied: ReadonlySet<FixClass>,
  isActive: IsActive,
): string | null {
  let text = value;
  for (let round = 0; round < SETTLE_ROUNDS_MAX; round++) {
    const before = text;
    for (const rule of rules) {
      if (rule.fixes.length === 0 || !finds(rule, text) || !isActive(rule, text)) continue;
      for (const { apply, fixClass } of rule.fixes) {
        const fixed = applied.has(fixClass) ? apply(text) : null;
        if (fixed === null || fixed === text || finds(rule, fixed)) continue;
        text = fixed;
        break;
      }
    }
    if (text === before) return text;
  }
  return null;
}
