import { Hono } from "hono";
import * as z from "zod";
import { canonicalChannel, parseRulesProfileId } from "../../domain/rules-profile-id";
import { PROFILE_STATUSES } from "../../domain/rules-profile";
import { pageOf } from "../../domain/page";
import { noRefusal, unwrap } from "../answer";
import { callTenant } from "../call-tenant";
import type { TenantEnv } from "../context";
import { preconditionOf } from "../entity-tags";
import { query } from "../json-body";
import { newProfileAt, profileAt } from "../named-profile";
import { tenantOperation } from "../operation";
import { presentEntry, presentProfile, presentRecord, presentWhole } from "../present-profile";
import { Problem } from "../problem";
import { reply, replyJson, setHeader } from "../reply";
import { draftOf, JSON_SCHEMA_TYPE, profileOf, TABLE_SCHEMA_TYPE, YAML_TYPES } from "../rules-body";
import { refusedRules, unknownProfile } from "../rules-problems";
import { prefersYaml } from "../prefers-yaml";
import { profileIn } from "../runnable-profile";
import { replySchemaOf, SCHEMA_FORMATS } from "../schema-of-profile";
import { yamlText } from "../yaml-text";

const ListQuery = z.strictObject({
  channel: z.string().max(64).optional(),
  status: z.enum(PROFILE_STATUSES).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z
    .string()
    .max(80)
    .refine((text) => parseRulesProfileId(text).ok, "This is not a cursor of this list.")
    .optional(),
});

const GetQuery = z.strictObject({ format: z.enum(SCHEMA_FORMATS).optional() });

/** The members are those of `/schemas/rules-profile.json`: said once, there. */
const ProfileBody = z
  .looseObject({ channel: z.string().optional(), version: z.string().optional() })
  .describe("A rules profile, as GET /schemas/rules-profile.json says; the path says channel and version");

/** Tenants' own rules profiles, beside those that every tenant has (README, Rules profiles). */
export const rules = new Hono<TenantEnv>()
  .get(
    "/rules",
    tenantOperation({
      id: "listRulesProfiles",
      summary:
        "The rules profiles there are, shipped and the tenant's own: by channel, the newest version first",
      scope: "rules:read",
      query: ListQuery,
      success: { 200: "A page of profiles, without their rules" },
    }),
    async (c) => {
      const { channel, status, limit, cursor } = query(c.req.url, ListQuery);
      const filter = {
        channel: channel === undefined ? null : channelNamed(channel),
        status: status ?? null,
      };
      const page = { limit: limit + 1, after: cursor ?? null };
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.listProfiles(caller, filter, page),
      );
      const { entries, total } = unwrap(c, answer, noRefusal);
      const { rows, nextCursor } = pageOf(entries, limit);
      return replyJson(c, {
        data: rows.flatMap(presentEntry),
        meta: { limit, total, next_cursor: nextCursor },
      });
    },
  )

  .get(
    "/rules/:profileId",
    tenantOperation({
      id: "getRulesProfile",
      summary:
        "A rules profile, as JSON or YAML (by Accept), or what a schema language can say of it (by format)",
      scope: "rules:read",
      query: GetQuery,
      success: { 200: "The profile and what is known of it; its checksum in ETag" },
      problems: ["rules_profile_not_found"],
    }),
    async (c) => {
      const { format } = query(c.req.url, GetQuery);
      const wanted = profileAt(c);
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.getProfile(caller, wanted),
      );
      const view = unwrap(c, answer, unknownProfile);
      const shown = presentProfile(view, Date.now());
      if (format !== undefined) return replySchemaOf(c, profileIn(view), format, shown);
      setHeader(c, "ETag", `"${shown.checksum}"`);
      setHeader(c, "Content-Location", `/v1/rules/${shown.id}`);
      setHeader(c, "Vary", "Accept");
      return prefersYaml(c.req.header("accept"))
        ? reply(c, yamlText(shown), 200, "application/yaml; charset=utf-8")
        : replyJson(c, shown);
    },
  )

  .put(
    "/rules/:profileId",
    tenantOperation({
      id: "putRulesProfile",
      summary:
        "Makes a draft of a rules profile, or replaces it; a Table Schema or JSON Schema makes one of its own",
      scope: "rules:write",
      body: ProfileBody,
      textBodies: YAML_TYPES,
      jsonBodies: [TABLE_SCHEMA_TYPE, JSON_SCHEMA_TYPE],
      conditional: true,
      success: {
        201: "The new draft, and of a schema what of it a profile cannot say",
        200: "The draft as it is now",
      },
      problems: ["profile_invalid", "profile_immutable", "precondition_failed", "quota_exceeded"],
    }),
    async (c) => {
      const { profile, notExpressed } = await profileOf(c, newProfileAt(c));
      const draft = draftOf(profile);
      const precondition = preconditionOf(c);
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.saveProfile(caller, draft, precondition),
      );
      const { record, isNew } = unwrap(c, answer, refusedRules);
      const shown = presentWhole(profile, presentRecord(record), Date.now());
      setHeader(c, "ETag", `"${shown.checksum}"`);
      setHeader(c, "Location", `/v1/rules/${shown.id}`);
      return replyJson(
        c,
        { ...shown, ...(notExpressed && { not_expressed: notExpressed }) },
        isNew ? 201 : 200,
      );
    },
  )

  .delete(
    "/rules/:profileId",
    tenantOperation({
      id: "deleteRulesProfile",
      summary: "Deletes a draft; what was published stays",
      scope: "rules:write",
      conditional: true,
      success: { 204: "It is gone" },
      problems: ["rules_profile_not_found", "profile_immutable", "precondition_failed"],
    }),
    async (c) => {
      const wanted = profileAt(c);
      const precondition = preconditionOf(c);
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.deleteProfile(caller, wanted, precondition),
      );
      unwrap(c, answer, refusedRules);
      return reply(c, null, 204);
    },
  );

function channelNamed(text: string): string {
  const channel = canonicalChannel(text);
  if (channel !== null) return channel;
  throw new Problem("validation_error", "channel: this is not a channel name.", {
    fieldErrors: { channel: ["A channel begins with a letter and has 2 to 40 of a-z, 0-9 and _."] },
  });
}
