import type { TestRefusal } from "../../durable-objects/tenant/operations/attempts";
import type { DeadReplayRefusal, ReplayRefusal } from "../../durable-objects/tenant/operations/replays";
import type { UnknownEndpoint } from "../../durable-objects/tenant/operations/endpoint-rows";
import type {
  CreateEndpointRefusal,
  EndpointChangeRefusal,
  RotateSecretRefusal,
} from "../../durable-objects/tenant/operations/webhooks";
import { placeText } from "../domain/delivery-plan";
import { idempotencyConflict } from "./idempotency";
import { Problem } from "./problem";

/** What the refusals of the calls on webhooks are on the wire. */

export const unknownWebhook = (_refusal: UnknownEndpoint): Problem =>
  new Problem("not_found", "There is no webhook with this id.");

const isDisabled = (): Problem =>
  new Problem(
    "invalid_state_transition",
    "The webhook is disabled: enable it first, by PATCH with status enabled.",
  );

export function refusedWebhook(refusal: CreateEndpointRefusal | RotateSecretRefusal): Problem {
  switch (refusal.reason) {
    case "idempotency_conflict":
      return idempotencyConflict();
    case "unknown_endpoint":
      return unknownWebhook(refusal);
    case "too_many_endpoints":
      return new Problem("quota_exceeded", `A tenant has at most ${refusal.most} webhooks: delete some.`);
  }
}

export function refusedWebhookChange(refusal: EndpointChangeRefusal): Problem {
  switch (refusal.reason) {
    case "unknown_endpoint":
      return unknownWebhook(refusal);
    case "not_for_callbacks":
      return new Problem(
        "invalid_state_transition",
        "The callbacks of jobs have no settings: each job says where it is called back.",
      );
  }
}

export function refusedReplay(refusal: ReplayRefusal): Problem {
  switch (refusal.reason) {
    case "idempotency_conflict":
      return idempotencyConflict();
    case "unknown_endpoint":
      return unknownWebhook(refusal);
    case "endpoint_disabled":
      return isDisabled();
    case "not_for_callbacks":
      return new Problem(
        "invalid_state_transition",
        "Callbacks end with their job: replay its dead letters, or read GET /v1/events?job_id=.",
      );
    case "too_old":
      return new Problem(
        "validation_error",
        `What can be replayed begins at ${placeText(refusal.oldest)}: read what is older from GET /v1/events.`,
        { fieldErrors: { from_sequence: [`Begin at ${placeText(refusal.oldest)} or later.`] } },
      );
  }
}

export function refusedDeadReplay(refusal: DeadReplayRefusal): Problem {
  switch (refusal.reason) {
    case "unknown_endpoint":
      return unknownWebhook(refusal);
    case "endpoint_disabled":
      return isDisabled();
    case "unknown_delivery":
      return new Problem("not_found", "There is no dead letter with this sequence.");
  }
}

export function refusedTest(refusal: TestRefusal): Problem {
  switch (refusal.reason) {
    case "unknown_endpoint":
      return unknownWebhook(refusal);
    case "no_url":
      return new Problem(
        "invalid_state_transition",
        "The callbacks of jobs have no address of their own: submit a job with a callback_url.",
      );
  }
}
