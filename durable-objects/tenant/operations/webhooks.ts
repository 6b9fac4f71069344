import { err, ok, type Result } from "../../../src/domain/result";
import {
  CALLBACKS_ID,
  disabled,
  enabled,
  unpaused,
  withSecret,
  type Endpoint,
} from "../../../src/domain/webhook-endpoint";
import type { Admitted } from "../admission";
import type { Created, Idempotency, IdempotencyRefusal } from "../answer";
import type { StoredEndpoint } from "../endpoint-store";
import type { Seal } from "../seal";
import type { Stores } from "../stores";
import { ensureCallbacks } from "./callbacks";
import {
  newEndpoint,
  newest,
  ownEndpoint,
  subjectOf,
  viewOf,
  wakeEndpoint,
  type EndpointSettings,
  type EndpointView,
  type UnknownEndpoint,
} from "./endpoint-rows";
import { openSecrets, sealSecrets } from "./endpoint-secrets";
import { once, type Answers } from "./once";

/** Each is looked at when something happens, and one event is sent as often as there are endpoints that want it. */
const ENDPOINTS_MAX = 250;

export interface NewEndpoint {
  readonly id: string;
  readonly secret: string;
  readonly settings: EndpointSettings;
  readonly idempotency: Idempotency;
}

export type EndpointPatch = Partial<EndpointSettings> & { readonly status?: Endpoint["status"] };

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
  return onceSeen(stores, idempotency, seal, nowMs, (): Result<EndpointView, CreateEndpointRefusal> => {
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
  });
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
  return onceSeen(stores, idempotency, seal, nowMs, (): Result<EndpointView, UnknownEndpoint> => {
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
  });
}

/**
 * At most once a key. The first answer again is the endpoint as it is now, and none once it was deleted; its secret is
 * in the first answer alone.
 */
function onceSeen<R>(
  stores: Stores,
  idempotency: Idempotency,
  seal: Seal,
  nowMs: number,
  command: () => Result<EndpointView, R>,
): Result<Created<EndpointView>, R | IdempotencyRefusal | UnknownEndpoint> {
  const views: Answers<EndpointView | null> = {
    keep: (view) => view?.endpoint.id ?? "",
    restore: (id) => {
      const view = viewEndpoint(stores, id, seal);
      return view.ok ? view.value : null;
    },
  };
  const outcome = once<EndpointView | null, R>(stores, idempotency, nowMs, views, command);
  if (!outcome.ok) return outcome;
  const { value, replayed } = outcome.value;
  return value ? ok({ value, replayed }) : err({ reason: "unknown_endpoint" });
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
