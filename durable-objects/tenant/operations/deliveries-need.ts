import { isAfter, type EventPlace } from "../../../src/domain/delivery-plan";
import type { Stores } from "../stores";

/** The first event that an endpoint still has before it, or may be asked to send again; null for none. */
export function deliveriesNeedFrom({ endpoints, deliveries }: Stores): EventPlace | null {
  const places = endpoints.list().flatMap(({ endpoint, cursor }) => {
    // Nobody is called back: its cursor stands still until somebody is to be.
    const isIdle = endpoint.kind === "callbacks" && !endpoints.hasCallbacks();
    const isFollowing = endpoint.status === "enabled" && !isIdle;
    return isFollowing ? [{ epoch: cursor.epoch, eventSeq: cursor.eventSeq + 1 }] : [];
  });
  const waiting = deliveries.earliest();
  return [...places, ...(waiting ? [waiting] : [])].reduce<EventPlace | null>(
    (first, place) => (first === null || isAfter(first, place) ? place : first),
    null,
  );
}
