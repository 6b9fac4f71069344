import { isAfter, type EventPlace } from "../../../src/domain/delivery-plan";
import type { LogEntry } from "../../../src/domain/event";
import { isEvery, type EventFilter } from "../../../src/domain/event-filter";
import { stretchAfter, type Stretch } from "../../../src/domain/log-line";
import { uuidV7TimeMs } from "../../../src/domain/uuid";
import { ARCHIVE_SINK } from "../backlog";
import type { Seal } from "../seal";
import type { Stores } from "../stores";

/** As a reader names it: a null epoch means the current one. */
export interface AskedPlace {
  readonly epoch: number | null;
  readonly eventSeq: number;
}

export interface EventPage {
  readonly events: readonly LogEntry[];
  /** Where the next page begins; a filter may pass over all of a page. */
  readonly next: EventPlace;
  /** The newest event there is. */
  readonly last: EventPlace;
}

export interface EventQuery {
  readonly after: AskedPlace;
  readonly limit: number;
  readonly filter: EventFilter;
}

/** A stretch that the object has no more, and how its page is made once its events were read elsewhere. */
export interface OlderEvents {
  readonly type: "older";
  readonly stretch: Stretch;
  readonly limit: number;
  readonly filter: EventFilter;
  readonly page: (events: readonly LogEntry[], scannedTo: number) => EventPage;
}

export type EventLook = OlderEvents | { readonly type: "page"; readonly page: EventPage };

/** Events that one page looks through at most, whatever its filter passes over. */
const SCAN_MAX = 1_000;
/** A clock is set back now and then. */
const CLOCK_SLACK_MS = 60_000;
/** What is said of a job after its end comes within this time. */
const JOB_AFTERMATH_MS = 86_400_000;

/**
 * A page of the client-visible log after a place, over all epochs: where one was cut off by a restore, the next one
 * follows. A place that is not reached yet counts as the newest: nothing that comes later is passed over.
 */
export function readEvents(
  stores: Stores,
  { after, limit, filter: asked }: EventQuery,
  seal: Seal,
): EventLook {
  const head = stores.log.head();
  const last = { epoch: head.epoch, eventSeq: head.eventSeq };
  const filter = ofJobsLife(stores, asked);
  const starts = stores.history.epochStarts(last);
  const end = filter.untilMs === null ? null : stores.segments.placeAfter(filter.untilMs);
  const follow = (place: EventPlace): Stretch | null => cut(stretchAfter(starts, place, last), end);
  const pageIn = (epoch: number) => (events: readonly LogEntry[], scannedTo: number) => {
    const eventSeq = events.length < limit ? scannedTo : (events.at(-1)?.eventSeq ?? scannedTo);
    const next = { epoch, eventSeq };
    return { events, next: follow(next) ? next : last, last };
  };

  const place = { epoch: after.epoch ?? last.epoch, eventSeq: after.eventSeq };
  const since = filter.sinceMs === null ? place : stores.segments.placeBefore(filter.sinceMs);
  const whole = follow(isAfter(since, place) ? since : place);
  if (isAfter(place, last) || !whole) return { type: "page", page: { events: [], next: last, last } };

  const most = whole.after + (isEvery(filter) ? limit : SCAN_MAX);
  const stretch = { ...whole, to: Math.min(whole.to, most) };
  if (filter.source === "archive") {
    const to = archivedTo(stores, stretch);
    if (to <= stretch.after)
      return {
        type: "page",
        page: { events: [], next: { epoch: stretch.epoch, eventSeq: stretch.after }, last },
      };
    return { type: "older", stretch: { ...stretch, to }, limit, filter, page: pageIn(stretch.epoch) };
  }
  const floor = stores.history.floor()?.event;
  if (floor && isAfter(floor, { epoch: stretch.epoch, eventSeq: stretch.after })) {
    const to = floor.epoch === stretch.epoch ? Math.min(stretch.to, floor.eventSeq) : stretch.to;
    return { type: "older", stretch: { ...stretch, to }, limit, filter, page: pageIn(stretch.epoch) };
  }
  const events = stores.log.eventsIn(stretch, filter, limit).map((entry) => seal.openEntry(entry));
  return { type: "page", page: pageIn(stretch.epoch)(events, stretch.to) };
}

/** How far into a stretch the archive has come. */
function archivedTo({ segments, sinks }: Stores, { epoch, to }: Stretch): number {
  const last = segments.lastArchived(sinks.cursor(ARCHIVE_SINK));
  if (!last || last.epoch < epoch) return 0;
  return last.epoch > epoch ? to : Math.min(to, last.lastEventSeq);
}

/** The job's own time, so that nothing of before and long after it is looked through. */
function ofJobsLife({ jobs }: Stores, filter: EventFilter): EventFilter {
  if (filter.jobId === null) return filter;
  const job = jobs.find(filter.jobId);
  const madeMs = (job?.createdAtMs ?? uuidV7TimeMs(filter.jobId) ?? 0) - CLOCK_SLACK_MS;
  const endMs = job?.completedAtMs ? job.completedAtMs + JOB_AFTERMATH_MS : null;
  return {
    ...filter,
    sinceMs: Math.max(filter.sinceMs ?? 0, madeMs),
    untilMs: endMs === null ? filter.untilMs : Math.min(filter.untilMs ?? endMs, endMs),
  };
}

/** Null where nothing of it lies before the end. */
function cut(stretch: Stretch | null, end: EventPlace | null): Stretch | null {
  if (!stretch || !end || stretch.epoch < end.epoch) return stretch;
  if (stretch.epoch > end.epoch || end.eventSeq <= stretch.after) return null;
  return { ...stretch, to: Math.min(stretch.to, end.eventSeq) };
}
