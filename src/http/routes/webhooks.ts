import { Hono, type Context } from "hono";
import { v7 as uuidV7 } from "uuid";
import * as z from "zod";
import { makeWebhookSecret } from "../../crypto/webhook-signature";
import { EVENT_FORMATS, EVENT_PAYLOADS } from "../../domain/cloud-event";
import { LANES } from "../../domain/delivery-plan";
import { noRefusal, unwrap } from "../answer";
import { callTenant } from "../call-tenant";
import type { TenantEnv } from "../context";
import { created, idempotencyOf } from "../idempotency";
import { jsonBody, optionalJsonBody } from "../json-body";
import { tenantOperation } from "../operation";
import { MAX_URL_CHARS, outboundUrl } from "../outbound-url";
import { rfc3339 } from "../present";
import { presentWebhook } from "../present-webhook";
import { reply, replyJson, setHeader } from "../reply";
import { sendTest } from "../webhook-test";
import { refusedTest, refusedWebhook, refusedWebhookChange, unknownWebhook } from "../webhook-problems";

const DAY_SECONDS = 86_400;
const MAX_OVERLAP_SECONDS = 30 * DAY_SECONDS;
const TYPE = /^[a-z][a-z0-9_]*\.(?:\*|[a-z][a-z0-9_]*)$/;

const Url = z.string().min(1).max(MAX_URL_CHARS);
const Description = z.string().max(200);
const EventTypes = z
  .array(z.string().max(64).regex(TYPE, "Write a type such as job.succeeded, or job.* for all of them."))
  .max(50);

const CreateBody = z.strictObject({
  url: Url,
  description: Description.default(""),
  /** None: all of them. */
  event_types: EventTypes.default([]),
  lane: z.enum(LANES).default("fifo"),
  payload: z.enum(EVENT_PAYLOADS).default("full"),
  format: z.enum(EVENT_FORMATS).default("cloudevents"),
});

const PatchBody = z
  .strictObject({
    url: Url.optional(),
    description: Description.optional(),
    event_types: EventTypes.optional(),
    payload: z.enum(EVENT_PAYLOADS).optional(),
    format: z.enum(EVENT_FORMATS).optional(),
    status: z.enum(["enabled", "disabled"]).optional(),
  })
  .refine((patch) => Object.keys(patch).length > 0, "Name at least one member to change.");

const RotateBody = z.strictObject({
  /** How long the secret of now signs beside the new one; 0 ends it at once. */
  overlap_seconds: z.int().min(0).max(MAX_OVERLAP_SECONDS).default(DAY_SECONDS),
});

/** Who is told of the tenant's events: Standard Webhooks, in order, until they have them (README, Webhooks). */
export const webhooks = new Hono<TenantEnv>()
  .post(
    "/webhooks",
    tenantOperation({
      id: "createWebhook",
      summary: "Has the tenant's events sent to a URL, from now on",
      scope: "webhooks:write",
      body: CreateBody,
      idempotent: true,
      success: { 201: "The webhook, its secret shown this once" },
      problems: ["quota_exceeded"],
    }),
    async (c) => {
      const body = await jsonBody(c.req.raw, CreateBody);
      const secret = makeWebhookSecret();
      const input = {
        id: uuidV7(),
        secret,
        settings: {
          url: outboundUrl(c, "url", body.url),
          description: body.description,
          eventTypes: body.event_types,
          lane: body.lane,
          payload: body.payload,
          format: body.format,
        },
        idempotency: idempotencyOf(c, body),
      };
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.createWebhook(caller, input),
      );
      const outcome = unwrap(c, answer, refusedWebhook);
      const webhook = presentWebhook(created(c, outcome));
      setHeader(c, "Location", `/v1/webhooks/${webhook.id}`);
      return replyJson(c, outcome.replayed ? webhook : { ...webhook, secret }, 201);
    },
  )

  .get(
    "/webhooks",
    tenantOperation({
      id: "listWebhooks",
      summary: "The tenant's webhooks, oldest first, and how each stands",
      scope: "webhooks:read",
      success: { 200: "All of them, without their secrets" },
    }),
    async (c) => {
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) => tenant.listWebhooks(caller));
      return replyJson(c, { data: unwrap(c, answer, noRefusal).map(presentWebhook) });
    },
  )

  .get(
    "/webhooks/:webhookId",
    tenantOperation({
      id: "getWebhook",
      summary: "A webhook and how its delivery stands",
      scope: "webhooks:read",
      success: { 200: "The webhook, without its secret" },
      problems: ["not_found"],
    }),
    async (c) => {
      const id = c.req.param("webhookId");
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) => tenant.getWebhook(caller, id));
      return replyJson(c, presentWebhook(unwrap(c, answer, unknownWebhook)));
    },
  )

  .patch(
    "/webhooks/:webhookId",
    tenantOperation({
      id: "updateWebhook",
      summary: "Changes a webhook, or switches it off and on; its lane is for good",
      scope: "webhooks:write",
      body: PatchBody,
      success: { 200: "The webhook as it is now" },
      problems: ["not_found", "invalid_state_transition"],
    }),
    async (c) => {
      const id = c.req.param("webhookId");
      const patch = patchOf(c, await jsonBody(c.req.raw, PatchBody));
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.updateWebhook(caller, id, patch),
      );
      return replyJson(c, presentWebhook(unwrap(c, answer, refusedWebhookChange)));
    },
  )

  .delete(
    "/webhooks/:webhookId",
    tenantOperation({
      id: "deleteWebhook",
      summary: "Ends a webhook, with all that waits for it",
      scope: "webhooks:write",
      success: { 204: "It has ended" },
      problems: ["not_found", "invalid_state_transition"],
    }),
    async (c) => {
      const id = c.req.param("webhookId");
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.deleteWebhook(caller, id),
      );
      unwrap(c, answer, refusedWebhookChange);
      return reply(c, null, 204);
    },
  )

  .post(
    "/webhooks/:webhookId/rotate-secret",
    tenantOperation({
      id: "rotateWebhookSecret",
      summary: "Gives a webhook a new secret; the old one signs as well for the overlap",
      scope: "webhooks:write",
      body: RotateBody,
      bodyOptional: true,
      idempotent: true,
      success: { 200: "The webhook with its new secret, shown this once" },
      problems: ["not_found"],
    }),
    async (c) => {
      const id = c.req.param("webhookId");
      const body = await optionalJsonBody(c.req.raw, RotateBody);
      const secret = makeWebhookSecret();
      const rotation = {
        id,
        secret,
        overlapMs: body.overlap_seconds * 1000,
        idempotency: idempotencyOf(c, body),
      };
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.rotateWebhookSecret(caller, rotation),
      );
      const outcome = unwrap(c, answer, refusedWebhook);
      const webhook = presentWebhook(created(c, outcome));
      return replyJson(c, outcome.replayed ? webhook : { ...webhook, secret });
    },
  )

  .post(
    "/webhooks/:webhookId/test",
    tenantOperation({
      id: "testWebhook",
      summary: "Sends a test message at once and says how the receiver answered",
      scope: "webhooks:write",
      success: { 200: "What the receiver answered, whatever that was" },
      problems: ["not_found", "invalid_state_transition"],
    }),
    async (c) => {
      const id = c.req.param("webhookId");
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.beginWebhookTest(caller, id),
      );
      const { url, secrets } = unwrap(c, answer, refusedTest);
      const attempt = await sendTest(c, id, url, secrets);
      await callTenant(c.env, c.var.caller, (tenant, caller) => tenant.noteWebhookTest(caller, attempt));
      return replyJson(c, {
        event_id: attempt.eventId,
        outcome: attempt.outcome,
        status_code: attempt.status,
        fault: attempt.fault,
        response: attempt.snippet,
        duration_ms: attempt.durationMs,
        attempted_at: rfc3339(attempt.atMs),
      });
    },
  );

const patchOf = (c: Context<TenantEnv>, body: z.output<typeof PatchBody>) => ({
  ...(body.url !== undefined && { url: outboundUrl(c, "url", body.url) }),
  ...(body.description !== undefined && { description: body.description }),
  ...(body.event_types !== undefined && { eventTypes: body.event_types }),
  ...(body.payload !== undefined && { payload: body.payload }),
  ...(body.format !== undefined && { format: body.format }),
  ...(body.status !== undefined && { status: body.status }),
});
