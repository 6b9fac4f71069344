import { Hono } from "hono";
import { v7 as uuidV7 } from "uuid";
import * as z from "zod";
import { mintApiKey } from "../../auth/api-key-text";
import { TENANT_SCOPES } from "../../domain/scope";
import { pageOf } from "../../domain/page";
import { isUuidV7 } from "../../domain/uuid";
import { readConfig, type Env } from "../../env";
import type { TenantId } from "../../domain/tenant-id";
import { noRefusal, unwrap } from "../answer";
import { callTenant } from "../call-tenant";
import type { TenantEnv } from "../context";
import { created, idempotencyOf } from "../idempotency";
import { jsonBody, optionalJsonBody, query } from "../json-body";
import { tenantOperation } from "../operation";
import { refusedChange, refusedCreate, refusedRotation } from "../key-problems";
import { presentKey } from "../present-key";
import { reply, replyJson, setHeader } from "../reply";

const DAY_SECONDS = 86_400;
const MAX_OVERLAP_SECONDS = 30 * DAY_SECONDS;

const Scopes = z
  .array(z.enum(TENANT_SCOPES))
  .min(1)
  .max(TENANT_SCOPES.length)
  .refine((scopes) => new Set(scopes).size === scopes.length, "Name each scope once.");
const Expiry = z.iso.datetime({ offset: true });

const CreateBody = z.strictObject({
  name: z.string().min(1).max(100),
  scopes: Scopes,
  expires_at: Expiry.nullable().optional(),
});

const PatchBody = z
  .strictObject({
    name: z.string().min(1).max(100).optional(),
    scopes: Scopes.optional(),
    expires_at: Expiry.nullable().optional(),
  })
  .refine((patch) => Object.keys(patch).length > 0, "Name at least one member to change.");

const RotateBody = z.strictObject({
  /** How long the secret of now stays good; 0 ends it at once. */
  overlap_seconds: z.int().min(0).max(MAX_OVERLAP_SECONDS).default(DAY_SECONDS),
});

const ListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().refine(isUuidV7, "This is not a cursor of this list.").optional(),
});

/** Keys for programs: shown once, kept as a hash, refused without I/O when forged (README, Credentials). */
export const apiKeys = new Hono<TenantEnv>()
  .post(
    "/api-keys",
    tenantOperation({
      id: "createApiKey",
      summary: "Makes a key with some of the caller's own scopes",
      scope: "keys:write",
      body: CreateBody,
      idempotent: true,
      success: { 201: "The key, its text shown this once" },
      problems: ["quota_exceeded"],
    }),
    async (c) => {
      const body = await jsonBody(c.req.raw, CreateBody);
      const { caller, scopes } = c.var;
      const { id, text, secretHash } = mint(c.env, caller.tenantId, uuidV7());
      const idempotency = idempotencyOf(c, body);
      const answer = await callTenant(c.env, caller, (tenant) =>
        tenant.createKey(caller, {
          id,
          secretHash,
          name: body.name,
          scopes: body.scopes,
          expiresAtMs: timeOf(body.expires_at),
          held: heldBy(scopes),
          idempotency,
        }),
      );
      const outcome = unwrap(c, answer, refusedCreate);
      const key = presentKey(created(c, outcome), Date.now());
      setHeader(c, "Location", `/v1/api-keys/${key.id}`);
      return replyJson(c, outcome.replayed ? key : { ...key, key: text }, 201);
    },
  )

  .get(
    "/api-keys",
    tenantOperation({
      id: "listApiKeys",
      summary: "The tenant's keys, newest first, without their secrets",
      scope: "keys:read",
      query: ListQuery,
      success: { 200: "A page of keys" },
    }),
    async (c) => {
      const { limit, cursor } = query(c.req.url, ListQuery);
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.listKeys(caller, "key", { limit, after: cursor ?? null }),
      );
      const { rows, nextCursor } = pageOf(unwrap(c, answer, noRefusal), limit);
      return replyJson(c, {
        data: rows.map((key) => presentKey(key, Date.now())),
        meta: { limit, next_cursor: nextCursor },
      });
    },
  )

  .get(
    "/api-keys/:keyId",
    tenantOperation({
      id: "getApiKey",
      summary: "A key, when it was last used and when it ends",
      scope: "keys:read",
      success: { 200: "The key, without its secret" },
      problems: ["not_found"],
    }),
    async (c) => {
      const keyId = c.req.param("keyId");
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) => tenant.getKey(caller, keyId));
      return replyJson(c, presentKey(unwrap(c, answer, refusedChange), Date.now()));
    },
  )

  .patch(
    "/api-keys/:keyId",
    tenantOperation({
      id: "updateApiKey",
      summary: "Changes the name, scopes or expiry of a key that is still good",
      scope: "keys:write",
      body: PatchBody,
      success: { 200: "The key as it is now" },
      problems: ["not_found", "invalid_state_transition"],
    }),
    async (c) => {
      const keyId = c.req.param("keyId");
      const body = await jsonBody(c.req.raw, PatchBody);
      const patch = {
        ...(body.name !== undefined && { name: body.name }),
        ...(body.scopes !== undefined && { scopes: body.scopes }),
        ...(body.expires_at !== undefined && { expiresAtMs: timeOf(body.expires_at) }),
      };
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.updateKey(caller, { keyId, patch, held: heldBy(c.var.scopes) }),
      );
      return replyJson(c, presentKey(unwrap(c, answer, refusedChange), Date.now()));
    },
  )

  .delete(
    "/api-keys/:keyId",
    tenantOperation({
      id: "revokeApiKey",
      summary: "Ends a key for good, in force with its next call",
      scope: "keys:write",
      success: { 204: "It has ended" },
      problems: ["not_found"],
    }),
    async (c) => {
      const keyId = c.req.param("keyId");
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) => tenant.endKey(caller, keyId));
      unwrap(c, answer, refusedChange);
      return reply(c, null, 204);
    },
  )

  .post(
    "/api-keys/:keyId/rotate",
    tenantOperation({
      id: "rotateApiKey",
      summary: "Gives a key a new secret; the old one stays good for the overlap",
      scope: "keys:write",
      body: RotateBody,
      bodyOptional: true,
      idempotent: true,
      success: { 200: "The key with its new text, shown this once" },
      problems: ["not_found", "invalid_state_transition"],
    }),
    async (c) => {
      const keyId = c.req.param("keyId");
      const body = await optionalJsonBody(c.req.raw, RotateBody);
      const { caller, scopes } = c.var;
      const { text, secretHash } = mint(c.env, caller.tenantId, keyId);
      const rotation = {
        keyId,
        secretHash,
        overlapMs: body.overlap_seconds * 1000,
        held: heldBy(scopes),
        idempotency: idempotencyOf(c, body),
      };
      const answer = await callTenant(c.env, caller, (tenant) => tenant.rotateKey(caller, rotation));
      const outcome = unwrap(c, answer, refusedRotation);
      const key = presentKey(created(c, outcome), Date.now());
      return replyJson(c, outcome.replayed ? key : { ...key, key: text });
    },
  );

function mint(env: Env, tenantId: TenantId, keyId: string) {
  const { environment, apiKeyMacKeys } = readConfig(env);
  return { id: keyId, ...mintApiKey(apiKeyMacKeys[0], { environment, tenantId, keyId }) };
}

/** A token's scopes are known here; those of a key its tenant's object knows. */
const heldBy = (scopes: ReadonlySet<string> | null) => scopes && [...scopes];

const timeOf = (text: string | null | undefined): number | null =>
  text === null || text === undefined ? null : Date.parse(text);
