import { Hono } from "hono";
import { v7 as uuidV7 } from "uuid";
import * as z from "zod";
import type { IdempotencyRefusal } from "../../../durable-objects/tenant/answer";
import type { UnknownTenant } from "../../../durable-objects/tenant/operator-calls";
import type { LifecycleRefusal } from "../../../durable-objects/tenant/operations/lifecycle";
import { mintApiKey } from "../../auth/api-key-text";
import { SUPPORT_SCOPES } from "../../domain/scope";
import { readConfig } from "../../env";
import { callTenant } from "../call-tenant";
import type { OperatorEnv } from "../context";
import { created, idempotencyConflict, idempotencyOf } from "../idempotency";
import { jsonBody } from "../json-body";
import { operatorOperation } from "../operation";
import { presentSupportAccess } from "../present-key";
import { Problem } from "../problem";
import { reply, replyJson } from "../reply";
import { namedTenant, operatorCaller, refusedLifecycle, unknownTenant } from "./operator-caller";

const MAX_MINUTES = 8 * 60;

const GrantBody = z.strictObject({
  reason: z.string().min(10).max(500),
  minutes: z.int().min(1).max(MAX_MINUTES).default(60),
  scopes: z.array(z.enum(SUPPORT_SCOPES)).min(1).max(SUPPORT_SCOPES.length).optional(),
});

/** Support looks at one tenant, for a while, for a reason that the tenant can read; each look is in its log. */
export const supportAccess = new Hono<OperatorEnv>()
  .post(
    "/tenants/:tenantId/support-access",
    operatorOperation({
      id: "grantSupportAccess",
      summary: "A key to look at one tenant, time-boxed and bound to a reason that the tenant sees",
      scope: "admin:write",
      body: GrantBody,
      idempotent: true,
      success: { 201: "The grant, with its key, which is shown this once" },
      problems: ["tenant_invalid", "tenant_not_found"],
    }),
    async (c) => {
      const tenantId = namedTenant(c.req.param("tenantId"));
      const body = await jsonBody(c.req.raw, GrantBody);
      const { environment, apiKeyMacKeys } = readConfig(c.env);
      const id = uuidV7();
      const { text, secretHash } = mintApiKey(apiKeyMacKeys[0], { environment, tenantId, keyId: id });
      const grant = {
        id,
        secretHash,
        reason: body.reason,
        operator: c.var.operator,
        scopes: body.scopes ?? SUPPORT_SCOPES,
        expiresAtMs: Date.now() + body.minutes * 60_000,
        idempotency: idempotencyOf(c, body),
      };
      const outcome = await callTenant(c.env, operatorCaller(c, tenantId), (tenant, caller) =>
        tenant.grantSupport(caller, grant),
      );
      if (!outcome.ok) throw refusedGrant(outcome.error);
      const access = presentSupportAccess(created(c, outcome.value), Date.now());
      return replyJson(c, outcome.value.replayed ? access : { ...access, key: text }, 201);
    },
  )

  .get(
    "/tenants/:tenantId/support-access",
    operatorOperation({
      id: "listTenantSupportAccess",
      summary: "The support grants of one tenant, newest first",
      scope: "admin:read",
      success: { 200: "The newest 100 grants" },
      problems: ["tenant_invalid", "tenant_not_found"],
    }),
    async (c) => {
      const caller = operatorCaller(c, namedTenant(c.req.param("tenantId")));
      const outcome = await callTenant(c.env, caller, (tenant) =>
        tenant.listSupportForOperator(caller, { limit: 100, after: null }),
      );
      if (!outcome.ok) throw unknownTenant();
      return replyJson(c, {
        data: outcome.value.slice(0, 100).map((key) => presentSupportAccess(key, Date.now())),
      });
    },
  )

  .delete(
    "/tenants/:tenantId/support-access/:accessId",
    operatorOperation({
      id: "endTenantSupportAccess",
      summary: "Ends a support grant before its time",
      scope: "admin:write",
      success: { 204: "It has ended" },
      problems: ["tenant_invalid", "tenant_not_found", "not_found"],
    }),
    async (c) => {
      const caller = operatorCaller(c, namedTenant(c.req.param("tenantId")));
      const outcome = await callTenant(c.env, caller, (tenant) =>
        tenant.endSupportByOperator(caller, c.req.param("accessId")),
      );
      if (outcome.ok) return reply(c, null, 204);
      throw outcome.error.reason === "tenant_not_found"
        ? unknownTenant()
        : new Problem("not_found", "There is no support access with this id.");
    },
  );

function refusedGrant(refusal: IdempotencyRefusal | LifecycleRefusal | UnknownTenant): Problem {
  return refusal.reason === "idempotency_conflict" ? idempotencyConflict() : refusedLifecycle(refusal);
}
