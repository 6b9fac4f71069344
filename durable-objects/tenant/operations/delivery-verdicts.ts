import { v7 as uuidV7 } from "uuid";
import {
  placeText,
  type EventPlace,
  type ItemOutcome,
  type PassItem,
} from "../../../src/domain/delivery-plan";
import type { Endpoint, PassHealth } from "../../../src/domain/webhook-endpoint";
import {
  nextAttempt,
  pauseUntilMs,
  type DeliveryOutcome,
  type WebhookSchedule,
} from "../../../src/domain/webhook-schedule";
import type { Attempt } from "../attempt-store";

export interface ScheduleTerms {
  readonly schedule: WebhookSchedule;
  readonly random: () => number;
}

/** What came of an item that was tried. */
export interface DeliveryResult extends EventPlace {
  readonly atMs: number;
  readonly durationMs: number;
  readonly outcome:
    | DeliveryOutcome
    /** Its address may not be called. */
    | { readonly type: "refused"; readonly fault: string }
    /** There was nothing to send. */
    | { readonly type: "passed_over" };
  /** How the answer to a failure began. */
  readonly snippet: string | null;
}

/** An attempt with what its answer said in the clear. */
export type OpenAttempt = Omit<Attempt, "sealed"> & { readonly snippet: string | null };

export interface Judged {
  readonly outcomes: ReadonlyMap<string, ItemOutcome>;
  readonly attempts: readonly OpenAttempt[];
  readonly health: PassHealth;
  /** Places that answered 410. */
  readonly gone: ReadonlySet<string>;
}

/** By the schedule, what follows each attempt; and what all of them say of the endpoint. */
export function judge(
  items: readonly PassItem[],
  results: readonly DeliveryResult[],
  endpoint: Endpoint,
  { schedule, random }: ScheduleTerms,
  nowMs: number,
): Judged {
  const byPlace = new Map(items.map((item) => [placeText(item), item]));
  const outcomes = new Map<string, ItemOutcome>();
  const attempts: OpenAttempt[] = [];
  const gone = new Set<string>();
  let health: PassHealth = { successes: 0, failures: 0, isGone: false, pauseUntilMs: null };
  for (const { atMs, durationMs, outcome, snippet, ...place } of results) {
    const item = byPlace.get(placeText(place));
    if (!item) continue;
    if (outcome.type === "passed_over") {
      outcomes.set(placeText(place), { type: "done" });
      continue;
    }
    const attempt = item.attempts + 1;
    const told: DeliveryOutcome = outcome.type === "refused" ? { type: "network_error" } : outcome;
    const next =
      outcome.type === "refused"
        ? ({ type: "parked" } as const)
        : nextAttempt({ attempt, schedule, outcome: told, nowMs, random: random() });
    const status = outcome.type === "answered" ? outcome.status : null;
    const nextMs = next.type === "retry" ? next.atMs : null;
    outcomes.set(placeText(place), itemOutcome(next));
    if (next.type === "disabled") gone.add(placeText(place));
    health = withResult(health, next, pauseUntilMs(told, nowMs));
    attempts.push({
      id: uuidV7({ msecs: atMs }),
      endpointId: endpoint.id,
      eventId: item.id,
      ...place,
      type: item.type,
      attempt,
      atMs,
      durationMs,
      outcome: next.type === "delivered" ? "delivered" : "failed",
      status,
      fault: outcome.type === "refused" ? outcome.fault : outcome.type === "answered" ? null : outcome.type,
      nextMs,
      snippet,
    });
  }
  return { outcomes, attempts, health, gone };
}

type Next = ReturnType<typeof nextAttempt>;

function itemOutcome(next: Next): ItemOutcome {
  switch (next.type) {
    case "delivered":
      return { type: "done" };
    case "retry":
      return { type: "waits", dueMs: next.atMs };
    // A receiver that is gone got none of it: should it come back, a replay sends it.
    case "parked":
    case "disabled":
      return { type: "parked" };
  }
}

function withResult(health: PassHealth, next: Next, pausedUntilMs: number | null): PassHealth {
  if (next.type === "delivered")
    return { ...health, successes: health.successes + 1, failures: 0, pauseUntilMs: null };
  return {
    ...health,
    failures: health.failures + 1,
    isGone: health.isGone || next.type === "disabled",
    pauseUntilMs: pausedUntilMs ?? health.pauseUntilMs,
  };
}
