import { and, eq, gt, lt, lte } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { partitionOf } from "../domain/partition";
import type { TenantProfile, TenantStatus } from "../domain/tenant";
import { parseTenantId, type TenantId } from "../domain/tenant-id";
import { requireTenant } from "../domain/tenant-isolation";
import type { Overrides, Tier } from "../domain/tier";
import type { ShardName } from "../shards/shard-router";
import { partitions, tenantKeys, tenants } from "./schema";

type TenantRow = Readonly<typeof tenants.$inferSelect>;

export interface DirectoryTenant extends Omit<TenantRow, "tenantId"> {
  readonly tenantId: TenantId;
}

export interface NewTenant {
  readonly tenantId: TenantId;
  readonly name: string;
  readonly tier: Tier;
  readonly overrides: Overrides;
  readonly locationHint: string | null;
}

interface DirectoryPatch {
  readonly name?: string;
  readonly tier?: Tier;
  readonly overrides?: Overrides;
  readonly status?: TenantStatus;
}

interface DirectoryPage {
  readonly tenants: readonly DirectoryTenant[];
  readonly nextCursor: string | null;
}

/** A tenant's key as its object says it is. */
export interface FoundKey {
  readonly tenantId: TenantId;
  /** Null where there is none any more. */
  readonly version: number | null;
  readonly dueAtMs: number | null;
}

type OverdueKey = Readonly<typeof tenantKeys.$inferSelect>;

/**
 * What operators list and where tenants are placed. A tenant's object is the authority on its state: the directory
 * is written before it (`begin`) and after it (`activate`, `update`), and never asked on a tenant's request.
 */
export class Directory {
  readonly #db;

  constructor(db: D1Database) {
    this.#db = drizzle(db);
  }

  /** The shard a new tenant gets. Where a tenant *is* stands in its own row. */
  async place(tenantId: TenantId): Promise<ShardName> {
    const partition = partitionOf(tenantId);
    const row = await this.#db.select().from(partitions).where(eq(partitions.partition, partition)).get();
    if (!row) throw new Error(`Partition ${partition} is not assigned to a shard.`);
    return row.shard;
  }

  /** Notes a tenant as `provisioning` unless it is known; answers the row as it stands, so that a re-run goes on. */
  async begin(tenant: NewTenant, nowMs: number): Promise<DirectoryTenant> {
    const placed = {
      ...tenant,
      status: "provisioning",
      partition: partitionOf(tenant.tenantId),
      shard: await this.place(tenant.tenantId),
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    } as const;
    const [, [row]] = await this.#db.batch([
      this.#db.insert(tenants).values(placed).onConflictDoNothing(),
      this.#db.select().from(tenants).where(eq(tenants.tenantId, tenant.tenantId)),
    ]);
    if (!row) throw new Error("The directory lost a row inside one transaction.");
    return rowOf(tenant.tenantId, row);
  }

  /** Completes `begin` with what the tenant's object says. Changes nothing once that has happened. */
  async activate(
    tenantId: TenantId,
    { name, tier, overrides, status }: Pick<TenantProfile, "name" | "tier" | "overrides" | "status">,
    nowMs: number,
  ): Promise<void> {
    await this.#db
      .update(tenants)
      .set({ name, tier, overrides, status, updatedAtMs: nowMs })
      .where(and(eq(tenants.tenantId, tenantId), eq(tenants.status, "provisioning")));
  }

  async find(tenantId: TenantId): Promise<DirectoryTenant | undefined> {
    const row = await this.#db.select().from(tenants).where(eq(tenants.tenantId, tenantId)).get();
    return row && rowOf(tenantId, row);
  }

  /** By tenant id; the cursor is the last id of the page before. */
  async list(page: { readonly limit: number; readonly cursor: string | null }): Promise<DirectoryPage> {
    const rows = await this.#db
      .select()
      .from(tenants)
      .where(gt(tenants.tenantId, page.cursor ?? ""))
      .orderBy(tenants.tenantId)
      .limit(page.limit + 1);
    const found = rows.slice(0, page.limit).map(listed);
    return { tenants: found, nextCursor: rows.length > page.limit ? (found.at(-1)?.tenantId ?? null) : null };
  }

  /**
   * The row after the change; undefined for an unknown tenant, or where a later change (by the object's clock) was
   * told first. Overrides are replaced as a whole.
   */
  async update(
    tenantId: TenantId,
    patch: DirectoryPatch,
    nowMs: number,
  ): Promise<DirectoryTenant | undefined> {
    const row = await this.#db
      .update(tenants)
      .set({ ...patch, updatedAtMs: nowMs })
      .where(and(eq(tenants.tenantId, tenantId), lte(tenants.updatedAtMs, nowMs)))
      .returning()
      .get();
    return row && rowOf(tenantId, row);
  }

  /** Notes what a sweep has found of tenants' keys; at most 100 at once. */
  async noteKeys(found: readonly FoundKey[], nowMs: number): Promise<void> {
    const [first, ...others] = found.flatMap(({ tenantId, version, dueAtMs }) => {
      const former = this.#db.delete(tenantKeys).where(eq(tenantKeys.tenantId, tenantId));
      if (version === null || dueAtMs === null) return [former];
      return [former, this.#db.insert(tenantKeys).values({ tenantId, version, dueAtMs, seenAtMs: nowMs })];
    });
    if (first) await this.#db.batch([first, ...others]);
  }

  /** Tenants whose key should have been replaced before `beforeMs`, the longest overdue first; at most 100. */
  overdueKeys(beforeMs: number): Promise<readonly OverdueKey[]> {
    return this.#db
      .select()
      .from(tenantKeys)
      .where(lt(tenantKeys.dueAtMs, beforeMs))
      .orderBy(tenantKeys.dueAtMs)
      .limit(100);
  }

  /** Throws when the directory cannot be read or was never migrated. */
  async probe(): Promise<void> {
    await this.#db.select().from(partitions).limit(1);
  }
}

function rowOf(tenantId: TenantId, row: TenantRow): DirectoryTenant {
  requireTenant(tenantId, row.tenantId, "the directory's tenants");
  return { ...row, tenantId };
}

function listed(row: TenantRow): DirectoryTenant {
  const tenantId = parseTenantId(row.tenantId);
  if (tenantId === null) throw new Error("The directory holds a row under what is no tenant id.");
  return { ...row, tenantId };
}
