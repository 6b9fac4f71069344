import type { EventForm } from "../../../src/domain/cloud-event";
import {
  planPass,
  settlePass,
  type EventPlace,
  type ItemOutcome,
  type PassItem,
} from "../../../src/domain/delivery-plan";
import type { LogEntry } from "../../../src/domain/event";
import type { EventRoute, RouteTarget } from "../../../src/domain/event-route";
import {
  CIRCUIT_FAILURES,
  heartbeatSent,
  secretsInForce,
  type Endpoint,
  type EndpointSecrets,
} from "../../../src/domain/webhook-endpoint";
import type { StoredEndpoint } from "../endpoint-store";
import type { Seal } from "../seal";
import type { Stores } from "../stores";
import { dueAtMs, lookAhead, takesFresh } from "./delivery-turns";
import type { ScheduleTerms } from "./delivery-verdicts";
import { openSecrets } from "./endpoint-secrets";
import { routeOf } from "./event-routes";
import { heartbeatOf, type HeartbeatMessage } from "./heartbeats";

/** Events that one step of a pass sends at most. */
const STEP_MAX = 32;

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

export interface DeliveryTerms extends ScheduleTerms {
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** All that the operator has configured: which of them an endpoint stands for, it says itself. */
  readonly routes: readonly EventRoute[];
}

const NOTHING_TRIED: ReadonlyMap<string, ItemOutcome> = new Map();

/** Leases what is due now; null, and nobody holds the endpoint any more, where nothing is. */
export function nextStep(
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

/** Nobody holds it any more; its next turn is set. */
export function release(stores: Stores, stored: StoredEndpoint, nowMs: number): null {
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
