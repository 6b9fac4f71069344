import { laneKey, type EventPlace, type FreshEvent } from "../../../src/domain/delivery-plan";
import { CALLBACKS_ID, wantsType, type Endpoint } from "../../../src/domain/webhook-endpoint";
import type { StoredEndpoint } from "../endpoint-store";
import type { Stores } from "../stores";

/** Events that one look goes through at most. */
const LOOK_MAX = 500;
/** So many that are not wanted may lie between the cursor and where it could stand. */
const PASSED_OVER_MAX = 100;
/** With so many waiting, an endpoint takes no more: what it has not taken stays in the log. */
const WAITING_MAX = 1_000;

/** What an endpoint has before it. */
export interface Look {
  readonly fresh: readonly FreshEvent[];
  /** Everything up to here that it wants is in `fresh`. */
  readonly lookedTo: EventPlace;
  /** There may be more behind it. */
  readonly hasMore: boolean;
}

/** The next events that an endpoint wants, at most so many; those it does not want cost it nothing. */
export function lookAhead(
  stores: Stores,
  { endpoint, cursor }: Pick<StoredEndpoint, "endpoint" | "cursor">,
  most: number,
): Look {
  const names = stores.log.namesAfter(cursor, LOOK_MAX);
  const fresh: FreshEvent[] = [];
  let lookedTo = cursor;
  for (const { subject, ...event } of names) {
    if (fresh.length === most) return { fresh, lookedTo, hasMore: true };
    lookedTo = { epoch: event.epoch, eventSeq: event.eventSeq };
    if (wants(stores, endpoint, event.type, subject))
      fresh.push({ ...event, laneKey: laneKey(endpoint.lane, { ...event, subject }) });
  }
  return { fresh, lookedTo, hasMore: names.length === LOOK_MAX };
}

function wants({ endpoints }: Stores, endpoint: Endpoint, type: string, subject: string): boolean {
  if (!wantsType(endpoint, type)) return false;
  if (endpoint.id !== CALLBACKS_ID) return true;
  return subject.startsWith("job:") && endpoints.hasCallback(subject.slice("job:".length));
}

/** Whether an endpoint with so many waiting may take new ones: in strict order none overtakes one that waits. */
export const takesFresh = ({ lane }: Endpoint, waiting: number): boolean =>
  lane === "fifo" ? waiting === 0 : waiting < WAITING_MAX;

/** When an endpoint has something to send that nobody is sending; null for nothing to wait for. */
export function dueAtMs(stores: Stores, stored: StoredEndpoint, nowMs: number): number | null {
  const { endpoint, lease } = stored;
  if (endpoint.status === "disabled") return null;
  if (lease && lease.expiresAtMs > nowMs) return lease.expiresAtMs;
  // A pause is over by its time, whatever waits: what there is to do is seen then.
  if ((endpoint.openUntilMs ?? 0) > nowMs) return endpoint.openUntilMs;
  const { waiting, dueMs } = stores.deliveries.turns(endpoint.id);
  const isBehind = takesFresh(endpoint, waiting) && hasFresh(stores, stored);
  const dues = [isBehind ? nowMs : null, dueMs, endpoint.heartbeat.dueMs].filter((due) => due !== null);
  return dues.length === 0 ? null : Math.min(...dues);
}

/** Passes over what the endpoint does not want, so that it is not looked at again. */
function hasFresh(stores: Stores, stored: StoredEndpoint): boolean {
  const look = lookAhead(stores, stored, 1);
  if (look.fresh.length > 0 || look.hasMore) return true;
  const { cursor } = stored;
  // A row for each event that nobody wants would cost more than to look at some of them again.
  const isFar =
    look.lookedTo.epoch !== cursor.epoch || look.lookedTo.eventSeq >= cursor.eventSeq + PASSED_OVER_MAX;
  if (isFar) stores.endpoints.save({ ...stored, cursor: look.lookedTo });
  return false;
}
