import { Hono } from "hono";
import type { KeyStanding } from "../../../durable-objects/tenant/operations/key-standing";
import { Directory } from "../../directory/directory";
import { callTenant } from "../call-tenant";
import type { OperatorEnv } from "../context";
import { keyProblem } from "../key-custody-problems";
import { operatorOperation } from "../operation";
import { optionalTime, rfc3339 } from "../present";
import { presentRotation } from "../present-rotation";
import { replyJson } from "../reply";
import { inDirectory, namedTenant, operatorCaller, recordOperator, unknownTenant } from "./operator-caller";

/** A rotation begins by itself when it is due: one that has not ended a day later needs somebody to look. */
const GRACE_MS = 86_400_000;

/** Tenants' own keys, which seal their data. Nothing here shows one. */
export const keys = new Hono<OperatorEnv>()
  .get(
    "/tenants/:tenantId/keys",
    operatorOperation({
      id: "inspectTenantKeys",
      summary: "The versions of a tenant's key, when the next is due, and how a rotation goes on",
      scope: "admin:read",
      success: { 200: "The versions and the rotation" },
      problems: ["tenant_invalid", "tenant_not_found"],
    }),
    async (c) => {
      const tenantId = namedTenant(c.req.param("tenantId"));
      const outcome = await callTenant(c.env, operatorCaller(c, tenantId), (tenant, caller) =>
        tenant.inspectKeys(caller),
      );
      if (!outcome.ok) throw unknownTenant();
      return replyJson(c, presentKeys(outcome.value));
    },
  )

  .post(
    "/tenants/:tenantId/keys/rotate",
    operatorOperation({
      id: "rotateTenantKey",
      summary:
        "Puts a new version in force; all that former ones seal is sealed anew, and they are destroyed",
      scope: "admin:write",
      success: { 202: "The rotation, which goes on by itself" },
      problems: ["tenant_invalid", "tenant_not_found", "tenant_suspended"],
    }),
    async (c) => {
      const tenantId = namedTenant(c.req.param("tenantId"));
      const outcome = await callTenant(c.env, operatorCaller(c, tenantId), (tenant, caller) =>
        tenant.rotateKeys(caller),
      );
      if (outcome.ok) return replyJson(c, presentRotation(outcome.value), 202);
      throw outcome.error.reason === "tenant_not_found" ? unknownTenant() : keyProblem(outcome.error);
    },
  )

  .get(
    "/keys/overdue",
    operatorOperation({
      id: "listOverdueKeys",
      summary: "Tenants whose key should have been replaced a day ago and was not, as of the last sweep",
      scope: "admin:read",
      success: { 200: "The tenants; none when all is well" },
    }),
    async (c) => {
      await recordOperator(c, "operator.overdue_keys_read");
      const nowMs = Date.now();
      const overdue = await inDirectory(new Directory(c.env.DIRECTORY).overdueKeys(nowMs - GRACE_MS));
      return replyJson(c, {
        data: overdue.map((tenant) => ({
          tenant_id: tenant.tenantId,
          key_version: tenant.version,
          due_at: rfc3339(tenant.dueAtMs),
          seen_at: rfc3339(tenant.seenAtMs),
        })),
        meta: { overdue: overdue.length, as_of: rfc3339(nowMs) },
      });
    },
  );

const presentKeys = ({ versions, dueAtMs, customerKey, rotation }: KeyStanding) => ({
  versions: versions.map((one) => ({
    version: one.version,
    status: one.status,
    wrapper: one.wrapper,
    has_recovery: one.hasRecovery,
    created_at: rfc3339(one.createdAtMs),
    destroyed_at: optionalTime(one.destroyedAtMs),
  })),
  due_at: optionalTime(dueAtMs),
  customer_key: customerKey && {
    wrapper: customerKey.wrapper,
    status: customerKey.isInForce ? "in_force" : "leaving",
    settings_wrapper: customerKey.settingsWrapper,
  },
  rotation: rotation && presentRotation(rotation),
});
