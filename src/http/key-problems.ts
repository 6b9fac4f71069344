import type {
  ChangeKeyRefusal,
  CreateKeyRefusal,
  RotateKeyRefusal,
  ScopeRefusal,
} from "../../durable-objects/tenant/operations/keys";
import { idempotencyConflict } from "./idempotency";
import { Problem } from "./problem";

/** What the refusals of the calls on API keys are on the wire. */

export const notHeld = ({ missing }: ScopeRefusal): Problem =>
  new Problem("insufficient_scope", `A key has no scopes that its maker lacks: ${missing.join(", ")}.`, {
    fieldErrors: { scopes: missing.map((scope) => `You do not hold ${scope}.`) },
  });

export function refusedCreate(refusal: CreateKeyRefusal): Problem {
  switch (refusal.reason) {
    case "idempotency_conflict":
      return idempotencyConflict();
    case "scope_not_held":
      return notHeld(refusal);
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
    case "scope_not_held":
      return notHeld(refusal);
  }
}

export const refusedRotation = (refusal: RotateKeyRefusal): Problem =>
  refusal.reason === "idempotency_conflict" ? idempotencyConflict() : refusedChange(refusal);
