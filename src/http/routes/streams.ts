import { Hono, type Context } from "hono";
import * as z from "zod";
import { EVENT_FORMATS } from "../../domain/cloud-event";
import { isAfter } from "../../domain/delivery-plan";
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
  job_id: z.uuid().optional(),
  format: z.enum(EVENT_FORMATS).default("cloudevents"),
});

const SPEC: Omit<OperationSpec, "id"> = {
  summary: "The tenant's log of events as server-sent events, from a place on and as they come",
  query: StreamQuery,
  resumable: true,
  problems: ["quota_exceeded"],
  success: {
    200:
      "text/event-stream: `id` is EPOCH-SEQ, `event` the type, `data` the event. Begins after Last-Event-ID, else " +
      "after `after`, else now; comments say that it has caught up, and that it is alive. An `end` event says why it " +
      "ends: whoever comes back with the last id misses nothing",
  },
};

/** Two doors to the one log, for readers of different scopes. */
export const streams = new Hono<TenantEnv>()
  .get("/events/stream", tenantOperation({ ...SPEC, id: "streamEvents", scope: "events:read" }), streamEvents)
  .get("/jobs/stream", tenantOperation({ ...SPEC, id: "streamJobs", scope: "jobs:read" }), streamEvents);

async function streamEvents(c: Context<TenantEnv>): Promise<Response> {
  const { after, type = null, job_id: jobId = null, format } = query(c.req.url, StreamQuery);
  const from = lastEventId(c) ?? after;
  const tail = await LogTail.open(c, "new", { limit: PAGE, type, more: { jobId } });
  setHeader(c, "X-Accel-Buffering", "no");
  if (c.req.method === "HEAD") {
    tail.close();
    return reply(c, null, 200, "text/event-stream");
  }
  const { last } = tail;
  const { epoch, eventSeq } = from === undefined ? last : readPlace(from);
  const asked = { epoch: epoch ?? last.epoch, eventSeq };
  const { tenantId, requestId } = c.var.caller;
  const terms = { ...PACE, tenantId, requestId, format, after: isAfter(asked, last) ? last : asked };
  return reply(c, eventStream(tail, terms), 200, "text/event-stream");
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
