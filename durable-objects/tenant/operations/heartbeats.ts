import { createHash } from "node:crypto";
import { isAfter, type EventPlace, type WaitingEvent } from "../../../src/domain/delivery-plan";
import { wantsType, type Endpoint } from "../../../src/domain/webhook-endpoint";
import type { StoredEndpoint } from "../endpoint-store";
import type { Stores } from "../stores";

/** Events that one heartbeat speaks for at most; the next follows at once. */
const SPAN_MAX = 5_000;

/** What tells a receiver whether it has everything (README, Completeness). */
export interface HeartbeatMessage {
  readonly url: string | null;
  readonly webhookId: string;
  readonly after: EventPlace;
  readonly last: EventPlace;
  /** How many events of after `after`, up to and with `last`, were for this endpoint. */
  readonly events: number;
  /** SHA-256 over their ids in the order of the log, each followed by a line feed. */
  readonly idsDigest: string;
}

/** Null where none is due, or nothing is new since the last one that was taken. */
export function heartbeatOf(
  stores: Stores,
  { endpoint, cursor }: StoredEndpoint,
  waiting: readonly WaitingEvent[],
  nowMs: number,
): Omit<HeartbeatMessage, "url"> | null {
  const { after: toldTo, dueMs } = endpoint.heartbeat;
  if (dueMs === null || dueMs > nowMs) return null;
  const names = stores.log.namesAfter(toldTo, SPAN_MAX);
  const after = beforeAll(names, toldTo);
  const first = waiting[0];
  // What still waits is under way: nothing is said of it.
  const told = names.filter((event) => !isAfter(event, cursor) && (!first || isAfter(first, event)));
  const last = told.at(-1);
  if (!last) return null;
  const wanted = told.filter(({ type }) => wantsType(endpoint, type));
  const digest = createHash("sha256");
  for (const { id } of wanted) digest.update(`${id}\n`);
  return {
    webhookId: endpoint.id,
    after,
    last: { epoch: last.epoch, eventSeq: last.eventSeq },
    events: wanted.length,
    idsDigest: digest.digest("hex"),
  };
}

/** Where the log has been trimmed since, what is told begins with what it still has. */
function beforeAll([first]: readonly EventPlace[], toldTo: EventPlace): EventPlace {
  const isTrimmed = first?.epoch === toldTo.epoch && first.eventSeq > toldTo.eventSeq + 1;
  return isTrimmed ? { epoch: first.epoch, eventSeq: first.eventSeq - 1 } : toldTo;
}

/** The next one follows the next delivery. One of before a change of the filter says nothing about what is told now. */
export const heartbeatTaken = (endpoint: Endpoint, last: EventPlace): Endpoint =>
  isAfter(last, endpoint.heartbeat.after)
    ? { ...endpoint, heartbeat: { after: last, dueMs: null } }
    : endpoint;
