import { Hono, type Context } from "hono";
import * as z from "zod";
import type { HeadersRefusal, UnknownHeaders } from "../../../durable-objects/tenant/operations/headers";
import { labelKey } from "../../catalogue/fold";
import { LABELS_MAX, type HeaderMappings } from "../../domain/header-mappings";
import { canonicalChannel } from "../../domain/rules-profile-id";
import { unwrap } from "../answer";
import { callTenant } from "../call-tenant";
import type { TenantEnv } from "../context";
import { jsonBody } from "../json-body";
import { tenantOperation } from "../operation";
import { rfc3339 } from "../present";
import { Problem } from "../problem";
import { reply, replyJson } from "../reply";

const Field = z.string().min(1).max(100);

const mappings = <T extends z.ZodType>(field: T) =>
  z.strictObject({
    mappings: z
      .record(z.string().min(1).max(200), field)
      .refine((labels) => Object.keys(labels).length <= LABELS_MAX, `Send at most ${LABELS_MAX} labels.`)
      .refine((labels) => !Object.keys(labels).map(labelKey).includes(""), "A label has no letter or digit.")
      .refine((labels) => {
        const keys = Object.keys(labels).map(labelKey);
        return new Set(keys).size === keys.length;
      }, "Two of the labels differ in case, accents or signs alone, and are read as one."),
  });
const PutBody = mappings(Field);
const PatchBody = mappings(Field.nullable());

/** What the tenant has accepted for the labels of its files: the next file that has them is read so. */
export const headerMappings = new Hono<TenantEnv>()
  .get(
    "/header-mappings/:channel",
    tenantOperation({
      id: "getHeaderMappings",
      summary: "Which fields the tenant has accepted for the labels of its files",
      scope: "rules:read",
      success: { 200: "Labels and fields" },
      problems: ["not_found"],
    }),
    async (c) => {
      const channel = channelAt(c) ?? unknown();
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.getHeaders(caller, channel),
      );
      return replyJson(c, present(unwrap(c, answer, unknownHeaders)));
    },
  )

  .put(
    "/header-mappings/:channel",
    tenantOperation({
      id: "putHeaderMappings",
      summary: "Accepts these fields for these labels, and forgets the others of the channel",
      scope: "rules:write",
      body: PutBody,
      success: { 200: "Labels and fields as they are now" },
      problems: ["quota_exceeded"],
    }),
    async (c) => save(c, (await jsonBody(c.req.raw, PutBody)).mappings, true),
  )

  .patch(
    "/header-mappings/:channel",
    tenantOperation({
      id: "patchHeaderMappings",
      summary: "Accepts these fields for these labels beside the others; null forgets a label",
      scope: "rules:write",
      body: PatchBody,
      success: { 200: "Labels and fields as they are now" },
      problems: ["quota_exceeded"],
    }),
    async (c) => save(c, (await jsonBody(c.req.raw, PatchBody)).mappings, false),
  )

  .delete(
    "/header-mappings/:channel",
    tenantOperation({
      id: "deleteHeaderMappings",
      summary: "Forgets all labels of the channel",
      scope: "rules:write",
      success: { 204: "They are gone" },
      problems: ["not_found"],
    }),
    async (c) => {
      const channel = channelAt(c) ?? unknown();
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.deleteHeaders(caller, channel),
      );
      unwrap(c, answer, unknownHeaders);
      return reply(c, null, 204);
    },
  );

type Path = Context<TenantEnv, "/header-mappings/:channel">;

async function save(
  c: Path,
  labels: Readonly<Record<string, string | null>>,
  replaces: boolean,
): Promise<Response> {
  const channel = channelAt(c);
  if (channel === null)
    throw new Problem("validation_error", "channel: this is not a channel name.", {
      fieldErrors: { channel: ["A channel begins with a letter and has 2 to 40 of a-z, 0-9 and _."] },
    });
  const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
    tenant.saveHeaders(caller, { channel, labels, replaces }),
  );
  return replyJson(c, present(unwrap(c, answer, refusedHeaders)));
}

const channelAt = (c: Path): string | null => canonicalChannel(c.req.param("channel"));

const present = ({ channel, labels, updatedAtMs }: HeaderMappings) => ({
  channel,
  mappings: labels,
  updated_at: rfc3339(updatedAtMs),
});

/** What can be no channel has nothing either. */
const unknown = (): never => {
  throw unknownHeaders({ reason: "unknown_headers" });
};

const unknownHeaders = (_refusal: UnknownHeaders): Problem =>
  new Problem("not_found", "Nothing is remembered for the labels of this channel.");

function refusedHeaders({ reason, most }: HeadersRefusal): Problem {
  switch (reason) {
    case "too_many_labels":
      return new Problem("quota_exceeded", `A channel has at most ${most} labels: take some out first.`);
    case "too_many_channels":
      return new Problem("quota_exceeded", `Labels of at most ${most} channels are kept: delete one first.`);
  }
}
