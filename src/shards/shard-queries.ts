import { and, desc, eq, gt, lt, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { JobStatus, JobType } from "../domain/job";
import type { JobRecord } from "../domain/projection";
import type { TenantId } from "../domain/tenant-id";
import { requireTenant } from "../domain/tenant-isolation";
import { jobs } from "./schema";

export interface JobFilter {
  readonly status?: JobStatus;
  readonly channel?: string;
  readonly type?: JobType;
  /** Both exclusive. */
  readonly createdAfterMs?: number;
  readonly createdBeforeMs?: number;
}

/** The last row of the page before; rows that arrive meanwhile move nothing. */
export interface JobCursor {
  readonly createdAtMs: number;
  readonly id: string;
}

interface JobPage {
  readonly jobs: readonly JobRecord[];
  readonly next: JobCursor | null;
}

/** Look-ups in one shard. Every method takes the tenant first, and every query is served by an index it leads. */
export class ShardQueries {
  readonly #db;

  constructor(db: D1Database) {
    this.#db = drizzle(db);
  }

  async findJob(tenantId: TenantId, id: string): Promise<JobRecord | undefined> {
    const row = await this.#db
      .select()
      .from(jobs)
      .where(and(eq(jobs.tenantId, tenantId), eq(jobs.id, id)))
      .get();
    return row && toRecord(tenantId, row);
  }

  /** Newest first. */
  async listJobs(
    tenantId: TenantId,
    filter: JobFilter,
    page: { readonly limit: number; readonly after: JobCursor | null },
  ): Promise<JobPage> {
    const { status, channel, type, createdAfterMs, createdBeforeMs } = filter;
    const rows = await this.#db
      .select()
      .from(jobs)
      .where(
        and(
          eq(jobs.tenantId, tenantId),
          status && eq(jobs.status, status),
          channel === undefined ? undefined : eq(jobs.channel, channel),
          type && eq(jobs.type, type),
          createdAfterMs === undefined ? undefined : gt(jobs.createdAtMs, createdAfterMs),
          createdBeforeMs === undefined ? undefined : lt(jobs.createdAtMs, createdBeforeMs),
          page.after
            ? sql`(${jobs.createdAtMs}, ${jobs.id}) < (${page.after.createdAtMs}, ${page.after.id})`
            : undefined,
        ),
      )
      .orderBy(desc(jobs.createdAtMs), desc(jobs.id))
      .limit(page.limit + 1);
    const records = rows.map((row) => toRecord(tenantId, row));
    const found = records.slice(0, page.limit);
    const last = found.at(-1);
    const next = records.length > page.limit && last ? { createdAtMs: last.createdAtMs, id: last.id } : null;
    return { jobs: found, next };
  }
}

function toRecord(tenantId: TenantId, row: typeof jobs.$inferSelect): JobRecord {
  requireTenant(tenantId, row.tenantId, "a shard's jobs");
  const { total, processed, errors, warnings, corrections, errorCode, errorMessage } = row;
  return {
    id: row.id,
    status: row.status,
    channel: row.channel,
    type: row.type,
    fileRef: row.fileRef,
    rulesProfileId: row.rulesProfileId,
    sealed: row.sealed,
    idempotencyKey: row.idempotencyKey,
    retryOf: row.retryOf,
    outputRef: row.outputRef,
    reportRef: row.reportRef,
    counters: { total, processed, errors, warnings, corrections },
    findingsTotal: row.findingsTotal,
    progress: row.progress,
    error: errorCode === null ? null : { code: errorCode, message: errorMessage ?? "" },
    attempts: row.attempts,
    createdAtMs: row.createdAtMs,
    updatedAtMs: row.updatedAtMs,
    startedAtMs: row.startedAtMs,
    completedAtMs: row.completedAtMs,
    expiresAtMs: row.expiresAtMs,
  };
}
