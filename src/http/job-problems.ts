import type {
  CancelRefusal,
  RetryRefusal,
  SubmitRefusal,
  UnknownJob,
} from "../../durable-objects/tenant/operations/jobs";
import type { InputRefusal } from "../../durable-objects/tenant/operations/inputs";
import { unknownRules } from "./fix-choice-body";
import { idempotencyConflict } from "./idempotency";
import { Problem } from "./problem";
import { unpublishedProfile } from "./runnable-profile";

/** What the refusals of the calls on jobs are on the wire. */

export const unknownJob = (_refusal: UnknownJob): Problem =>
  new Problem("not_found", "There is no job with this id.");

export function refusedInput(refusal: InputRefusal): Problem {
  switch (refusal.reason) {
    case "file_not_found":
      return new Problem("file_not_found", "No upload with this file_ref is complete: PUT the file first.");
    case "unknown_profile":
      return unpublishedProfile(refusal);
    case "unknown_rules":
      return unknownRules(refusal);
  }
}

export const refusedSubmit = (refusal: SubmitRefusal): Problem =>
  refusal.reason === "idempotency_conflict" ? idempotencyConflict() : refusedInput(refusal);

export function refusedStep(refusal: RetryRefusal | CancelRefusal): Problem {
  switch (refusal.reason) {
    case "unknown_job":
      return unknownJob(refusal);
    case "wrong_status":
      return new Problem(
        "invalid_state_transition",
        `The job is ${refusal.status}, which does not allow this.`,
        {
          members: { job_status: refusal.status },
        },
      );
    case "idempotency_conflict":
      return refusedSubmit(refusal);
  }
}
