import { isAfter, type EventPlace } from "../../../src/domain/delivery-plan";
import { err, ok, type Result } from "../../../src/domain/result";
import { CALLBACKS_ID, unpaused } from "../../../src/domain/webhook-endpoint";
import type { Admitted } from "../admission";
import type { Created, Idempotency, IdempotencyRefusal } from "../answer";
import type { DeadEvent } from "../delivery-store";
import type { Stores } from "../stores";
import { once, wholeAnswer } from "./once";
import { newest, ownEndpoint, subjectOf, wakeEndpoint, type UnknownEndpoint } from "./endpoint-rows";

/** From where on everything is sent again. */
export type ReplayFrom =
  | { readonly type: "sequence"; readonly epoch: number | null; readonly eventSeq: number }
  | { readonly type: "time"; readonly sinceMs: number };

export interface Replay {
  readonly id: string;
  readonly from: ReplayFrom;
  readonly idempotency: Idempotency;
}

/** What is sent again: all that the endpoint wants of after `after`, up to and with `to`. */
export interface ReplayedStretch {
  readonly after: EventPlace;
  readonly to: EventPlace;
}

export type ReplayRefusal =
  | IdempotencyRefusal
  | UnknownEndpoint
  | { readonly reason: "endpoint_disabled" }
  /** A job's callbacks end with the job: what was not delivered is a dead letter. */
  | { readonly reason: "not_for_callbacks" }
  /** What the object has begins later. */
  | { readonly reason: "too_old"; readonly oldest: EventPlace };

/**
 * The cursor goes back and the events go out once more in their order, with the ids they had: what is under way is given
 * up, and what waits or has been parked since is met again.
 */
export function replay(
  stores: Stores,
  { caller }: Admitted,
  { id, from, idempotency }: Replay,
  nowMs: number,
): Result<Created<ReplayedStretch>, ReplayRefusal> {
  return once(
    stores,
    idempotency,
    nowMs,
    wholeAnswer<ReplayedStretch>(),
    (): Result<ReplayedStretch, ReplayRefusal> => {
      const stored = ownEndpoint(stores, id);
      if (!stored) return err({ reason: "unknown_endpoint" });
      if (id === CALLBACKS_ID) return err({ reason: "not_for_callbacks" });
      if (stored.endpoint.status === "disabled") return err({ reason: "endpoint_disabled" });
      const to = newest(stores);
      const asked = placeOf(stores, from, to);
      const oldest = stores.log.namesAfter({ epoch: 0, eventSeq: 0 }, 1)[0] ?? to;
      if (asked === null || isTooOld(asked, oldest))
        return err({ reason: "too_old", oldest: { epoch: oldest.epoch, eventSeq: oldest.eventSeq } });
      // Never forward: what has not been sent yet would be passed over.
      const after = isAfter(asked, stored.cursor) ? stored.cursor : asked;
      stores.deliveries.removeAfter(id, after);
      stores.endpoints.save({ ...stored, endpoint: unpaused(stored.endpoint), cursor: after, lease: null });
      recordReplay(stores, caller, id, after, 0, nowMs);
      wakeEndpoint(stores, id, nowMs);
      return ok({ after, to });
    },
  );
}

/** What was trimmed cannot be sent again. */
const isTooOld = (asked: EventPlace, oldest: EventPlace): boolean =>
  asked.epoch === oldest.epoch ? asked.eventSeq < oldest.eventSeq - 1 : asked.epoch < oldest.epoch;

/** Null where the object does not reach back so far. */
function placeOf({ log }: Stores, from: ReplayFrom, newestPlace: EventPlace): EventPlace | null {
  if (from.type === "time") return log.placeBefore(from.sinceMs);
  return { epoch: from.epoch ?? newestPlace.epoch, eventSeq: Math.max(0, from.eventSeq - 1) };
}

export type DeadReplayRefusal =
  UnknownEndpoint | { readonly reason: "endpoint_disabled" } | { readonly reason: "unknown_delivery" };

export interface DeadReplay {
  readonly replayed: number;
}

/** How many one call brings back at most; call again for more. */
const DEAD_REPLAY_MAX = 500;

/**
 * Dead letters go out again before anything newer of their lane, in their order: one of them, or as many as there are.
 * Asked for twice, they are dead letters no more.
 */
export function replayDead(
  stores: Stores,
  { caller }: Admitted,
  { id, only }: { readonly id: string; readonly only: EventPlace | null },
  nowMs: number,
): Result<DeadReplay, DeadReplayRefusal> {
  const stored = ownEndpoint(stores, id);
  if (!stored) return err({ reason: "unknown_endpoint" });
  if (stored.endpoint.status === "disabled") return err({ reason: "endpoint_disabled" });
  const one = only && stores.deliveries.findParked(id, only);
  if (only && !one) return err({ reason: "unknown_delivery" });
  const dead: readonly DeadEvent[] = one
    ? [one]
    : stores.deliveries.parked(id, { epoch: 0, eventSeq: 0 }, DEAD_REPLAY_MAX);
  for (const event of dead) stores.deliveries.unpark(id, event, nowMs);
  stores.endpoints.save({ ...stored, endpoint: unpaused(stored.endpoint) });
  recordReplay(stores, caller, id, stored.cursor, dead.length, nowMs);
  wakeEndpoint(stores, id, nowMs);
  return ok({ replayed: dead.length });
}

function recordReplay(
  stores: Stores,
  caller: Admitted["caller"],
  id: string,
  after: EventPlace,
  deadLetters: number,
  nowMs: number,
): void {
  const data = {
    webhook_id: id,
    after_epoch: after.epoch,
    after_sequence: after.eventSeq,
    dead_letters: deadLetters,
  };
  stores.record(caller, { kind: "audit", type: "webhook.replayed", subject: subjectOf(id), data }, nowMs);
}
