import type {
  ChangeKeyRefusal,
  CreateKeyRefusal,
  RightsRefusal,
  RotateKeyRefusal,
} from "../../durable-objects/tenant/operations/keys";
import { idempotencyConflict } from "./idempotency";
import { Problem } from "./problem";

/** What the refusals of the calls on API keys are on the wire. */

function beyondRights(refusal: RightsRefusal): Problem {
  switch (refusal.reason) {
    case "scope_not_held":
      return new Problem(
        "insufficient_scope",
        `Nobody makes or changes a key with scopes that they lack: ${refusal.missing.join(", ")}.`,
        { fieldErrors: { scopes: refusal.missing.map((scope) => `You do not hold ${scope}.`) } },
      );
    case "outlives_caller":
      return new Problem("insufficient_scope", "A key that ends lets no key live longer than itself.", {
        fieldErrors: { expires_at: ["Name a time at which your own key is still good."] },
      });
  }
}

const passedExpiry = (): Problem =>
  new Problem("validation_error", "expires_at: this time has passed.", {
    fieldErrors: { expires_at: ["Name a time to come."] },
  });

export function refusedCreate(refusal: CreateKeyRefusal): Problem {
  switch (refusal.reason) {
    case "idempotency_conflict":
      return idempotencyConflict();
    case "expiry_passed":
      return passedExpiry();
    case "scope_not_held":
    case "outlives_caller":
      return beyondRights(refusal);
    case "too_many_keys":
      return new Problem(
        "quota_exceeded",
        `A tenant has at most ${refusal.most} keys that are still good: end some.`,
      );
  }
}

export function refusedChange(refusal: ChangeKeyRefusal): Problem {
  switch (refusal.reason) {
    case "unknown_key":
      return new Problem("not_found", "There is no API key with this id.");
    case "key_ended":
      return new Problem(
        "invalid_state_transition",
        `The key is ${refusal.status}, which is for good: make a new one.`,
      );
    case "expiry_passed":
      return passedExpiry();
    case "scope_not_held":
    case "outlives_caller":
      return beyondRights(refusal);
  }
}

export const refusedRotation = (refusal: RotateKeyRefusal): Problem =>
  refusal.reason === "idempotency_conflict" ? idempotencyConflict() : refusedChange(refusal);
