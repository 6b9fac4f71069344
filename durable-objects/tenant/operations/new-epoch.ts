import { linkHash, type ChainedEntry, type LogHead } from "../../../src/domain/log";
import type { EventPlace } from "../../../src/domain/delivery-plan";
import { sha256Hex } from "../../../src/crypto/canonical-json";
import { PLATFORM, type Stores } from "../stores";

/** Where a log that was put back parted from what others were told of it. */
export interface Parting {
  /** The first entry that is another one there, or not here. */
  readonly seq: number;
  /** The newest epoch that anybody was told of. */
  readonly epoch: number;
}

/**
 * The object was restored to an earlier state and its sequence numbers mean other entries by now (DESIGN §2.3). What it
 * has added since is moved into a new epoch, in its order and with the ids it had, and an entry says so: whoever follows
 * the log by its place takes back what was undone. Inside a command.
 */
export function beginEpoch(stores: Stores, { seq, epoch: above }: Parting, nowMs: number): void {
  const former = stores.log.head();
  const added = stores.history.chainedFrom(former.epoch, seq);
  const epoch = Math.max(above, former.epoch) + 1;
  const kept = eventsBefore(added, former);
  const moved = movedTo(epoch, added, former, kept);
  for (const entry of moved) stores.history.move(former.epoch, entry);
  followPlaces(stores, former.epoch, kept, epoch);
  stores.log.startEpoch({
    epoch,
    seq: former.seq,
    eventSeq: moved.findLast(({ eventSeq }) => eventSeq !== null)?.eventSeq ?? kept,
    hash: moved.at(-1)?.hash ?? former.hash,
  });
  const data = {
    previous_epoch: former.epoch,
    previous_sequence: kept,
    restored_at: new Date(nowMs).toISOString(),
  };
  const subject = `tenant:${stores.tenant.find()?.tenantId ?? ""}`;
  stores.record(PLATFORM, { kind: "event", type: "tenant.restored", subject, data }, nowMs);
}

/** The last event of the former epoch that stays where it is. */
function eventsBefore(added: readonly ChainedEntry[], former: LogHead): number {
  const first = added.find(({ eventSeq }) => eventSeq !== null);
  return first?.eventSeq ? first.eventSeq - 1 : former.eventSeq;
}

/** Numbers go on where the former epoch ends now, so that the one place in it says how far each of them counts. */
function movedTo(
  epoch: number,
  added: readonly ChainedEntry[],
  former: LogHead,
  kept: number,
): readonly ChainedEntry[] {
  let hash = added[0]?.prevHash ?? former.hash;
  let events = kept;
  return added.map((entry) => {
    const eventSeq = entry.eventSeq === null ? null : ++events;
    const moved = { ...entry, epoch, eventSeq, prevHash: hash };
    hash = linkHash(hash, moved, sha256Hex);
    return { ...moved, hash };
  });
}

/** Endpoints stand where they stood, whatever that place is called now; who was under way begins again. */
function followPlaces(stores: Stores, former: number, kept: number, epoch: number): void {
  const now = (place: EventPlace): EventPlace =>
    place.epoch === former && place.eventSeq > kept ? { ...place, epoch } : place;
  for (const stored of stores.endpoints.list()) {
    const { endpoint, cursor } = stored;
    const heartbeat = { ...endpoint.heartbeat, after: now(endpoint.heartbeat.after) };
    stores.endpoints.save({ endpoint: { ...endpoint, heartbeat }, cursor: now(cursor), lease: null });
  }
  stores.deliveries.move({ epoch: former, eventSeq: kept }, epoch);
}
