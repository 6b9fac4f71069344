import { Hono } from "hono";
import * as z from "zod";
import { noRefusal, unwrap } from "../answer";
import type { TenantEnv } from "../context";
import { query } from "../json-body";
import { tenantOperation } from "../operation";
import { EVENT_FORMATS } from "../../domain/cloud-event";
import { callTenant } from "../call-tenant";
import { replyEvents } from "../event-page";

const PLACE = /^(?:(\d{1,9})-)?(\d{1,15})$/;

const EventsQuery = z.strictObject({
  after: z.string().regex(PLACE, "Write EPOCH-SEQ, or SEQ for the current epoch.").default("0"),
  type: z.string().max(64).optional(),
  format: z.enum(EVENT_FORMATS).default("cloudevents"),
  limit: z.coerce.number().int().min(1).max(100).default(100),
});

/** The tenant's log as CloudEvents: the same one that every other consumer sees. */
export const events = new Hono<TenantEnv>().get(
  "/events",
  tenantOperation({
    id: "listEvents",
    summary: "The tenant's log of events after a place, as CloudEvents",
    scope: "events:read",
    query: EventsQuery,
    success: {
      200:
        "A page of events, where the next one begins, and the newest place there is. With `Accept: " +
        "application/cloudevents-batch+json` it is the bare CloudEvents batch, its places in `Events-Next` and " +
        '`Events-Last`, and the next page in `Link: rel="next"`; `format=legacy` is never a batch',
    },
  }),
  async (c) => {
    const { after, type, format, limit } = query(c.req.url, EventsQuery);
    const [, epoch, sequence] = PLACE.exec(after) ?? [];
    const { caller } = c.var;
    const answer = await callTenant(c.env, caller, (tenant) =>
      tenant.listEvents(
        caller,
        { epoch: epoch === undefined ? null : Number(epoch), eventSeq: Number(sequence) },
        limit,
        type ?? null,
      ),
    );
    const page = unwrap(c, answer, noRefusal);
    return replyEvents(c, page, format);
  },
);
