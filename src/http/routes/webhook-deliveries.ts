import { Hono } from "hono";
import * as z from "zod";
import { placeText } from "../../domain/delivery-plan";
import { pageOf } from "../../domain/page";
import { isUuidV7 } from "../../domain/uuid";
import { unwrap } from "../answer";
import { callTenant } from "../call-tenant";
import type { TenantEnv } from "../context";
import { EVENT_PLACE, FULL_PLACE, readFullPlace, readPlace } from "../event-place";
import { created, idempotencyOf } from "../idempotency";
import { jsonBody, query } from "../json-body";
import { tenantOperation } from "../operation";
import { presentAttempt, presentDeadLetter } from "../present-webhook";
import { replyJson } from "../reply";
import { refusedDeadReplay, refusedReplay, unknownWebhook } from "../webhook-problems";

const DeliveriesQuery = z.strictObject({
  outcome: z.enum(["delivered", "failed"]).optional(),
  event_id: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().refine(isUuidV7, "This is not a cursor of this list.").optional(),
});

const DeadLettersQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().regex(FULL_PLACE, "This is not a cursor of this list.").optional(),
});

/** As many digits as the text form has. */
const MAX_SEQUENCE = 999_999_999_999_999;

const ReplayBody = z
  .strictObject({
    /** EPOCH-SEQ or SEQ: that event is the first one. */
    from_sequence: z
      .union([
        z.string().regex(EVENT_PLACE, "Write EPOCH-SEQ, or SEQ for the current epoch."),
        z.int().min(0).max(MAX_SEQUENCE),
      ])
      .optional(),
    since: z.iso.datetime({ offset: true }).optional(),
  })
  .refine(
    ({ from_sequence, since }) => (from_sequence === undefined) !== (since === undefined),
    "Name either from_sequence or since.",
  );

/** What was sent and what was not; and having it sent again. */
export const webhookDeliveries = new Hono<TenantEnv>()
  .get(
    "/webhooks/:webhookId/deliveries",
    tenantOperation({
      id: "listDeliveries",
      summary: "Every attempt of the last days, newest first, with how a failure was answered",
      scope: "webhooks:read",
      query: DeliveriesQuery,
      success: { 200: "A page of attempts" },
      problems: ["not_found"],
    }),
    async (c) => {
      const id = c.req.param("webhookId");
      const { outcome, event_id: eventId, limit, cursor } = query(c.req.url, DeliveriesQuery);
      const filter = { outcome: outcome ?? null, eventId: eventId ?? null };
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.listDeliveries(caller, id, filter, { limit, after: cursor ?? null }),
      );
      const { rows, nextCursor } = pageOf(unwrap(c, answer, unknownWebhook), limit);
      return replyJson(c, { data: rows.map(presentAttempt), meta: { limit, next_cursor: nextCursor } });
    },
  )

  .post(
    "/webhooks/:webhookId/replay",
    tenantOperation({
      id: "replayWebhook",
      summary: "Sends everything again from an event or a time on, in its order",
      scope: "webhooks:write",
      body: ReplayBody,
      idempotent: true,
      success: { 202: "From where to where it is sent again" },
      problems: ["not_found", "invalid_state_transition"],
    }),
    async (c) => {
      const id = c.req.param("webhookId");
      const body = await jsonBody(c.req.raw, ReplayBody);
      const from =
        body.since === undefined
          ? ({ type: "sequence", ...readPlace(String(body.from_sequence)) } as const)
          : ({ type: "time", sinceMs: Date.parse(body.since) } as const);
      const replay = { id, from, idempotency: idempotencyOf(c, body) };
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.replayWebhook(caller, replay),
      );
      const { after, to } = created(c, unwrap(c, answer, refusedReplay));
      return replyJson(c, { after: placeText(after), to: placeText(to) }, 202);
    },
  )

  .get(
    "/webhooks/:webhookId/dead-letters",
    tenantOperation({
      id: "listDeadLetters",
      summary: "Events whose attempts are used up, in their order; they are kept for 30 days",
      scope: "webhooks:read",
      query: DeadLettersQuery,
      success: { 200: "A page of dead letters" },
      problems: ["not_found"],
    }),
    async (c) => {
      const id = c.req.param("webhookId");
      const { limit, cursor } = query(c.req.url, DeadLettersQuery);
      const after = readFullPlace(cursor ?? "0-0");
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.listDeadLetters(caller, id, { after, limit }),
      );
      const found = unwrap(c, answer, unknownWebhook);
      const rows = found.slice(0, limit);
      const last = found.length > limit ? rows.at(-1) : undefined;
      return replyJson(c, {
        data: rows.map(presentDeadLetter),
        meta: { limit, next_cursor: last ? placeText(last) : null },
      });
    },
  )

  .post(
    "/webhooks/:webhookId/dead-letters/replay",
    tenantOperation({
      id: "replayDeadLetters",
      summary: "Sends the dead letters again, up to 500 in a call, in their order",
      scope: "webhooks:write",
      success: { 202: "How many are sent again" },
      problems: ["not_found", "invalid_state_transition"],
    }),
    async (c) => {
      const asked = { id: c.req.param("webhookId"), only: null };
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.replayDeadLetters(caller, asked),
      );
      return replyJson(c, unwrap(c, answer, refusedDeadReplay), 202);
    },
  )

  .post(
    "/webhooks/:webhookId/dead-letters/:sequence/replay",
    tenantOperation({
      id: "replayDeadLetter",
      summary: "Sends one dead letter again",
      scope: "webhooks:write",
      success: { 202: "It is sent again" },
      problems: ["not_found", "invalid_state_transition"],
    }),
    async (c) => {
      const sequence = c.req.param("sequence");
      const only = FULL_PLACE.test(sequence) ? readFullPlace(sequence) : { epoch: 0, eventSeq: 0 };
      const asked = { id: c.req.param("webhookId"), only };
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.replayDeadLetters(caller, asked),
      );
      return replyJson(c, unwrap(c, answer, refusedDeadReplay), 202);
    },
  );
