import type { EventForm } from "../../../src/domain/cloud-event";
import type { EventPlace, Lane } from "../../../src/domain/delivery-plan";
import { err, ok, type Result } from "../../../src/domain/result";
import {
  CALLBACKS_ID,
  disabled,
  enabled,
  unpaused,
  withSecret,
  type Endpoint,
  type EndpointKind,
} from "../../../src/domain/webhook-endpoint";
import type { Admitted } from "../admission";
import type { Created, Idempotency, IdempotencyRefusal } from "../answer";
import type { DeliveryCounts } from "../delivery-store";
import type { StoredEndpoint } from "../endpoint-store";
import type { Seal } from "../seal";
import type { Stores } from "../stores";
import { dueAtMs, lookAhead } from "./delivery-turns";
import { openSecrets, sealSecrets } from "./endpoint-secrets";
import { once, type Answers } from "./once";

/** Each is looked at when something happens, and one event is sent as often as there are endpoints that want it. */
const ENDPOINTS_MAX = 250;

export interface EndpointSettings extends EventForm {
  readonly url: string;
  readonly description: string;
  readonly eventTypes: readonly string[];
  readonly lane: Lane;
}

export interface NewEndpoint {
  readonly id: string;
  readonly secret: string;
  readonly settings: EndpointSettings;
  readonly idempotency: Idempotency;
}

export type EndpointPatch = Partial<EndpointSettings> & { readonly status?: Endpoint["status"] };

/** An endpoint as its tenant sees it. */
export interface EndpointView {
  readonly endpoint: Endpoint;
  readonly url: string | null;
  /** When the former secret ends that still signs; null where there is none. */
  readonly formerSecretUntilMs: number | null;
  readonly cursor: EventPlace;
  /** The newest event of the tenant. */
  readonly last: EventPlace;
  readonly counts: DeliveryCounts;
}

export type UnknownEndpoint = { readonly reason: "unknown_endpoint" };
export type CreateEndpointRefusal =
  IdempotencyRefusal | UnknownEndpoint | { readonly reason: "too_many_endpoints"; readonly most: number };
export type EndpointChangeRefusal = UnknownEndpoint | { readonly reason: "not_for_callbacks" };
export type RotateSecretRefusal = IdempotencyRefusal | UnknownEndpoint;

export function createEndpoint(
  stores: Stores,
  { caller }: Admitted,
  { id, secret, settings, idempotency }: NewEndpoint,
  seal: Seal,
  nowMs: number,
): Result<Created<EndpointView>, CreateEndpointRefusal> {
  const outcome = once(
    stores,
    idempotency,
    nowMs,
    viewsById(stores, seal),
    (): Result<EndpointView, CreateEndpointRefusal> => {
      if (stores.endpoints.count("webhook") >= ENDPOINTS_MAX)
        return err({ reason: "too_many_endpoints", most: ENDPOINTS_MAX });
      const { url, ...rest } = settings;
      const cursor = newest(stores);
      const endpoint = newEndpoint(id, "webhook", rest, cursor, nowMs);
      const sealed = sealSecrets(seal, id, { url, secrets: [{ secret, untilMs: null }] });
      stores.endpoints.insert({ endpoint, sealed, cursor });
      const data = { webhook_id: id, event_types: rest.eventTypes, lane: rest.lane };
      stores.record(caller, { kind: "audit", type: "webhook.created", subject: subjectOf(id), data }, nowMs);
      return ok(viewOf(stores, { endpoint, sealed, cursor }, seal));
    },
  );
  return stillThere(outcome);
}

/** Tenants' own endpoints and, once a job has asked for one, that of the callbacks; oldest first. */
export const listEndpoints = (stores: Stores, seal: Seal): readonly EndpointView[] =>
  stores.endpoints
    .list()
    .filter(({ endpoint }) => endpoint.kind !== "route")
    .map((stored) => viewOf(stores, stored, seal));

export function viewEndpoint(stores: Stores, id: string, seal: Seal): Result<EndpointView, UnknownEndpoint> {
  const stored = ownEndpoint(stores, id);
  return stored ? ok(viewOf(stores, stored, seal)) : err({ reason: "unknown_endpoint" });
}

/** What it was sent already stays sent: a change counts from the next event that goes out. */
export function updateEndpoint(
  stores: Stores,
  { caller }: Admitted,
  id: string,
  { url, status, ...patch }: EndpointPatch,
  seal: Seal,
  nowMs: number,
): Result<EndpointView, EndpointChangeRefusal> {
  const stored = ownEndpoint(stores, id);
  if (!stored) return err({ reason: "unknown_endpoint" });
  if (id === CALLBACKS_ID) return err({ reason: "not_for_callbacks" });
  if (url !== undefined) {
    const secrets = openSecrets(seal, stored)?.secrets ?? [];
    stores.endpoints.saveSealed(id, sealSecrets(seal, id, { url, secrets }));
  }
  // By another filter the receiver should have other events: what it is told of completeness begins anew.
  const heartbeat = patch.eventTypes ? { after: newest(stores), dueMs: null } : stored.endpoint.heartbeat;
  const changed: StoredEndpoint = {
    ...stored,
    endpoint: {
      ...(url === undefined ? stored.endpoint : unpaused(stored.endpoint)),
      ...patch,
      heartbeat,
      updatedAtMs: nowMs,
    },
  };
  const isSwitched = status !== undefined && status !== stored.endpoint.status;
  stores.endpoints.save(isSwitched ? switched(stores, changed, status, nowMs) : changed);
  const names = [
    ...Object.keys(patch),
    ...(url === undefined ? [] : ["url"]),
    ...(isSwitched ? ["status"] : []),
  ];
  const data = { webhook_id: id, changed: names.map(snakeCase) };
  wakeEndpoint(stores, id, nowMs);
  stores.record(caller, { kind: "audit", type: "webhook.updated", subject: subjectOf(id), data }, nowMs);
  return viewEndpoint(stores, id, seal);
}

/** What was said while it was switched off is not sent by itself: a replay sends it. */
function switched(
  stores: Stores,
  stored: StoredEndpoint,
  status: Endpoint["status"],
  nowMs: number,
): StoredEndpoint {
  stores.deliveries.removeAllWaiting(stored.endpoint.id);
  if (status === "disabled")
    return { ...stored, endpoint: disabled(stored.endpoint, "requested", nowMs), lease: null };
  const cursor = newest(stores);
  const heartbeat = { after: cursor, dueMs: null };
  return { ...stored, endpoint: { ...enabled(stored.endpoint, nowMs), heartbeat }, cursor, lease: null };
}

export function deleteEndpoint(
  stores: Stores,
  { caller }: Admitted,
  id: string,
  nowMs: number,
): Result<null, EndpointChangeRefusal> {
  if (!ownEndpoint(stores, id)) return err({ reason: "unknown_endpoint" });
  if (id === CALLBACKS_ID) return err({ reason: "not_for_callbacks" });
  stores.endpoints.delete(id);
  stores.deliveries.removeAll(id);
  stores.attempts.removeAll(id);
  const data = { webhook_id: id };
  stores.record(caller, { kind: "audit", type: "webhook.deleted", subject: subjectOf(id), data }, nowMs);
  return ok(null);
}

export interface SecretRotation {
  readonly id: string;
  readonly secret: string;
  readonly overlapMs: number;
  readonly idempotency: Idempotency;
}

/** The callbacks' endpoint has no secret until one is asked for here. */
export function rotateSecret(
  stores: Stores,
  { caller }: Admitted,
  { id, secret, overlapMs, idempotency }: SecretRotation,
  seal: Seal,
  nowMs: number,
): Result<Created<EndpointView>, RotateSecretRefusal> {
  const outcome = once(
    stores,
    idempotency,
    nowMs,
    viewsById(stores, seal),
    (): Result<EndpointView, UnknownEndpoint> => {
      if (id === CALLBACKS_ID) ensureCallbacks(stores, nowMs);
      const stored = ownEndpoint(stores, id);
      if (!stored) return err({ reason: "unknown_endpoint" });
      const kept = openSecrets(seal, stored) ?? { url: null, secrets: [] };
      const rotated = withSecret(kept, secret, nowMs + overlapMs, nowMs);
      stores.endpoints.saveSealed(id, sealSecrets(seal, id, rotated));
      const untilMs = rotated.secrets[1]?.untilMs ?? null;
      const data = {
        webhook_id: id,
        former_valid_until: untilMs === null ? null : new Date(untilMs).toISOString(),
      };
      stores.record(
        caller,
        { kind: "audit", type: "webhook.secret_rotated", subject: subjectOf(id), data },
        nowMs,
      );
      return viewEndpoint(stores, id, seal);
    },
  );
  return stillThere(outcome);
}

/** Whoever submits a job with a `callback_url` has its events sent there, from the first one on. Before they are recorded. */
export function expectCallback(stores: Stores, jobId: string, nowMs: number): void {
  ensureCallbacks(stores, nowMs);
  const stored = stores.endpoints.find(CALLBACKS_ID);
  // Nobody was called back for a while: what has been said meanwhile was for nobody.
  if (stored && !stores.endpoints.hasCallbacks() && stored.lease === null)
    stores.endpoints.save({ ...stored, cursor: newest(stores) });
  stores.endpoints.addCallback(jobId);
}

function ensureCallbacks(stores: Stores, nowMs: number): void {
  if (stores.endpoints.find(CALLBACKS_ID)) return;
  const settings = {
    description: "The callback_url of each job",
    eventTypes: [],
    lane: "per_job",
    format: "cloudevents",
    payload: "full",
  } as const;
  const cursor = newest(stores);
  const endpoint = newEndpoint(CALLBACKS_ID, "callbacks", settings, cursor, nowMs);
  stores.endpoints.insert({ endpoint, sealed: null, cursor });
}

export const newEndpoint = (
  id: string,
  kind: EndpointKind,
  settings: Omit<EndpointSettings, "url">,
  cursor: EventPlace,
  nowMs: number,
): Endpoint => ({
  id,
  kind,
  ...settings,
  status: "enabled",
  disabledReason: null,
  createdAtMs: nowMs,
  updatedAtMs: nowMs,
  lastSuccessAtMs: null,
  failures: 0,
  firstFailureAtMs: null,
  openUntilMs: null,
  heartbeat: { after: cursor, dueMs: null },
});

/** An operator's sinks are none of the tenant's business. */
export function ownEndpoint({ endpoints }: Stores, id: string): StoredEndpoint | undefined {
  const stored = endpoints.find(id);
  return stored?.endpoint.kind === "route" ? undefined : stored;
}

export function newest({ log }: Stores): EventPlace {
  const { epoch, eventSeq } = log.head();
  return { epoch, eventSeq };
}

export const subjectOf = (id: string): string => `webhook:${id}`;

/** To be called after a change that gives an endpoint something to send. */
export function wakeEndpoint(stores: Stores, id: string, nowMs: number): void {
  const stored = stores.endpoints.find(id);
  const dueMs = stored ? dueAtMs(stores, stored, nowMs) : null;
  if (dueMs !== null) stores.timers.set("deliveries", dueMs);
}

function viewOf(stores: Stores, stored: Omit<StoredEndpoint, "lease">, seal: Seal): EndpointView {
  const secrets = openSecrets(seal, stored);
  return {
    endpoint: stored.endpoint,
    url: secrets?.url ?? null,
    formerSecretUntilMs: secrets?.secrets[1]?.untilMs ?? null,
    cursor: standsAt(stores, stored),
    last: newest(stores),
    counts: stores.deliveries.counts(stored.endpoint.id),
  };
}

/** What it does not want is behind it, whether or not its cursor has been moved over it. */
function standsAt(stores: Stores, stored: Pick<StoredEndpoint, "endpoint" | "cursor">): EventPlace {
  const { fresh, hasMore, lookedTo } = lookAhead(stores, stored, 1);
  return fresh.length === 0 && !hasMore ? lookedTo : stored.cursor;
}

/** The first answer again is the endpoint as it is now, null once it was deleted; its secret is in the first answer alone. */
const viewsById = (stores: Stores, seal: Seal): Answers<EndpointView | null> => ({
  keep: (view) => view?.endpoint.id ?? "",
  restore: (id) => {
    const view = viewEndpoint(stores, id, seal);
    return view.ok ? view.value : null;
  },
});

function stillThere<R>(
  outcome: Result<Created<EndpointView | null>, R>,
): Result<Created<EndpointView>, R | UnknownEndpoint> {
  if (!outcome.ok) return outcome;
  const { value, replayed } = outcome.value;
  return value ? ok({ value, replayed }) : err({ reason: "unknown_endpoint" });
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
