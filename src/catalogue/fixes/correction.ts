/** What a cell becomes: fixes are applied, rule by rule, until none of them has work left. */

import type { CompiledRule } from "../profile/compile";
import { NO_ROW, type ReadField } from "../checks/row-checks";
import type { FixClass } from "../profile/profile";

/** What one rule's fix made of the cell. */
export interface FixStep {
  readonly rule: CompiledRule;
  readonly before: string;
  after: string;
  fixClass: FixClass;
}

export interface Correction {
  readonly text: string;
  readonly steps: readonly FixStep[];
}

/** Two fixes that undo each other never settle: the cell is then left as it is. */
const ROUNDS_MAX = 8;
const EVERY_CLASS: ReadonlySet<FixClass> = new Set(["safe", "lossy", "invented"]);
const WEIGHTS: Readonly<Record<FixClass, number>> = { safe: 0, lossy: 1, invented: 2 };

/**
 * Applies the allowed fixes until nothing changes, so that correcting twice is correcting once. A rule that
 * only another's fix has broken has no finding to tell of its own fix: that becomes part of the other's step.
 */
export function correctCell(
  rules: readonly CompiledRule[],
  input: string,
  allowed: ReadonlySet<FixClass>,
  read: ReadField,
): Correction {
  const steps: FixStep[] = [];
  let text = input;
  let fixable = 0;
  for (const { fixes, mayFix } of rules) if (mayFix && fixes.length > 0) fixable++;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    let isSettled = true;
    for (const rule of rules) {
      if (!rule.mayFix || rule.fixes.length === 0 || !finds(rule, text, read)) continue;
      if (!isActive(rule, text, read)) continue;
      const offer = offerFix(rule, text, read, allowed);
      if (!offer) continue;
      const hasFinding = text === input || (finds(rule, input, read) && isActive(rule, input, read));
      record(steps, rule, offer.fixClass, text, offer.after, hasFinding);
      text = offer.after;
      // An offer makes its own check hold, so that a rule alone has nothing left to do.
      isSettled = fixable === 1;
    }
    if (isSettled) return { text, steps };
  }
  return { text: input, steps: [] };
}

/** The first of the rule's fixes, of the classes asked for, that makes its check hold. None empties a cell. */
export function offerFix(
  rule: CompiledRule,
  value: string,
  read: ReadField = NO_ROW,
  classes: ReadonlySet<FixClass> = EVERY_CLASS,
): { after: string; fixClass: FixClass } | null {
  for (const { apply, fixClass } of rule.fixes) {
    if (!classes.has(fixClass)) continue;
    const after = apply(value, read);
    if (after === null || after === value || after.trim() === "") continue;
    if (!finds(rule, after, read)) return { after, fixClass };
  }
  return null;
}

export function finds(rule: CompiledRule, value: string, read: ReadField = NO_ROW): boolean {
  return (rule.judgesBlank || value.trim() !== "") && rule.check.judge(value, read) !== null;
}

/** Whether the rule is for this row; a condition on the rule's own field reads `value`. */
export function isActive({ applies, field }: CompiledRule, value: string, read: ReadField): boolean {
  return applies === null || applies.holds((name) => (name === field ? value : read(name)));
}

function record(
  steps: FixStep[],
  rule: CompiledRule,
  fixClass: FixClass,
  before: string,
  after: string,
  hasFinding: boolean,
): void {
  const step = steps.find((earlier) => earlier.rule === rule) ?? (hasFinding ? undefined : steps.at(-1));
  if (!step) {
    steps.push({ rule, before, after, fixClass });
    return;
  }
  step.after = after;
  if (WEIGHTS[fixClass] > WEIGHTS[step.fixClass]) step.fixClass = fixClass;
}
