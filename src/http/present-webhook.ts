import type { DeadEvent } from "../../durable-objects/tenant/delivery-store";
import type { AttemptView } from "../../durable-objects/tenant/operations/attempts";
import type { EndpointView } from "../../durable-objects/tenant/operations/endpoint-rows";
import { placeText } from "../domain/delivery-plan";
import { optionalTime, rfc3339 } from "./present";

/** Without its secrets: those are shown when they are made, and never again. */
export const presentWebhook = ({
  endpoint,
  url,
  formerSecretUntilMs,
  cursor,
  last,
  counts,
}: EndpointView) => ({
  id: endpoint.id,
  url,
  description: endpoint.description,
  event_types: endpoint.eventTypes,
  lane: endpoint.lane,
  payload: endpoint.payload,
  format: endpoint.format,
  status: endpoint.status,
  disabled_reason: endpoint.disabledReason,
  former_secret_valid_until: optionalTime(formerSecretUntilMs),
  delivery: {
    /** Everything up to here was delivered, waits for another attempt or is a dead letter. */
    sequence: placeText(cursor),
    last_sequence: placeText(last),
    waiting: counts.waiting,
    dead_letters: counts.parked,
    failures_in_a_row: endpoint.failures,
    failing_since: optionalTime(endpoint.firstFailureAtMs),
    paused_until: optionalTime(endpoint.openUntilMs),
    last_success_at: optionalTime(endpoint.lastSuccessAtMs),
  },
  created_at: rfc3339(endpoint.createdAtMs),
  updated_at: rfc3339(endpoint.updatedAtMs),
});

export const presentAttempt = (attempt: AttemptView) => ({
  id: attempt.id,
  event_id: attempt.eventId,
  event_type: attempt.type,
  sequence: attempt.eventSeq === 0 ? null : placeText(attempt),
  attempt: attempt.attempt,
  outcome: attempt.outcome,
  status_code: attempt.status,
  fault: attempt.fault,
  response: attempt.snippet,
  duration_ms: attempt.durationMs,
  attempted_at: rfc3339(attempt.atMs),
  next_attempt_at: optionalTime(attempt.nextMs),
});

export const presentDeadLetter = (event: DeadEvent) => ({
  sequence: placeText(event),
  event_id: event.id,
  event_type: event.type,
  attempts: event.attempts,
  parked_at: rfc3339(event.parkedAtMs),
});
