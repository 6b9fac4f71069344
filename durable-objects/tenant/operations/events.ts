import type { LogEntry } from "../../../src/domain/event";
import type { LogStore } from "../log-store";
import type { Seal } from "../seal";

export interface EventPlace {
  readonly epoch: number;
  readonly eventSeq: number;
}

export interface EventPage {
  readonly events: readonly LogEntry[];
  /** Where the next page begins. */
  readonly next: EventPlace;
  /** The newest event there is. */
  readonly last: EventPlace;
}

/** A page of the client-visible log after a place; a null epoch means the current one. */
export function readEvents(
  log: LogStore,
  after: { readonly epoch: number | null; readonly eventSeq: number },
  limit: number,
  type: string | null,
  seal: Seal,
): EventPage {
  const head = log.head();
  const epoch = after.epoch ?? head.epoch;
  const events = log.eventsAfter(epoch, after.eventSeq, limit, type);
  const last = { epoch: head.epoch, eventSeq: head.eventSeq };
  // A page that is not full has seen everything there is, whatever the filter passed over.
  const isWhole = events.length < limit && epoch === head.epoch && after.eventSeq <= head.eventSeq;
  const next = isWhole ? last : { epoch, eventSeq: events.at(-1)?.eventSeq ?? after.eventSeq };
  return { events: events.map((entry) => seal.openEntry(entry)), next, last };
}
