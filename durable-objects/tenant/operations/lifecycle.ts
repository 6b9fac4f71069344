import { revokeKey } from "../../../src/domain/api-key";
import type { Fact } from "../../../src/domain/event";
import { err, ok, type Result } from "../../../src/domain/result";
import type { TenantStatus } from "../../../src/domain/tenant";
import type { Caller } from "../../../src/domain/tenant-context";
import type { Stores } from "../stores";
import type { TenantRecord } from "../tenant-store";
import { applyStep } from "./jobs";

/** Jobs that one step of an offboarding ends at most. */
const STEP_MAX = 200;

export type LifecycleRefusal = { readonly reason: "offboarded" };

/**
 * Suspends, resumes or offboards. Whoever runs a job of the tenant loses its lease here and stops at its next
 * checkpoint; a suspended tenant's jobs wait, an offboarded one's are cancelled step by step. Offboarding is for good:
 * every key ends, every link is void, and the id is never given again.
 */
export function setStatus(
  stores: Stores,
  caller: Caller,
  tenant: TenantRecord,
  status: TenantStatus,
  reason: string | null,
  nowMs: number,
): Result<TenantRecord, LifecycleRefusal> {
  if (tenant.status === status) {
    stores.recordAccess("operator.access", caller, nowMs);
    return ok(tenant);
  }
  if (tenant.status === "offboarded") return err({ reason: "offboarded" });
  const changed: TenantRecord = {
    ...tenant,
    status,
    linkEpoch: status === "offboarded" ? tenant.linkEpoch + 1 : tenant.linkEpoch,
    updatedAtMs: Math.max(nowMs, tenant.updatedAtMs + 1),
  };
  stores.tenant.save(changed);
  stores.record(caller, lifecycleFact(tenant.tenantId, status, reason), nowMs);
  if (status !== "active") takeLeasesBack(stores, caller, nowMs);
  if (status === "active") {
    stores.timers.set("dispatch", nowMs);
    stores.timers.set("deliveries", nowMs);
  }
  if (status === "offboarded") {
    for (const key of stores.credentials.active(nowMs)) stores.credentials.save(revokeKey(key, nowMs));
    stores.timers.set("offboarding", nowMs);
  }
  return ok(changed);
}

/** One step of the way out: cancels what has not ended. Says whether more is left. */
export function cancelOffboarded(
  stores: Stores,
  by: Pick<Caller, "actorId" | "traceparent">,
  nowMs: number,
): boolean {
  const jobs = stores.jobs.unfinished(STEP_MAX);
  for (const job of jobs) applyStep(stores, by, job, { type: "cancel", reason: "tenant_offboarded" }, nowMs);
  return jobs.length === STEP_MAX;
}

function takeLeasesBack(stores: Stores, caller: Caller, nowMs: number): void {
  for (const job of stores.jobs.leased()) applyStep(stores, caller, job, { type: "pause" }, nowMs);
}

function lifecycleFact(tenantId: string, status: TenantStatus, reason: string | null): Fact {
  const subject = `tenant:${tenantId}`;
  const data = { reason };
  switch (status) {
    case "active":
      return { kind: "event", type: "tenant.resumed", subject, data };
    case "suspended":
      return { kind: "event", type: "tenant.suspended", subject, data };
    case "offboarded":
      return { kind: "event", type: "tenant.offboarded", subject, data };
  }
}
