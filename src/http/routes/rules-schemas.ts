import { Hono } from "hono";
import * as z from "zod";
import { unwrap } from "../answer";
import { callTenant } from "../call-tenant";
import type { TenantEnv } from "../context";
import { created, idempotencyOf } from "../idempotency";
import { jsonBody } from "../json-body";
import { newProfileNamed } from "../named-profile";
import { tenantOperation } from "../operation";
import { presentRecord } from "../present-profile";
import { replyJson, setHeader } from "../reply";
import { draftOf, imported } from "../rules-body";
import { refusedRules } from "../rules-problems";
import { SCHEMA_FORMATS } from "../schema-of-profile";

const ImportBody = z.strictObject({
  format: z.enum(SCHEMA_FORMATS),
  schema: z.record(z.string(), z.json()),
  channel: z.string().max(64),
  version: z.string().max(40),
});

/** A rules profile out of a schema that a tenant has already. Before the profiles by id, for `import` is none. */
export const rulesSchemas = new Hono<TenantEnv>().post(
  "/rules/import",
  tenantOperation({
    id: "importRulesProfile",
    summary: "Makes a draft, or replaces it, of a Table Schema 2.0 or of a JSON Schema 2020-12 of one row",
    scope: "rules:write",
    body: ImportBody,
    idempotent: true,
    success: { 201: "The draft without its rules, and what of the schema it does not say" },
    problems: ["profile_invalid", "profile_immutable", "quota_exceeded"],
  }),
  async (c) => {
    const body = await jsonBody(c.req.raw, ImportBody);
    const named = newProfileNamed(`${body.channel}@${body.version}`, "version");
    const { profile, notExpressed } = imported(body.format, body.schema, named);
    const draft = draftOf(profile);
    const idempotency = idempotencyOf(c, body);
    const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
      tenant.importProfile(caller, draft, idempotency),
    );
    const shown = presentRecord(created(c, unwrap(c, answer, refusedRules)));
    setHeader(c, "ETag", `"${shown.checksum}"`);
    setHeader(c, "Location", `/v1/rules/${shown.id}`);
    return replyJson(c, { ...shown, not_expressed: notExpressed ?? [] }, 201);
  },
);
