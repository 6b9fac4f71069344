import type { EventForm } from "../../../src/domain/cloud-event";
import type { EventPlace, Lane } from "../../../src/domain/delivery-plan";
import type { Endpoint, EndpointKind } from "../../../src/domain/webhook-endpoint";
import type { DeliveryCounts } from "../delivery-store";
import type { StoredEndpoint } from "../endpoint-store";
import type { Seal } from "../seal";
import type { Stores } from "../stores";
import { dueAtMs, lookAhead } from "./delivery-turns";
import { openSecrets } from "./endpoint-secrets";

export interface EndpointSettings extends EventForm {
  readonly url: string;
  readonly description: string;
  readonly eventTypes: readonly string[];
  readonly lane: Lane;
}

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

export function viewOf(stores: Stores, stored: Omit<StoredEndpoint, "lease">, seal: Seal): EndpointView {
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
