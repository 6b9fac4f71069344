/** Which of a profile's fixes a correction applies: its client may take them, or leave them, rule by rule. Pure. */

export interface FixChoice {
  /** Only these rules' fixes; all, if absent. */
  readonly accept?: readonly string[];
  /** Not these rules' fixes. */
  readonly reject?: readonly string[];
}

/** Of the fixes that the profile's `apply_fixes` allows: a choice leaves some out, and adds none. */
export const acceptsFixesOf = ({ accept, reject }: FixChoice, ruleId: string): boolean =>
  (accept?.includes(ruleId) ?? true) && !(reject?.includes(ruleId) ?? false);

/** The rules that a choice names and its profile has not. */
export function unknownRules(
  { accept = [], reject = [] }: FixChoice,
  rules: readonly { readonly id: string }[],
): readonly string[] {
  const known = new Set(rules.map(({ id }) => id));
  return [...new Set([...accept, ...reject])].filter((id) => !known.has(id));
}
