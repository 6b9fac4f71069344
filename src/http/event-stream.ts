import type { EventPage } from "../../durable-objects/tenant/operations/events";
import { presentEvent, type EventFormat } from "../domain/cloud-event";
import { placeText, type EventPlace } from "../domain/delivery-plan";
import { log } from "../telemetry/logger";
import { Problem } from "./problem";

/** What a stream reads from. Both throw a `Problem` when the reader is not let in any more. */
export interface FollowedLog {
  page(after: EventPlace): Promise<EventPage>;
  /** Waits until there may be something beyond a place: false after the time given, or once it was closed. */
  hasNews(beyond: EventPlace, withinMs: number): Promise<boolean>;
  readonly isClosed: boolean;
  close(): void;
}

export interface StreamTerms {
  readonly tenantId: string;
  readonly requestId: string;
  readonly format: EventFormat;
  readonly after: EventPlace;
  readonly heartbeatMs: number;
  /** A stream that has asked for so many pages ends, and its client comes back. */
  readonly maxPages: number;
}

export const PACE = {
  heartbeatMs: 15_000,
  // The platform allows an invocation 10,000 subrequests.
  maxPages: 9_000,
} as const satisfies Partial<StreamTerms>;

/** What clients wait before they come back. */
const RETRY_MS = 2_000;

/**
 * The log as server-sent events (WHATWG HTML §9.2). Text is made when the client takes it, so that one page at most is
 * held for a slow one.
 */
export function eventStream(source: FollowedLog, terms: StreamTerms): ReadableStream<Uint8Array> {
  const blocks = blocksOf(source, terms);
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await blocks.next();
        if (!done) return controller.enqueue(encoder.encode(value));
        if (!source.isClosed) controller.close();
        source.close();
      },
      cancel: () => source.close(),
    },
    { highWaterMark: 0 },
  );
}

/** A stream that ends by itself says why, in an event without an id: whoever comes back begins where it was. */
async function* blocksOf(source: FollowedLog, terms: StreamTerms): AsyncGenerator<string, void> {
  try {
    yield* follow(source, terms);
  } catch (error) {
    const problem = error instanceof Problem ? error : null;
    const { tenantId, requestId } = terms;
    if (!problem) log.error("stream.failed", { tenantId, requestId, error: String(error) });
    const [code, message] = problem
      ? [problem.code, problem.message]
      : ["internal_error", "The stream failed."];
    yield `event: end\ndata: ${JSON.stringify({ code, message })}\n\n`;
  }
}

async function* follow(source: FollowedLog, terms: StreamTerms): AsyncGenerator<string, void> {
  let place = terms.after;
  let isLive = false;
  yield `retry: ${RETRY_MS}\n${idOf(place)}\n`;
  for (let pages = 0; pages < terms.maxPages; pages++) {
    const { events, next, isLast } = await pageAfter(source, place);
    const blocks = events.map((entry) => {
      const { epoch, eventSeq } = entry;
      place = { epoch, eventSeq: eventSeq ?? 0 };
      const data = presentEvent(terms.tenantId, entry, { format: terms.format, payload: "full" });
      return `${idOf(place)}event: ${entry.type}\ndata: ${JSON.stringify(data)}\n\n`;
    });
    // What a filter has passed over is not read again by whoever comes back: an id by itself dispatches nothing.
    if (placeText(next) !== placeText(place)) blocks.push(`${idOf(next)}\n`);
    place = next;
    if (isLast && !isLive) blocks.push(": live\n\n");
    isLive ||= isLast;
    if (blocks.length > 0) yield blocks.join("");
    if (!isLast) continue;
    while (!(await source.hasNews(place, terms.heartbeatMs))) {
      if (source.isClosed) return;
      yield ":\n\n";
    }
  }
  yield ": come back\n\n";
}

async function pageAfter(source: FollowedLog, place: EventPlace) {
  const { events, next, last } = await source.page(place);
  return { events, next, isLast: placeText(next) === placeText(last) };
}

const idOf = (place: EventPlace): string => `id: ${placeText(place)}\n`;
