import { Hono } from "hono";
import type { Limits } from "../../domain/tier";
import { noRefusal, unwrap } from "../answer";
import type { TenantEnv } from "../context";
import { callTenant } from "../call-tenant";
import { tenantOperation } from "../operation";
import { replyJson } from "../reply";

/** What the tenant may do and what is left of it; any valid token of the tenant may ask. */
export const tenant = new Hono<TenantEnv>().get(
  "/tenant",
  tenantOperation({
    id: "getTenant",
    summary: "What the tenant may do and what is left of it",
    scope: null,
    success: { 200: "Tier, limits and what is left" },
  }),
  async (c) => {
    const { caller } = c.var;
    const answer = await callTenant(c.env, caller, (object) => object.standing(caller));
    const { tenant: record, limits, runningJobs } = unwrap(c, answer, noRefusal);
    const remaining = answer.rate?.remaining ?? 0;
    return replyJson(c, {
      tenant_id: record.tenantId,
      name: record.name,
      tier: record.tier,
      status: record.status,
      shard_kind: "shared",
      limits: presentLimits(limits),
      remaining: { requests: remaining, running_jobs: Math.max(0, limits.runningJobs - runningJobs) },
    });
  },
);

const presentLimits = (limits: Limits) => ({
  rate: limits.rate,
  running_jobs: limits.runningJobs,
  rows_per_day: limits.rowsPerDay,
  storage_bytes: limits.storageBytes,
  file_bytes: limits.fileBytes,
  signed_url_seconds: limits.signedUrlSeconds,
});
