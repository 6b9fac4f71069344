import { Hono } from "hono";
import * as z from "zod";
import type { UnknownTenant } from "../../../durable-objects/tenant/operator-calls";
import type { ShredRefusal } from "../../../durable-objects/tenant/operations/shred";
import type { KeyRefusal } from "../../../durable-objects/tenant/answer";
import { Directory } from "../../directory/directory";
import type { PrivateName } from "../../domain/job";
import type { Shred, ShredScope } from "../../domain/shred";
import type { TenantId } from "../../domain/tenant-id";
import type { Env } from "../../env";
import { callTenant } from "../call-tenant";
import type { OperatorEnv } from "../context";
import { created, idempotencyConflict, idempotencyOf } from "../idempotency";
import { unknownJob } from "../job-problems";
import { jsonBody } from "../json-body";
import { keyProblem } from "../key-custody-problems";
import { operatorOperation } from "../operation";
import { rfc3339 } from "../present";
import { Problem } from "../problem";
import { replyJson, setHeader } from "../reply";
import { signingKeys } from "../signing";
import { inDirectory, namedTenant, operatorCaller, unknownTenant } from "./operator-caller";

const FIELDS = {
  seller_id: "sellerId",
  callback_url: "callbackUrl",
  metadata: "metadata",
} as const satisfies Record<string, PrivateName>;
const FIELD_NAMES = Object.keys(FIELDS) as [keyof typeof FIELDS, ...(keyof typeof FIELDS)[]];

const reason = z.string().min(10).max(500);

const ShredBody = z.discriminatedUnion("scope", [
  z.strictObject({
    scope: z.literal("tenant"),
    reason,
    /** The tenant's id once more: there is no way back. */
    confirm: z.string().max(64),
  }),
  z.strictObject({ scope: z.literal("job"), reason, job_id: z.uuid() }),
  z.strictObject({
    scope: z.literal("field"),
    reason,
    job_id: z.uuid(),
    fields: z.array(z.enum(FIELD_NAMES)).min(1).max(FIELD_NAMES.length),
  }),
]);

/** What is shredded cannot be read again by anyone: neither here nor from an older copy. */
export const shreds = new Hono<OperatorEnv>()
  .post(
    "/tenants/:tenantId/shred",
    operatorOperation({
      id: "shred",
      summary: "Makes a tenant, a job or some of a job's fields unreadable for good, older copies included",
      scope: "admin:write",
      body: ShredBody,
      idempotent: true,
      success: { 202: "What was shredded, and how far that has come" },
      problems: ["tenant_invalid", "tenant_not_found", "not_found", "invalid_state_transition"],
    }),
    async (c) => {
      const tenantId = namedTenant(c.req.param("tenantId"));
      const body = await jsonBody(c.req.raw, ShredBody);
      if (body.scope === "tenant" && body.confirm !== tenantId)
        throw new Problem("validation_error", "confirm: repeat the tenant's id; there is no way back.", {
          fieldErrors: { confirm: ["Repeat the tenant's id."] },
        });
      const request = { scope: scopeOf(body), reason: body.reason, idempotency: idempotencyOf(c, body) };
      const outcome = await callTenant(c.env, operatorCaller(c, tenantId), (tenant, caller) =>
        tenant.shred(caller, request),
      );
      if (!outcome.ok) throw refusedShred(outcome.error);
      const shred = created(c, outcome.value);
      if (shred.scope.type === "tenant") {
        const change = new Directory(c.env.DIRECTORY).update(tenantId, { status: "offboarded" }, Date.now());
        await inDirectory(change);
      }
      setHeader(c, "Location", `/admin/v1/tenants/${tenantId}/shreds/${shred.id}`);
      return replyJson(c, await presentShred(c.env, tenantId, shred), 202);
    },
  )

  .get(
    "/tenants/:tenantId/shreds",
    operatorOperation({
      id: "listShreds",
      summary: "What was shredded of a tenant, the newest 100",
      scope: "admin:read",
      success: { 200: "What was shredded" },
      problems: ["tenant_invalid", "tenant_not_found"],
    }),
    async (c) => {
      const tenantId = namedTenant(c.req.param("tenantId"));
      const outcome = await callTenant(c.env, operatorCaller(c, tenantId), (tenant, caller) =>
        tenant.inspectShreds(caller, null),
      );
      if (!outcome.ok) throw unknownTenant();
      const data = await Promise.all(outcome.value.map((shred) => presentShred(c.env, tenantId, shred)));
      return replyJson(c, { data });
    },
  )

  .get(
    "/tenants/:tenantId/shreds/:shredId",
    operatorOperation({
      id: "inspectShred",
      summary: "How far a shredding has come, and its signed certificate once it is complete",
      scope: "admin:read",
      success: { 200: "The shredding" },
      problems: ["tenant_invalid", "tenant_not_found", "not_found"],
    }),
    async (c) => {
      const tenantId = namedTenant(c.req.param("tenantId"));
      const outcome = await callTenant(c.env, operatorCaller(c, tenantId), (tenant, caller) =>
        tenant.inspectShreds(caller, c.req.param("shredId")),
      );
      if (!outcome.ok) throw unknownTenant();
      const [shred] = outcome.value;
      if (!shred) throw new Problem("not_found", "Nothing was shredded under this id.");
      return replyJson(c, await presentShred(c.env, tenantId, shred));
    },
  );

function scopeOf(body: z.output<typeof ShredBody>): ShredScope {
  switch (body.scope) {
    case "tenant":
      return { type: "tenant" };
    case "job":
      return { type: "job", jobId: body.job_id };
    case "field":
      return { type: "field", jobId: body.job_id, fields: body.fields.map((name) => FIELDS[name]) };
  }
}

/** What a certificate says, and what is shown without one. */
const facts = (tenantId: TenantId, shred: Shred) => ({
  tenant_id: tenantId,
  scope: shred.scope.type,
  ...(shred.scope.type === "tenant" ? {} : { job_id: shred.scope.jobId }),
  ...(shred.scope.type === "field" ? { fields: wireNames(shred.scope.fields) } : {}),
  reason: shred.reason,
  requested_by: shred.requestedBy,
  requested_at: rfc3339(shred.requestedAtMs),
  erased_at: shred.erasedAtMs === null ? null : rfc3339(shred.erasedAtMs),
  completed_at: shred.completedAtMs === null ? null : rfc3339(shred.completedAtMs),
  destroyed_keys: shred.keys,
  log: shred.log,
});

const wireNames = (names: readonly PrivateName[]): readonly string[] =>
  FIELD_NAMES.filter((name) => names.includes(FIELDS[name]));

/** The certificate is signed anew each time from the same facts, and so is the same text as long as the key is. */
async function presentShred(env: Env, tenantId: TenantId, shred: Shred) {
  const status = shred.completedAtMs !== null ? "complete" : shred.erasedAtMs !== null ? "erased" : "erasing";
  return {
    id: shred.id,
    status,
    ...facts(tenantId, shred),
    certificate: shred.completedAtMs === null ? null : await certificate(env, tenantId, shred),
  };
}

const certificate = (env: Env, tenantId: TenantId, shred: Shred): Promise<string> =>
  signingKeys(env).sign("validahub-shred-certificate+jws", { id: shred.id, ...facts(tenantId, shred) });

function refusedShred(refusal: ShredRefusal | KeyRefusal | UnknownTenant): Problem {
  switch (refusal.reason) {
    case "tenant_not_found":
      return unknownTenant();
    case "unknown_job":
      return unknownJob(refusal);
    case "shredded":
      return new Problem(
        "invalid_state_transition",
        "The tenant's keys are destroyed already: nothing of it can be read.",
      );
    case "idempotency_conflict":
      return idempotencyConflict();
    case "key_unavailable":
    case "key_withdrawn":
      return keyProblem(refusal);
  }
}
