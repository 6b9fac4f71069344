import type { BucketState } from "../../src/domain/bucket";
import type { TenantProfile, TenantStatus } from "../../src/domain/tenant";
import { parseTenantId, type TenantId } from "../../src/domain/tenant-id";
import type { Overrides, Tier } from "../../src/domain/tier";

/** The tenant, and what only its object needs to know of it. */
export interface TenantRecord extends TenantProfile {
  /** Signed links made before the last revocation carry an older number and are refused. */
  readonly linkEpoch: number;
}

type TenantRow = {
  tenant_id: string;
  name: string;
  tier: Tier;
  status: TenantStatus;
  overrides: string;
  shard: string;
  link_epoch: number;
  created_at_ms: number;
  updated_at_ms: number;
};

/** Owns the tables `tenant` (one row) and `bucket`. It never opens a transaction: the caller composes. */
export class TenantStore {
  constructor(private readonly sql: SqlStorage) {}

  find(): TenantRecord | undefined {
    const row = this.sql.exec<TenantRow>(`SELECT * FROM tenant`).toArray()[0];
    return (
      row && {
        tenantId: storedTenantId(row.tenant_id),
        name: row.name,
        tier: row.tier,
        status: row.status,
        overrides: JSON.parse(row.overrides) as Overrides,
        shard: row.shard,
        linkEpoch: row.link_epoch,
        createdAtMs: row.created_at_ms,
        updatedAtMs: row.updated_at_ms,
      }
    );
  }

  save(tenant: TenantRecord): void {
    this.sql.exec(
      `INSERT INTO tenant (id, tenant_id, name, tier, status, overrides, shard, link_epoch, created_at_ms, updated_at_ms)
       VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET
         name = excluded.name, tier = excluded.tier, status = excluded.status, overrides = excluded.overrides,
         shard = excluded.shard, link_epoch = excluded.link_epoch, updated_at_ms = excluded.updated_at_ms`,
      tenant.tenantId,
      tenant.name,
      tenant.tier,
      tenant.status,
      JSON.stringify(tenant.overrides),
      tenant.shard,
      tenant.linkEpoch,
      tenant.createdAtMs,
      tenant.updatedAtMs,
    );
  }

  bucket(resource: string): BucketState | undefined {
    const row = this.sql
      .exec<{
        tokens_micro: number;
        at_ms: number;
      }>(`SELECT tokens_micro, at_ms FROM bucket WHERE resource = ?`, resource)
      .toArray()[0];
    return row && { tokensMicro: row.tokens_micro, atMs: row.at_ms };
  }

  saveBucket(resource: string, state: BucketState): void {
    this.sql.exec(
      `INSERT INTO bucket (resource, tokens_micro, at_ms) VALUES (?, ?, ?)
       ON CONFLICT (resource) DO UPDATE SET tokens_micro = excluded.tokens_micro, at_ms = excluded.at_ms`,
      resource,
      state.tokensMicro,
      state.atMs,
    );
  }
}

/** What makes names and keys is checked again when it comes back from storage. */
function storedTenantId(text: string): TenantId {
  const tenantId = parseTenantId(text);
  if (tenantId === null) throw new Error("The object's tenant is stored under what is no tenant id.");
  return tenantId;
}
