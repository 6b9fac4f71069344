import type { EventPlace } from "../../../src/domain/delivery-plan";
import type { Endpoint } from "../../../src/domain/webhook-endpoint";
import type { Backlog, SinkStanding } from "../backlog";
import type { DeliveryCounts } from "../delivery-store";
import type { Stores } from "../stores";
import { newest } from "./endpoint-rows";

/** How far what a tenant's log says has come, for an operator: no word of what it says. */
export interface RelayStanding {
  readonly last: EventPlace & { readonly seq: number };
  readonly sinks: readonly SinkStanding[];
  /** When the oldest entry was made that a required sink does not have; null where they have all. */
  readonly pendingSinceMs: number | null;
  readonly endpoints: readonly EndpointStanding[];
}

export interface EndpointStanding extends Pick<Endpoint, "id" | "kind" | "lane" | "status" | "failures"> {
  readonly cursor: EventPlace;
  readonly counts: DeliveryCounts;
}

export function relayStanding(stores: Stores, backlog: Backlog): RelayStanding {
  const { seq } = stores.log.head();
  const sinks = backlog.standing();
  const pending = sinks.flatMap(({ epoch, seq: at }) => stores.log.after(epoch, at, 1));
  return {
    last: { ...newest(stores), seq },
    sinks,
    pendingSinceMs: pending.length === 0 ? null : Math.min(...pending.map(({ timeMs }) => timeMs)),
    endpoints: stores.endpoints.list().map(({ endpoint: { id, kind, lane, status, failures }, cursor }) => ({
      id,
      kind,
      lane,
      status,
      failures,
      cursor,
      counts: stores.deliveries.counts(id),
    })),
  };
}
