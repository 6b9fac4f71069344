/**
 * The line of a tenant's events over all its epochs. A restore begins a new epoch somewhere in the past of the one
 * before, whose events from there on never happened. Pure.
 */

import type { EventPlace } from "./delivery-plan";

/** Where an epoch attaches: how many events its log had before it. */
export interface EpochStart {
  readonly epoch: number;
  readonly eventsBefore: number;
}

/** Events of one epoch, every one of them on the line: their sequence numbers have no gaps. */
export interface Stretch {
  readonly epoch: number;
  /** Exclusive. */
  readonly after: number;
  /** Inclusive. */
  readonly to: number;
}

/** The stretch that follows a place; null where nothing does. `starts` in the order of their epochs. */
export function stretchAfter(
  starts: readonly EpochStart[],
  place: EventPlace,
  head: EventPlace,
): Stretch | null {
  for (const [at, { epoch, eventsBefore }] of starts.entries()) {
    if (epoch < place.epoch) continue;
    const after = Math.max(eventsBefore, epoch === place.epoch ? place.eventSeq : 0);
    const to = Math.min(head.eventSeq, ...starts.slice(at + 1).map((later) => later.eventsBefore));
    if (to > after) return { epoch, after, to };
  }
  return null;
}
