import { Hono, type Context } from "hono";
import * as z from "zod";
import { EVENT_FORMATS } from "../../domain/cloud-event";
import type { TenantEnv } from "../context";
import { EVENT_PLACE, readPlace } from "../event-place";
import { eventStream, PACE } from "../event-stream";
import { query } from "../json-body";
import { LogTail } from "../log-tail";
import { tenantOperation, type OperationSpec } from "../operation";
import { Problem } from "../problem";
import { reply, setHeader } from "../reply";

/** Events asked for at a time. */
const PAGE = 100;
const PLACE_HINT = "Write EPOCH-SEQ, or SEQ for the current epoch.";

const StreamQuery = z.strictObject({
  after: z.string().regex(EVENT_PLACE, PLACE_HINT).optional(),
  type: z.string().max(64).optional(),
  format: z.enum(EVENT_FORMATS).default("cloudevents"),
});

const stream = (id: string): OperationSpec => ({
  id,
  summary: "The tenant's log of events as server-sent events, from a place on and as they come",
  query: StreamQuery,
  resumable: true,
  problems: ["quota_exceeded"],
  success: {
    200:
      "text/event-stream: `id` is EPOCH-SEQ, `event` the type, `data` the event. Begins after Last-Event-ID, else " +
      "after `after`, else now; a comment says when it has caught up, and another every 15 s that it is alive. An " +
      "`end` event says why it ends: come back with the last id",
  },
});

/** Two doors to the one log, for readers of different scopes. */
export const streams = new Hono<TenantEnv>()
  .get("/events/stream", tenantOperation({ ...stream("streamEvents"), scope: "events:read" }), streamEvents)
  .get("/jobs/stream", tenantOperation({ ...stream("streamJobs"), scope: "jobs:read" }), streamEvents);

async function streamEvents(c: Context<TenantEnv>): Promise<Response> {
  const { after, type, format } = query(c.req.url, StreamQuery);
  const from = lastEventId(c) ?? after;
  const tail = await LogTail.open(c, "new");
  const asked = from === undefined ? tail.last : readPlace(from);
  setHeader(c, "X-Accel-Buffering", "no");
  if (c.req.method === "HEAD") {
    tail.close();
    return reply(c, null, 200, "text/event-stream");
  }
  const source = {
    page: (place: Parameters<LogTail["page"]>[0]) => tail.page(place, PAGE, type ?? null),
    hasNews: tail.hasNews.bind(tail),
    get isClosed() {
      return tail.isClosed;
    },
    close: () => tail.close(),
  };
  const { tenantId, requestId } = c.var.caller;
  const terms = {
    ...PACE,
    tenantId,
    requestId,
    format,
    after: { ...asked, epoch: asked.epoch ?? tail.last.epoch },
  };
  return reply(c, eventStream(source, terms), 200, "text/event-stream");
}

/** What a client that comes back says it has seen: it wins over the place that its URL names. */
function lastEventId(c: Context<TenantEnv>): string | undefined {
  const text = c.req.header("last-event-id")?.trim();
  if (text === undefined || text === "") return undefined;
  if (EVENT_PLACE.test(text)) return text;
  throw new Problem("validation_error", `Last-Event-ID is not a place in the log: ${PLACE_HINT}`, {
    fieldErrors: { "last-event-id": [PLACE_HINT] },
  });
}
