/** When a webhook is tried again, and when no more. Pure: callers pass the clock and the draw. */

import { err, ok, type Result } from "./result";

/** Seconds before each attempt; the first one is made at once, whatever stands there. As many attempts as entries. */
export type WebhookSchedule = readonly [number, ...number[]];

export type DeliveryOutcome =
  | {
      readonly type: "answered";
      readonly status: number;
      /** The header as it came. */
      readonly retryAfter: string | null;
    }
  | { readonly type: "timeout" }
  | { readonly type: "network_error" };

/** `parked`: the attempts are used up, and only a replay sends it again. */
export type NextAttempt =
  | { readonly type: "delivered" }
  | { readonly type: "retry"; readonly atMs: number }
  | { readonly type: "parked" }
  | { readonly type: "disabled"; readonly reason: "gone" };

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** CONTRACT §5, as Standard Webhooks recommends. */
export const DEFAULT_WEBHOOK_SCHEDULE: WebhookSchedule = [
  0,
  5,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

const WHOLE_NUMBER = /^(?:0|[1-9]\d{0,5})$/;
const MAX_ATTEMPTS = 30;
const MAX_DELAY_SECONDS = 7 * DAY;

/** Of the delay: those who failed together come back apart, and none of them early. */
const MAX_JITTER = 0.2;
const MAX_RETRY_AFTER_MS = DAY * 1000;
const DISABLED_AFTER_MS = 5 * DAY * 1000;

const DELAY_SECONDS = /^\d+$/;
/** RFC 9110 §5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`. */
const IMF_FIXDATE_CHARS = 29;

/** Reads WEBHOOK_SCHEDULE_SECONDS, such as `0,5,300`; the error is a sentence for the operator. */
export function parseWebhookSchedule(text: string): Result<WebhookSchedule, string> {
  const delays = text.split(",").map((part) => (WHOLE_NUMBER.test(part) ? Number(part) : Number.NaN));
  const [first, ...others] = delays;
  const isWithin = delays.length <= MAX_ATTEMPTS && delays.every((delay) => delay <= MAX_DELAY_SECONDS);
  if (first !== undefined && isWithin) return ok([first, ...others]);
  return err(
    `Configuration WEBHOOK_SCHEDULE_SECONDS must be 1 to ${MAX_ATTEMPTS} whole numbers of seconds, each at most ${MAX_DELAY_SECONDS}, separated by commas without spaces.`,
  );
}

/**
 * What follows the `attempt`-th attempt, counted from 1. A receiver that asks for a pause gets it, up to 24 h; it
 * shortens no delay and adds no attempt. `random` is drawn from [0, 1).
 */
export function nextAttempt({
  attempt,
  schedule,
  outcome,
  nowMs,
  random,
}: {
  readonly attempt: number;
  readonly schedule: WebhookSchedule;
  readonly outcome: DeliveryOutcome;
  readonly nowMs: number;
  readonly random: number;
}): NextAttempt {
  if (isSuccess(outcome)) return { type: "delivered" };
  if (outcome.type === "answered" && outcome.status === 410) return { type: "disabled", reason: "gone" };
  const delaySeconds = schedule[attempt];
  if (delaySeconds === undefined) return { type: "parked" };
  const askedMs = outcome.type === "answered" ? (retryAfterMs(outcome.retryAfter, nowMs) ?? 0) : 0;
  const delayMs = Math.max(delaySeconds * 1000, Math.min(askedMs, MAX_RETRY_AFTER_MS));
  return { type: "retry", atMs: nowMs + jitteredMs(delayMs, random) };
}

/** Until when a receiver that has too much to do asks to be left alone, up to 24 h; null where it does not. */
export function pauseUntilMs(outcome: DeliveryOutcome, nowMs: number): number | null {
  if (outcome.type !== "answered" || (outcome.status !== 429 && outcome.status !== 503)) return null;
  const askedMs = Math.min(retryAfterMs(outcome.retryAfter, nowMs) ?? 0, MAX_RETRY_AFTER_MS);
  return askedMs > 0 ? nowMs + askedMs : null;
}

/**
 * How long a Retry-After asks to wait (RFC 9110 §10.2.3), uncapped and possibly infinite; null for none or any other
 * text. Of the three forms of a date only the one that may still be sent is read.
 */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  if (DELAY_SECONDS.test(header)) return Number(header) * 1000;
  const atMs = header.length === IMF_FIXDATE_CHARS ? Date.parse(header) : Number.NaN;
  // Only a date that is spelled as it is written names a day and a time that there are.
  if (Number.isNaN(atMs) || new Date(atMs).toUTCString() !== header) return null;
  return Math.max(0, atMs - nowMs);
}

/** Five days of nothing but failures disable an endpoint; `firstFailureMs` is the first one since a success. */
export const isDisabledByAge = ({
  firstFailureMs,
  nowMs,
}: {
  readonly firstFailureMs: number | null;
  readonly nowMs: number;
}): boolean => firstFailureMs !== null && nowMs - firstFailureMs >= DISABLED_AFTER_MS;

/** Redirects are not followed: only 2xx is a success. */
const isSuccess = (outcome: DeliveryOutcome): boolean =>
  outcome.type === "answered" && outcome.status >= 200 && outcome.status <= 299;

const jitteredMs = (delayMs: number, random: number): number =>
  delayMs + Math.floor(delayMs * MAX_JITTER * random);
