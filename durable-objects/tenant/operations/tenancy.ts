import { err, ok, type Result } from "../../../src/domain/result";
import type { Overrides, Tier } from "../../../src/domain/tier";
import type { Caller } from "../../../src/domain/tenant-context";
import type { Created, Idempotency, IdempotencyRefusal, KeyRefusal } from "../answer";
import type { Stores } from "../stores";
import type { TenantRecord } from "../tenant-store";
import { once, wholeAnswer } from "./once";

export interface Provision {
  readonly name: string;
  readonly tier: Tier;
  readonly overrides: Overrides;
  readonly shard: string;
  readonly idempotency: Idempotency;
}

export interface TenantPatch {
  readonly name?: string;
  readonly tier?: Tier;
  readonly overrides?: Overrides;
}

export type ProvisionRefusal = IdempotencyRefusal | KeyRefusal | { readonly reason: "already_exists" };

export function provision(
  stores: Stores,
  caller: Caller,
  input: Provision,
  nowMs: number,
): Result<Created<TenantRecord>, ProvisionRefusal> {
  return once(stores, input.idempotency, nowMs, wholeAnswer<TenantRecord>(), () => {
    if (stores.tenant.find()) return err({ reason: "already_exists" });
    const tenant: TenantRecord = {
      tenantId: caller.tenantId,
      name: input.name,
      tier: input.tier,
      status: "active",
      overrides: input.overrides,
      shard: input.shard,
      linkEpoch: 1,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    };
    stores.tenant.save(tenant);
    stores.record(
      caller,
      {
        kind: "event",
        type: "tenant.provisioned",
        subject: `tenant:${tenant.tenantId}`,
        data: { tier: input.tier },
      },
      nowMs,
    );
    // Looks at the overrides once, and comes back when they end.
    stores.timers.set("dispatch", nowMs);
    return ok(tenant);
  });
}

/** Overrides are replaced as a whole. */
export function patchTenant(
  stores: Stores,
  caller: Caller,
  tenant: TenantRecord,
  patch: TenantPatch,
  nowMs: number,
): TenantRecord {
  const patched: TenantRecord = { ...tenant, ...patch, updatedAtMs: Math.max(nowMs, tenant.updatedAtMs + 1) };
  stores.tenant.save(patched);
  const data = { changed: Object.keys(patch).sort(), tier: patched.tier };
  stores.record(
    caller,
    { kind: "event", type: "tenant.updated", subject: `tenant:${tenant.tenantId}`, data },
    nowMs,
  );
  // More running places may have been given, and the key of another tier lives for another time.
  stores.timers.set("dispatch", nowMs);
  stores.timers.set("key_rotation", nowMs);
  return patched;
}
