/** What a reader of the log wants to see of it. Pure. */

import type { LogEntry } from "./event";

export interface EventFilter {
  readonly type: string | null;
  readonly jobId: string | null;
  /** Inclusive. */
  readonly sinceMs: number | null;
  /** Exclusive. */
  readonly untilMs: number | null;
  /** Whoever compares the archive with the rest wants what it has, and nothing from elsewhere. */
  readonly source: EventSource;
}

export const EVENT_SOURCES = ["any", "archive"] as const;
export type EventSource = (typeof EVENT_SOURCES)[number];

export const EVERY_EVENT: EventFilter = {
  type: null,
  jobId: null,
  sinceMs: null,
  untilMs: null,
  source: "any",
};

/** Whether each event of a stretch is wanted. */
export const isEvery = ({ type, jobId, sinceMs, untilMs }: Omit<EventFilter, "source">): boolean =>
  type === null && jobId === null && sinceMs === null && untilMs === null;

export const subjectOf = ({ jobId }: EventFilter): string | null => (jobId === null ? null : `job:${jobId}`);

export const isWanted = (
  filter: EventFilter,
  { type, subject, timeMs }: Pick<LogEntry, "type" | "subject" | "timeMs">,
): boolean =>
  (filter.type === null || filter.type === type) &&
  (filter.jobId === null || subjectOf(filter) === subject) &&
  (filter.sinceMs === null || timeMs >= filter.sinceMs) &&
  (filter.untilMs === null || timeMs < filter.untilMs);
