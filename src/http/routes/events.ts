import { Hono, type Context } from "hono";
import * as z from "zod";
import type { EventPage } from "../../../durable-objects/tenant/operations/events";
import { noRefusal, unwrap } from "../answer";
import type { TenantEnv } from "../context";
import { query } from "../json-body";
import { tenantOperation } from "../operation";
import { EVENT_SOURCES } from "../../domain/event-filter";
import { EVENT_FORMATS } from "../../domain/cloud-event";
import { callTenant } from "../call-tenant";
import { replyEvents } from "../event-page";
import { EVENT_PLACE, readPlace } from "../event-place";
import { LogTail, type Reading } from "../log-tail";

/** As long as a poll may wait: proxies cut off what is silent for longer. */
const WAIT_MAX_SECONDS = 30;

/** What a filter passes over is looked through so often for one token; the client goes on from there. */
const PAGES_MAX = 10;

const EventsQuery = z
  .strictObject({
    after: z.string().regex(EVENT_PLACE, "Write EPOCH-SEQ, or SEQ for the current epoch.").default("0-0"),
    type: z.string().max(64).optional(),
    job_id: z.uuid().optional(),
    since: z.iso.datetime({ offset: true }).optional(),
    until: z.iso.datetime({ offset: true }).optional(),
    source: z.enum(EVENT_SOURCES).default("any"),
    format: z.enum(EVENT_FORMATS).default("cloudevents"),
    limit: z.coerce.number().int().min(1).max(100).default(100),
    wait: z.coerce.number().int().min(0).max(WAIT_MAX_SECONDS).default(0),
  })
  .refine(({ source, wait }) => source === "any" || wait === 0, {
    path: ["wait"],
    message: "The archive alone is not waited for.",
  });

/** The tenant's log as CloudEvents: the same one that every other consumer sees. */
export const events = new Hono<TenantEnv>().get(
  "/events",
  tenantOperation({
    id: "listEvents",
    summary: "The tenant's log of events after a place, as CloudEvents",
    scope: "events:read",
    query: EventsQuery,
    problems: ["quota_exceeded"],
    success: {
      200:
        "A page of events, where the next one begins, and the newest place there is. With `Accept: " +
        "application/cloudevents-batch+json` it is the bare CloudEvents batch, its places in `Events-Next` and " +
        '`Events-Last`, and the next page in `Link: rel="next"`; `format=legacy` is never a batch. With `wait` an empty ' +
        "page waits up to so many seconds for the first event. `since` is inclusive, `until` is not. `source=archive` gives what the archive has, for whoever compares. A page that a filter " +
        "has passed over may be short or empty: go on from `next` until it is `last`",
    },
  }),
  async (c) => {
    const {
      after,
      type = null,
      job_id: jobId = null,
      since,
      until,
      source,
      format,
      limit,
      wait,
    } = query(c.req.url, EventsQuery);
    const more = { jobId, sinceMs: timeMs(since), untilMs: timeMs(until), source };
    const { caller } = c.var;
    const answer = await callTenant(c.env, caller, (tenant) =>
      tenant.listEvents(caller, readPlace(after), limit, type, more),
    );
    const page = unwrap(c, answer, noRefusal);
    const isOver = page.events.length > 0 || wait === 0;
    return replyEvents(
      c,
      isOver ? page : await nextPage(c, page, { limit, type, more }, wait * 1000),
      format,
    );
  },
);

const timeMs = (text: string | undefined): number | null => (text === undefined ? null : Date.parse(text));

/** The first page that has something, or the last one that had not. */
async function nextPage(
  c: Context<TenantEnv>,
  empty: EventPage,
  reading: Reading,
  waitMs: number,
): Promise<EventPage> {
  const untilMs = Date.now() + waitMs;
  const tail = await LogTail.open(c, "again", reading);
  try {
    let page = empty;
    for (let pages = 0; page.events.length === 0 && Date.now() < untilMs && pages < PAGES_MAX; pages++)
      if (await tail.hasNews(page.next, untilMs - Date.now())) page = await tail.page(page.next);
    return page;
  } finally {
    tail.close();
  }
}
