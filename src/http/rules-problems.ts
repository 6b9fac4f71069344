import type { IdempotencyRefusal } from "../../durable-objects/tenant/answer";
import type { UnknownProfile } from "../../durable-objects/tenant/operations/profile-choice";
import type {
  DeleteRefusal,
  Immutable,
  PairRefusal,
  SaveRefusal,
} from "../../durable-objects/tenant/operations/rules";
import type {
  DeprecateRefusal,
  PublishRefusal,
  RollbackRefusal,
  ValidateRefusal,
} from "../../durable-objects/tenant/operations/rules-life";
import { idempotencyConflict } from "./idempotency";
import { Problem } from "./problem";
import { invalidProfile } from "./rules-body";

/** What the refusals of the calls on rules profiles are on the wire. */

export const unknownProfile = (_refusal: UnknownProfile): Problem =>
  new Problem("rules_profile_not_found", "There is no rules profile with this id: GET /v1/rules lists them.");

const immutable = ({ status }: Immutable): Problem =>
  new Problem(
    "profile_immutable",
    status === "shipped"
      ? "This profile comes with the product and never changes: use another version for one of your own."
      : `The profile is ${status} and never changes any more: write a new version.`,
  );

export function refusedPair(refusal: PairRefusal): Problem {
  switch (refusal.reason) {
    case "unknown_profile":
      return unknownProfile(refusal);
    case "no_predecessor":
      return new Problem(
        "rules_profile_not_found",
        "No version before this one is published: say from=VERSION.",
      );
  }
}

type StepRefusal =
  | SaveRefusal
  | DeleteRefusal
  | ValidateRefusal
  | PublishRefusal
  | DeprecateRefusal
  | RollbackRefusal
  | IdempotencyRefusal;

export function refusedRules(refusal: StepRefusal): Problem {
  switch (refusal.reason) {
    case "unknown_profile":
      return unknownProfile(refusal);
    case "profile_immutable":
      return immutable(refusal);
    case "precondition_failed":
      return new Problem(
        "precondition_failed",
        "The profile is not the one that the condition names: read it again.",
      );
    case "too_many_profiles":
      return new Problem(
        "quota_exceeded",
        `A tenant has at most ${refusal.most} profiles: delete some drafts.`,
      );
    case "wrong_profile_status":
      return new Problem(
        "invalid_state_transition",
        `The profile is ${refusal.status}, which does not allow this.`,
        {
          members: { profile_status: refusal.status },
        },
      );
    case "profile_invalid":
      return invalidProfile(refusal.faults);
    case "unknown_successor":
      return new Problem("validation_error", "successor: no other published profile has this id.", {
        fieldErrors: { successor: ["Name another profile that is published, as channel@version."] },
      });
    case "not_latest":
      return new Problem(
        "invalid_state_transition",
        "A newer version is published, so this one is not in anybody's way: deprecate it instead.",
      );
    case "no_former":
      return new Problem(
        "invalid_state_transition",
        "No version before this one is published: there is nothing to go back to.",
      );
    case "idempotency_conflict":
      return idempotencyConflict();
  }
}
