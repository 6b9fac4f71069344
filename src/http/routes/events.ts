import { Hono } from "hono";
import * as z from "zod";
import type { EventPlace } from "../../../durable-objects/tenant/operations/events";
import { noRefusal, unwrap } from "../answer";
import type { TenantEnv } from "../context";
import { query } from "../json-body";
import { tenantOperation } from "../operation";
import { cloudEvent } from "../../domain/cloud-event";
import { callTenant } from "../call-tenant";
import { replyJson } from "../reply";

const PLACE = /^(?:(\d{1,9})-)?(\d{1,15})$/;

const EventsQuery = z.strictObject({
  after: z.string().regex(PLACE, "Write EPOCH-SEQ, or SEQ for the current epoch.").default("0"),
  type: z.string().max(64).optional(),
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
    success: { 200: "A page of events, where the next one begins, and the newest place there is" },
  }),
  async (c) => {
    const { after, type, limit } = query(c.req.url, EventsQuery);
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
    return replyJson(c, {
      data: page.events.map((entry) => cloudEvent(caller.tenantId, entry)),
      next: placeText(page.next),
      last: placeText(page.last),
    });
  },
);

const placeText = ({ epoch, eventSeq }: EventPlace): string => `${epoch}-${eventSeq}`;
