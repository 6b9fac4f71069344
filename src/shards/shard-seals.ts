import type { TenantId } from "../domain/tenant-id";
import { requireTenant } from "../domain/tenant-isolation";
import { boundJson } from "./bound-json";
import type { LogPosition } from "./shard-projection";

/** A job's sealed members as its tenant's object holds them now. */
export interface JobSealRow {
  readonly id: string;
  readonly sealed: string | null;
}

/** The same of a log entry. */
export interface EntrySealRow {
  readonly epoch: number;
  readonly seq: number;
  readonly payload: string | null;
  readonly sealed: string | null;
}

export type SubjectSealRow = EntrySealRow & { readonly subject: string };

/** Rows whose seal is not of the key that is wanted. */
export interface StaleRows {
  readonly jobs: readonly JobSealRow[];
  readonly entries: readonly SubjectSealRow[];
}

const STALE_MAX = 200;

/** Rows that are not there yet are not made: the relay brings them as they are by then. */
const RESEAL_JOBS = `WITH patch AS MATERIALIZED (
    SELECT ?1 AS tenant_id, value ->> '$.id' AS id, value ->> '$.sealed' AS sealed FROM json_each(?2))
  UPDATE jobs SET sealed = patch.sealed FROM patch
  WHERE jobs.tenant_id = patch.tenant_id AND jobs.id = patch.id`;

const RESEAL_EVENTS = `WITH patch AS MATERIALIZED (
    SELECT ?1 AS tenant_id, value ->> '$.epoch' AS epoch, value ->> '$.seq' AS seq,
      value ->> '$.payload' AS payload, value ->> '$.sealed' AS sealed
    FROM json_each(?2))
  UPDATE events SET payload = patch.payload, sealed = patch.sealed FROM patch
  WHERE events.tenant_id = patch.tenant_id AND events.epoch = patch.epoch AND events.seq = patch.seq`;

/** A submission is written at the very time at which its job was made. */
const RESEAL_SUBMISSION = `UPDATE events INDEXED BY events_by_time SET sealed = ?4
  WHERE tenant_id = ?1 AND time_ms = ?2 AND subject = ?3 AND type = 'job.submitted'`;

const SEALED_EVENTS = `SELECT tenant_id AS "tenantId", epoch, seq, subject, payload, sealed FROM events
  WHERE tenant_id = ?1 AND (epoch, seq) > (?2, ?3) AND (epoch, seq) <= (?4, ?5) AND sealed IS NOT NULL
  ORDER BY epoch, seq LIMIT ?6`;

/** `?2`: how a text begins that the wanted key has sealed; `?3`: how any sealed text begins. */
const STALE_JOBS = `SELECT tenant_id AS "tenantId", id, sealed FROM jobs
  WHERE tenant_id = ?1 AND substr(sealed, 1, length(?3)) = ?3 AND substr(sealed, 1, length(?2)) <> ?2
  LIMIT ${STALE_MAX}`;

/** Also submissions of before sealing. */
const STALE_EVENTS = `SELECT tenant_id AS "tenantId", epoch, seq, subject, payload, sealed FROM events
  WHERE tenant_id = ?1 AND type = 'job.submitted' AND (
    (substr(sealed, 1, length(?3)) = ?3 AND substr(sealed, 1, length(?2)) <> ?2)
    OR (sealed IS NULL AND payload ->> '$.seller_id' IS NOT NULL))
  LIMIT ${STALE_MAX}`;

const ERASE = [
  `DELETE FROM jobs WHERE tenant_id = ?1`,
  `UPDATE events SET payload = '{}', sealed = NULL
   WHERE tenant_id = ?1 AND (type GLOB 'job.*' OR type GLOB 'file.*')`,
];

/** What a shard holds sealed of a tenant, brought to the tenant's current key. Repeating any of it is harmless. */
export class ShardSeals {
  constructor(private readonly db: D1Database) {}

  /** Replaces the seals of rows that are there. Callers bound a call to 200 rows. */
  async reseal(
    tenantId: TenantId,
    jobs: readonly JobSealRow[],
    entries: readonly EntrySealRow[],
  ): Promise<void> {
    const statement = (sql: string, rows: readonly unknown[]) =>
      boundJson(rows).map((json) => this.db.prepare(sql).bind(tenantId, json));
    const statements = [...statement(RESEAL_JOBS, jobs), ...statement(RESEAL_EVENTS, entries)];
    if (statements.length > 0) await this.db.batch(statements);
  }

  /** The same of a job's submission, whose place in the log is known no more. */
  async resealSubmission(
    tenantId: TenantId,
    jobId: string,
    atMs: number,
    sealed: string | null,
  ): Promise<void> {
    await this.db.prepare(RESEAL_SUBMISSION).bind(tenantId, atMs, `job:${jobId}`, sealed).run();
  }

  /** Entries with sealed members after a place and up to another, in order. */
  async sealedAfter(
    tenantId: TenantId,
    after: LogPosition,
    upTo: LogPosition,
    limit: number,
  ): Promise<readonly SubjectSealRow[]> {
    const places = [after.epoch, after.seq, upTo.epoch, upTo.seq];
    return own(
      tenantId,
      await this.db
        .prepare(SEALED_EVENTS)
        .bind(tenantId, ...places, limit)
        .all(),
    );
  }

  /** Everything that is known of the tenant's jobs; of its log, places and digests stay. */
  async erase(tenantId: TenantId): Promise<void> {
    await this.db.batch(ERASE.map((sql) => this.db.prepare(sql).bind(tenantId)));
  }

  /** At most 200 of each. */
  async stale(tenantId: TenantId, wanted: string, any: string): Promise<StaleRows> {
    const [jobs, entries] = await this.db.batch([
      this.db.prepare(STALE_JOBS).bind(tenantId, wanted, any),
      this.db.prepare(STALE_EVENTS).bind(tenantId, wanted, any),
    ]);
    return { jobs: own(tenantId, jobs), entries: own(tenantId, entries) };
  }
}

/** The rows of one answer, each of which must be the tenant's. */
function own<T>(tenantId: TenantId, answer: D1Result | undefined): readonly T[] {
  const rows = (answer?.results ?? []) as (T & { readonly tenantId: string })[];
  for (const row of rows) requireTenant(tenantId, row.tenantId, "a shard's seals");
  return rows;
}
