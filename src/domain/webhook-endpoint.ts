/** Where a tenant's events are delivered, and how it stands with it. Pure: callers pass the clock and the draw. */

import { fullJitterMs } from "./backoff";
import type { EventForm } from "./cloud-event";
import type { EventPlace, Lane } from "./delivery-plan";
import { isDisabledByAge } from "./webhook-schedule";

/** `callbacks`: every job's own `callback_url`; `route`: a sink that the operator has configured. */
export type EndpointKind = "webhook" | "callbacks" | "route";

/** The one endpoint that stands for the callbacks of all jobs. */
export const CALLBACKS_ID = "callbacks";

export interface Endpoint extends EventForm {
  readonly id: string;
  readonly kind: EndpointKind;
  readonly description: string;
  /** Types or `noun.*`; empty: all. */
  readonly eventTypes: readonly string[];
  readonly lane: Lane;
  readonly status: "enabled" | "disabled";
  readonly disabledReason: DisabledReason | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly lastSuccessAtMs: number | null;
  /** Attempts that failed one after the other, and since when. */
  readonly failures: number;
  readonly firstFailureAtMs: number | null;
  /** Nothing is sent before: the circuit is open, or the receiver asked for a pause. */
  readonly openUntilMs: number | null;
  readonly heartbeat: Heartbeat;
  /** Attempts that were written down since the oldest were last dropped. */
  readonly attemptsSinceDrop?: number;
}

export interface Heartbeat {
  /** Up to where the receiver has been told that it should have everything. */
  readonly after: EventPlace;
  readonly dueMs: number | null;
  /** Sent and not taken, one after the other. */
  readonly misses?: number;
}

/** So many heartbeats that nobody takes are enough: the next delivery begins anew. */
const MISSES_MAX = 6;

/** One has just been sent: should it not be taken, the next follows later each time. */
export function heartbeatSent(heartbeat: Heartbeat, intervalMs: number, nowMs: number): Heartbeat {
  const misses = (heartbeat.misses ?? 0) + 1;
  const dueMs = misses > MISSES_MAX ? null : nowMs + intervalMs * 2 ** (misses - 1);
  return { ...heartbeat, dueMs, misses };
}

/** `gone`: it answered 410; `failing`: for days, nothing but failures; `requested`: by its tenant. */
export type DisabledReason = "gone" | "failing" | "requested";

/** What rests sealed: a URL may hold a credential. */
export interface EndpointSecrets {
  /** Null for callbacks: each job has its own. */
  readonly url: string | null;
  /** Newest first; a former one signs as well until its time. */
  readonly secrets: readonly { readonly secret: string; readonly untilMs: number | null }[];
}

export const wantsType = ({ eventTypes }: Pick<Endpoint, "eventTypes">, type: string): boolean =>
  eventTypes.length === 0 ||
  eventTypes.some(
    (wanted) => wanted === type || (wanted.endsWith(".*") && type.startsWith(wanted.slice(0, -1))),
  );

/** Both while a rotation's overlap lasts. */
export const secretsInForce = ({ secrets }: EndpointSecrets, nowMs: number): readonly string[] =>
  secrets.filter(({ untilMs }) => untilMs === null || untilMs > nowMs).map(({ secret }) => secret);

/** The newest key signs from now on, the one before it until the overlap ends; older ones no more. */
export const withSecret = (
  kept: EndpointSecrets,
  secret: string,
  untilMs: number,
  nowMs: number,
): EndpointSecrets => {
  const former = kept.secrets[0];
  const stays = former && untilMs > nowMs ? [{ secret: former.secret, untilMs }] : [];
  return { ...kept, secrets: [{ secret, untilMs: null }, ...stays] };
};

/** So many failures in a row open the circuit: then one attempt at a time finds out whether it works again. */
export const CIRCUIT_FAILURES = 5;
const CIRCUIT = { baseMs: 1_000, capMs: 60_000 };

/** What a pass has shown of an endpoint. */
export interface PassHealth {
  readonly successes: number;
  /** Since the last success of the pass. */
  readonly failures: number;
  readonly isGone: boolean;
  /** The receiver asked for a pause until then. */
  readonly pauseUntilMs: number | null;
}

export function afterPass(endpoint: Endpoint, health: PassHealth, nowMs: number, random: number): Endpoint {
  // An operator's sink is waited for: nobody would switch it on again.
  const mayEnd = endpoint.kind !== "route";
  if (mayEnd && health.isGone) return disabled(endpoint, "gone", nowMs);
  const isWell = health.successes > 0;
  const failures = (isWell ? 0 : endpoint.failures) + health.failures;
  const before = isWell ? null : endpoint.firstFailureAtMs;
  const firstFailureAtMs = failures === 0 ? null : (before ?? nowMs);
  if (mayEnd && isDisabledByAge({ firstFailureMs: firstFailureAtMs, nowMs }))
    return disabled(endpoint, "failing", nowMs);
  // A strict order tries one event at a time by itself: only the other lanes would storm a receiver that is down.
  const isOpen = endpoint.lane !== "fifo" && failures >= CIRCUIT_FAILURES && health.failures > 0;
  const waitMs = isOpen
    ? CIRCUIT.baseMs / 2 + fullJitterMs(failures - CIRCUIT_FAILURES + 1, CIRCUIT, random)
    : 0;
  const untilMs = Math.max(isOpen ? nowMs + waitMs : 0, health.pauseUntilMs ?? 0);
  return {
    ...endpoint,
    lastSuccessAtMs: isWell ? nowMs : endpoint.lastSuccessAtMs,
    failures,
    firstFailureAtMs,
    openUntilMs: untilMs > nowMs ? untilMs : null,
  };
}

export const disabled = (endpoint: Endpoint, reason: DisabledReason, nowMs: number): Endpoint => ({
  ...endpoint,
  status: "disabled",
  disabledReason: reason,
  openUntilMs: null,
  updatedAtMs: nowMs,
});

/** Whoever asks for a replay, or names another address, wants it to be tried now. */
export const unpaused = (endpoint: Endpoint): Endpoint => ({ ...endpoint, failures: 0, openUntilMs: null });

/** It begins anew: what was said of it before is no longer held against it. */
export const enabled = (endpoint: Endpoint, nowMs: number): Endpoint => ({
  ...endpoint,
  status: "enabled",
  disabledReason: null,
  failures: 0,
  firstFailureAtMs: null,
  openUntilMs: null,
  updatedAtMs: nowMs,
});
