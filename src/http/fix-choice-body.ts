import * as z from "zod";
import type { UnknownRules } from "../../durable-objects/tenant/operations/profile-choice";
import type { FixChoice } from "../domain/fix-choice";
import { Problem } from "./problem";

const RULES_MAX = 500;
const RuleIds = z.array(z.string().min(1).max(100)).max(RULES_MAX);

/** `fixes`, as every body has it that takes one. */
export const FixesBody = z
  .strictObject({ accept: RuleIds.optional(), reject: RuleIds.optional() })
  .refine(({ accept = [], reject = [] }) => !accept.some((id) => reject.includes(id)), {
    message: "No rule is both accepted and rejected.",
  })
  .describe(
    "Which rules' fixes are applied, of those that the profile's apply_fixes allows: only those accepted, if that " +
      "is sent, and none that is rejected",
  );

export const fixChoiceOf = ({ accept, reject }: z.output<typeof FixesBody>): FixChoice => ({
  ...(accept && { accept }),
  ...(reject && { reject }),
});

const SHOWN_MAX = 20;

export const unknownRules = ({ profileId, rules }: UnknownRules, member = "fixes"): Problem =>
  new Problem(
    "validation_error",
    `${member}: ${profileId} has no rule ${rules.slice(0, SHOWN_MAX).join(", ")}.`,
    {
      fieldErrors: { [member]: rules.slice(0, SHOWN_MAX).map((id) => `${profileId} has no rule ${id}.`) },
    },
  );
