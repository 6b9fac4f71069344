import type { EventForm } from "../../../src/domain/cloud-event";
import {
  isAfter,
  placeText,
  planPass,
  settlePass,
  type EventPlace,
  type ItemOutcome,
  type PassItem,
} from "../../../src/domain/delivery-plan";
import type { EventRoute, RouteTarget } from "../../../src/domain/event-route";
import type { LogEntry } from "../../../src/domain/event";
import { err, ok, type Result } from "../../../src/domain/result";
import {
  afterPass,
  CALLBACKS_ID,
  CIRCUIT_FAILURES,
  heartbeatSent,
  secretsInForce,
  type Endpoint,
  type EndpointSecrets,
} from "../../../src/domain/webhook-endpoint";
import type { Attempt } from "../attempt-store";
import type { StoredEndpoint } from "../endpoint-store";
import type { Seal } from "../seal";
import { PLATFORM, type Stores } from "../stores";
import {
  judge,
  type DeliveryResult,
  type Judged,
  type OpenAttempt,
  type ScheduleTerms,
} from "./delivery-verdicts";
import { dueAtMs, lookAhead, takesFresh } from "./delivery-turns";
import { openSecrets } from "./endpoint-secrets";
import { routeOf } from "./event-routes";
import { ATTEMPT_KEPT_MS } from "./forget-deliveries";
import { heartbeatOf, heartbeatTaken, type HeartbeatMessage } from "./heartbeats";

/** Of each endpoint. */
const ATTEMPTS_KEPT = 10_000;
/** Events that one step of a pass sends at most. */
const STEP_MAX = 32;
export type DeliveryRefusal = { readonly reason: "not_yours" };

/** One event to be sent; without an event or a target there is nothing left to send, and it is passed over. */
export interface DeliveryItem extends EventPlace {
  readonly attempt: number;
  readonly event: LogEntry | null;
  readonly to: RouteTarget | null;
}

/** What a step of a pass is to send: groups side by side, the items of each in order, up to the first that fails. */
export interface DeliveryStep {
  readonly token: string;
  /** To be renewed within it. */
  readonly leaseMs: number;
  readonly form: EventForm;
  readonly secrets: readonly string[];
  readonly groups: readonly (readonly DeliveryItem[])[];
  readonly heartbeat: HeartbeatMessage | null;
}

export interface StepReport {
  readonly results: readonly DeliveryResult[];
  /** The heartbeat's last place, where it was taken. */
  readonly heartbeat: EventPlace | null;
  /** Whether the worker goes on. */
  readonly goesOn: boolean;
}

export interface DeliveryTerms extends ScheduleTerms {
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** All that the operator has configured: which of them an endpoint stands for, it says itself. */
  readonly routes: readonly EventRoute[];
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

const NOTHING_TRIED: ReadonlyMap<string, ItemOutcome> = new Map();

/** Leases what is due now; null, and nobody holds the endpoint any more, where nothing is. */
function nextStep(
  stores: Stores,
  before: StoredEndpoint,
  seal: Seal,
  terms: DeliveryTerms,
  nowMs: number,
): DeliveryStep | null {
  if ((before.endpoint.openUntilMs ?? 0) > nowMs) return release(stores, before, nowMs);
  const { pass, lookedTo, waiting } = planned(stores, before, nowMs);
  const heartbeat = heartbeatOf(stores, before, waiting, nowMs);
  const stored = {
    ...before,
    endpoint: withNextHeartbeat(before.endpoint, heartbeat !== null, terms, nowMs),
  };
  if (pass.groups.length === 0 && heartbeat === null) {
    // What is held has a row from now on: beyond the cursor it would be due, and looked at over and over.
    const { waiting: held } = settlePass(pass, NOTHING_TRIED, nowMs);
    for (const event of held) stores.deliveries.saveWaiting(stored.endpoint.id, event);
    return release(stores, { ...stored, cursor: lookedTo }, nowMs);
  }

  const secrets = openSecrets(seal, stored);
  const target = targetOf(stores, stored.endpoint, secrets, terms.routes, seal);
  const token = crypto.randomUUID();
  const { leaseMs } = terms;
  const lease = { token, expiresAtMs: nowMs + leaseMs, pass: { ...pass, lookedTo } };
  stores.endpoints.save({ ...stored, lease });
  stores.timers.set("deliveries", lease.expiresAtMs);
  const { format, payload } = stored.endpoint;
  return {
    token,
    leaseMs,
    form: { format, payload },
    secrets: secrets ? secretsInForce(secrets, nowMs) : [],
    groups: pass.groups.map((group) => group.map((item) => toSend(stores, item, target, seal))),
    heartbeat: heartbeat && { ...heartbeat, url: secrets?.url ?? null },
  };
}

/** What a step would send now: after five failures in a row one event at a time, except where that is the rule anyway. */
function planned(stores: Stores, stored: StoredEndpoint, nowMs: number) {
  const { endpoint, cursor } = stored;
  const waiting = stores.deliveries.waiting(endpoint.id);
  const isStrict = endpoint.lane === "fifo";
  const most = !isStrict && endpoint.failures >= CIRCUIT_FAILURES ? 1 : STEP_MAX;
  const isHeadDue = (waiting[0]?.dueMs ?? 0) <= nowMs;
  const takes = isStrict ? isHeadDue && waiting.length < most : takesFresh(endpoint, waiting.length);
  const { fresh, lookedTo } = takes ? lookAhead(stores, stored, most) : { fresh: [], lookedTo: cursor };
  return { pass: planPass(waiting, fresh, nowMs, most), lookedTo, waiting };
}

function release(stores: Stores, stored: StoredEndpoint, nowMs: number): null {
  const free = { ...stored, lease: null };
  stores.endpoints.save(free);
  const dueMs = dueAtMs(stores, free, nowMs);
  if (dueMs !== null) stores.timers.set("deliveries", dueMs);
  return null;
}

/** Where an endpoint's events go, each by itself. */
function targetOf(
  stores: Stores,
  endpoint: Endpoint,
  secrets: EndpointSecrets | null,
  routes: readonly EventRoute[],
  seal: Seal,
): TargetOf {
  if (endpoint.kind === "callbacks") return ({ subject }) => callback(stores, subject, seal);
  // An address that does not open is refused like any that may not be called: nothing is passed over for it.
  const to =
    endpoint.kind === "route"
      ? (routeOf(routes, endpoint)?.to ?? null)
      : ({ type: "http", url: secrets?.url ?? "" } as const);
  return () => to;
}

type TargetOf = (event: LogEntry) => RouteTarget | null;

function toSend(stores: Stores, item: PassItem, target: TargetOf, seal: Seal): DeliveryItem {
  const { epoch, eventSeq, attempts } = item;
  const entry = stores.log.event(item);
  const event = entry ? seal.openEntry(entry) : null;
  return {
    epoch,
    eventSeq,
    attempt: attempts + 1,
    event,
    to: event && target(event),
  };
}

/** Each job says itself where it is called back; also when a dead letter is sent again after its last event. */
function callback({ jobs }: Stores, subject: string, seal: Seal): RouteTarget | null {
  const jobId = subject.slice("job:".length);
  const stored = jobs.findStored(jobId);
  const url = stored ? (seal.openMembers(jobId, stored.sealed)?.callbackUrl ?? null) : null;
  return url === null ? null : { type: "http", url };
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

/** One that is not taken is sent again after as long; where there was nothing to say, the next delivery sets the time. */
function withNextHeartbeat(
  endpoint: Endpoint,
  isSent: boolean,
  { heartbeatMs }: Pick<DeliveryTerms, "heartbeatMs">,
  nowMs: number,
): Endpoint {
  const { heartbeat } = endpoint;
  if (heartbeat.dueMs === null || heartbeat.dueMs > nowMs) return endpoint;
  const next = isSent ? heartbeatSent(heartbeat, heartbeatMs, nowMs) : { ...heartbeat, dueMs: null };
  return { ...endpoint, heartbeat: next };
}
