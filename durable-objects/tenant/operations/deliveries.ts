import {
  isAfter,
  placeText,
  settlePass,
  type EventPlace,
  type PassItem,
} from "../../../src/domain/delivery-plan";
import { err, ok, type Result } from "../../../src/domain/result";
import { afterPass, CALLBACKS_ID, type Endpoint } from "../../../src/domain/webhook-endpoint";
import type { Attempt } from "../attempt-store";
import type { StoredEndpoint } from "../endpoint-store";
import type { Seal } from "../seal";
import { PLATFORM, type Stores } from "../stores";
import { nextStep, release, type DeliveryStep, type DeliveryTerms } from "./delivery-steps";
import { judge, type DeliveryResult, type Judged, type OpenAttempt } from "./delivery-verdicts";
import { ATTEMPT_KEPT_MS } from "./forget-deliveries";
import { heartbeatTaken } from "./heartbeats";

/** Of each endpoint. */
const ATTEMPTS_KEPT = 10_000;

export type DeliveryRefusal = { readonly reason: "not_yours" };

export interface StepReport {
  readonly results: readonly DeliveryResult[];
  /** The heartbeat's last place, where it was taken. */
  readonly heartbeat: EventPlace | null;
  /** Whether the worker goes on. */
  readonly goesOn: boolean;
}

type Step = Result<DeliveryStep | null, DeliveryRefusal>;

/** Exchanges the message's token for the step's own: of two deliveries of one message, one begins. */
export function beginDelivery(
  stores: Stores,
  {
    epoch,
    endpointId,
    token,
  }: { readonly epoch: number; readonly endpointId: string; readonly token: string },
  terms: DeliveryTerms,
  seal: Seal,
  nowMs: number,
): Step {
  const stored = leased(stores, endpointId, token);
  if (!stored || epoch !== stores.log.head().epoch) return err({ reason: "not_yours" });
  return ok(nextStep(stores, stored, seal, terms, nowMs));
}

/** What was sent is written down, the cursor moves, and the next step is handed out where the worker goes on. */
export function reportDelivery(
  stores: Stores,
  {
    endpointId,
    token,
    report,
  }: { readonly endpointId: string; readonly token: string; readonly report: StepReport },
  terms: DeliveryTerms,
  seal: Seal,
  nowMs: number,
): Step {
  const stored = leased(stores, endpointId, token);
  const pass = stored?.lease?.pass;
  if (!stored || !pass) return err({ reason: "not_yours" });

  const { endpoint } = stored;
  const judged = judge(pass.groups.flat(), report.results, endpoint, terms, nowMs);
  const settled = settlePass(pass, judged.outcomes, nowMs);
  for (const place of settled.removed) stores.deliveries.removeWaiting(endpoint.id, place);
  for (const event of settled.waiting) stores.deliveries.saveWaiting(endpoint.id, event);
  for (const event of settled.parked) stores.deliveries.park(endpoint.id, event, nowMs);
  const attemptsSinceDrop = writeAttempts(stores, endpoint, judged.attempts, seal);
  stores.timers.set("housekeeping", nowMs + ATTEMPT_KEPT_MS);
  if (endpoint.id === CALLBACKS_ID) endCallbacks(stores, pass.groups.flat(), judged, nowMs);

  const cursor = settled.cursor === "all" ? pass.lookedTo : (settled.cursor ?? stored.cursor);
  const noted = { ...endpoint, attemptsSinceDrop };
  const healthy =
    endpoint.id === CALLBACKS_ID ? noted : afterPass(noted, judged.health, nowMs, terms.random());
  const told = report.heartbeat ? heartbeatTaken(healthy, report.heartbeat) : healthy;
  const hasMoreToTell = report.heartbeat !== null && isAfter(stored.cursor, report.heartbeat);
  const hasNews = judged.health.successes > 0 || settled.parked.length > 0 || hasMoreToTell;
  const now: StoredEndpoint = {
    ...stored,
    endpoint: hasNews ? withHeartbeatDue(told, hasMoreToTell ? 0 : terms.heartbeatMs, nowMs) : told,
    cursor,
  };
  if (now.endpoint.status === "disabled") {
    // None of it was delivered: once the endpoint is back, a replay sends it.
    stores.deliveries.parkWaiting(endpoint.id, null, nowMs);
    recordDisabled(stores, now.endpoint, nowMs);
  }
  const goesOn = report.goesOn && now.endpoint.status === "enabled";
  return ok(goesOn ? nextStep(stores, now, seal, terms, nowMs) : release(stores, now, nowMs));
}

/** A slow receiver is waited for; whether the worker still has the endpoint. */
export function renewDelivery(
  stores: Stores,
  endpointId: string,
  token: string,
  leaseMs: number,
  nowMs: number,
): boolean {
  const stored = leased(stores, endpointId, token);
  if (!stored?.lease) return false;
  stores.endpoints.saveLease(endpointId, { ...stored.lease, expiresAtMs: nowMs + leaseMs });
  return true;
}

function leased(stores: Stores, endpointId: string, token: string): StoredEndpoint | null {
  const stored = stores.endpoints.find(endpointId);
  return stored?.endpoint.status === "enabled" && stored.lease?.token === token ? stored : null;
}

/** A busy endpoint makes millions in two weeks: the newest are shown, and the others dropped now and then. */
function writeAttempts(
  stores: Stores,
  { id, attemptsSinceDrop = 0 }: Endpoint,
  attempts: readonly OpenAttempt[],
  seal: Seal,
): number {
  stores.attempts.insert(attempts.map((attempt) => sealedAttempt(attempt, seal)));
  const since = attemptsSinceDrop + attempts.length;
  if (since < ATTEMPTS_KEPT / 10) return since;
  stores.attempts.keepNewest(id, ATTEMPTS_KEPT);
  return 0;
}

const sealedAttempt = ({ snippet, ...attempt }: OpenAttempt, seal: Seal): Attempt => ({
  ...attempt,
  sealed: snippet === null ? null : seal.sealText("attempts", attempt.id, snippet),
});

const LAST_TYPES: ReadonlySet<string> = new Set([
  "job.succeeded",
  "job.failed",
  "job.cancelled",
  "job.expired",
]);

/** A job's callbacks end with its last event, or with a receiver that says it is gone. */
function endCallbacks(
  stores: Stores,
  items: readonly PassItem[],
  { outcomes, gone }: Judged,
  nowMs: number,
): void {
  for (const item of items) {
    const outcome = outcomes.get(placeText(item));
    const hasEnded = LAST_TYPES.has(item.type) && (outcome?.type === "done" || outcome?.type === "parked");
    const isGone = gone.has(placeText(item));
    if (isGone) stores.deliveries.parkWaiting(CALLBACKS_ID, item.laneKey, nowMs);
    if (hasEnded || isGone) stores.endpoints.endCallback(item.laneKey.slice("job:".length));
  }
}

function recordDisabled(stores: Stores, endpoint: Endpoint, nowMs: number): void {
  const { id, firstFailureAtMs, disabledReason } = endpoint;
  const data = {
    webhook_id: id,
    reason: disabledReason ?? "failing",
    failing_since: firstFailureAtMs === null ? null : new Date(firstFailureAtMs).toISOString(),
    disabled_at: new Date(nowMs).toISOString(),
  };
  stores.record(
    PLATFORM,
    { kind: "event", type: "tenant.webhook_disabled", subject: `webhook:${id}`, data },
    nowMs,
  );
}

function withHeartbeatDue(endpoint: Endpoint, waitMs: number, nowMs: number): Endpoint {
  const { heartbeat, kind } = endpoint;
  if (kind !== "webhook" || heartbeat.dueMs !== null) return endpoint;
  return { ...endpoint, heartbeat: { after: heartbeat.after, dueMs: nowMs + waitMs } };
}
