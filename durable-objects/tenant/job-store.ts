import type { Job, JobStatus } from "../../src/domain/job";
import { fromJsonText, toJsonText, type JsonText } from "../../src/domain/json-text";

export interface JobFilter {
  readonly status: JobStatus | null;
  readonly channel: string | null;
  readonly type: string | null;
  /** Ids are UUIDv7, so a creation time is a bound on the id; both exclusive. */
  readonly idAbove: string | null;
  readonly idBelow: string | null;
}

/** A job as it rests: what its life needs as one body, and its client's own affairs sealed beside it. */
export interface StoredJob {
  readonly id: string;
  readonly body: JsonText<Job>;
  readonly sealed: string | null;
}

/** What a job is made with beside its body. */
export interface JobSeal {
  readonly sealed: string | null;
  /** Blind index of its seller. */
  readonly sellerIndex: string | null;
}

export interface JobPlace {
  readonly limit: number;
  readonly offset: number;
  /** The last job of the page before. */
  readonly after: string | null;
}

export interface JobPage {
  readonly jobs: readonly StoredJob[];
  /** All that match, whatever the page. */
  readonly total: number;
}

/** The aggregate is one JSON body; only what a query looks for is a column of its own. */
type JobRow = { body: JsonText<Job> };
type StoredRow = { id: string; body: JsonText<Job>; sealed: string | null };

const MATCHES = `(?1 IS NULL OR status = ?1) AND (?2 IS NULL OR channel = ?2) AND (?3 IS NULL OR type = ?3)
  AND id > ?4 AND id < ?5`;
/** Appended where jobs of one seller are asked for: by itself it would keep every other listing from its index. */
const OF_SELLER = ` AND seller_index IN (SELECT value FROM json_each(?6))`;
const LOWEST_ID = "";
const HIGHEST_ID = "g"; // Sorts after every hexadecimal digit.

/** Owns the `jobs` table. It never opens a transaction: the caller composes. */
export class JobStore {
  constructor(private readonly sql: SqlStorage) {}

  find(id: string): Job | undefined {
    const row = this.sql.exec<JobRow>(`SELECT body FROM jobs WHERE id = ?`, id).toArray()[0];
    return row && fromJsonText(row.body);
  }

  findStored(id: string): StoredJob | undefined {
    return this.sql.exec<StoredRow>(`SELECT id, body, sealed FROM jobs WHERE id = ?`, id).toArray()[0];
  }

  insert(job: Job, { sealed, sellerIndex }: JobSeal): JsonText<Job> {
    const body = toJsonText(job);
    this.sql.exec(
      `INSERT INTO jobs (id, status, channel, type, lease_token, lease_expires_ms, not_before_ms, expires_at_ms, body,
         sealed, seller_index)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      job.id,
      job.status,
      job.channel,
      job.type,
      job.lease?.token ?? null,
      job.lease?.expiresAtMs ?? null,
      job.notBeforeMs,
      job.expiresAtMs,
      body,
      sealed,
      sellerIndex,
    );
    return body;
  }

  /** Whether another job reads this file. */
  othersRead(fileRef: string, id: string): boolean {
    return (
      this.sql
        .exec(`SELECT 1 FROM jobs WHERE body ->> '$.fileRef' = ? AND id <> ? LIMIT 1`, fileRef, id)
        .toArray().length > 0
    );
  }

  eraseAll(): void {
    this.sql.exec(`DELETE FROM jobs`);
  }

  save(job: Job): void {
    this.sql.exec(
      `UPDATE jobs SET status = ?, lease_token = ?, lease_expires_ms = ?, not_before_ms = ?, body = ? WHERE id = ?`,
      job.status,
      job.lease?.token ?? null,
      job.lease?.expiresAtMs ?? null,
      job.notBeforeMs,
      toJsonText(job),
      job.id,
    );
  }

  /** Newest first. `sellerIndexes`: only jobs with one of these; null: whatever their seller. */
  list(
    filter: JobFilter,
    sellerIndexes: readonly string[] | null,
    { limit, offset, after }: JobPlace,
  ): JobPage {
    const bindings = [
      filter.status,
      filter.channel,
      filter.type,
      filter.idAbove ?? LOWEST_ID,
      filter.idBelow ?? HIGHEST_ID,
      JSON.stringify(sellerIndexes),
    ];
    const matches = `${MATCHES} AND ?6 IS NOT NULL${sellerIndexes === null ? "" : OF_SELLER}`;
    const jobs = this.sql
      .exec<StoredRow>(
        `SELECT id, body, sealed FROM jobs WHERE ${matches} AND id < ?7 ORDER BY id DESC LIMIT ?8 OFFSET ?9`,
        ...bindings,
        after ?? HIGHEST_ID,
        limit,
        offset,
      )
      .toArray();
    const { total } = this.sql
      .exec<{ total: number }>(`SELECT COUNT(*) AS total FROM jobs WHERE ${matches}`, ...bindings)
      .one();
    return { jobs, total };
  }

  /** How many jobs hold a lease, and with it one of the tenant's running places. */
  leasedCount(): number {
    return this.sql
      .exec<{ n: number }>(`SELECT COUNT(*) AS n FROM jobs WHERE lease_expires_ms IS NOT NULL`)
      .one().n;
  }

  /** Jobs that wait for a lease: interrupted ones first, then the oldest. */
  waiting(nowMs: number, limit: number): Job[] {
    const interrupted = this.#waiting("running", nowMs, limit);
    return [...interrupted, ...this.#waiting("queued", nowMs, limit - interrupted.length)];
  }

  /** Jobs that hold a lease; at most as many as the tenant has running places. */
  leased(): Job[] {
    return this.#jobs(`SELECT body FROM jobs WHERE lease_expires_ms IS NOT NULL`);
  }

  /** Jobs that can still be cancelled. */
  unfinished(limit: number): Job[] {
    return this.#jobs(
      `SELECT body FROM jobs WHERE status IN ('queued', 'running') ORDER BY status, id LIMIT ?`,
      limit,
    );
  }

  leaseExpired(nowMs: number, limit: number): Job[] {
    return this.#jobs(
      `SELECT body FROM jobs WHERE lease_expires_ms IS NOT NULL AND lease_expires_ms <= ?
       ORDER BY lease_expires_ms LIMIT ?`,
      nowMs,
      limit,
    );
  }

  /** Queued jobs whose time is over. */
  overdue(nowMs: number, limit: number): Job[] {
    return this.#jobs(
      `SELECT body FROM jobs WHERE status = 'queued' AND expires_at_ms <= ? ORDER BY id LIMIT ?`,
      nowMs,
      limit,
    );
  }

  nextLeaseExpiryMs(): number | null {
    return this.#min(`SELECT MIN(lease_expires_ms) AS due FROM jobs WHERE lease_expires_ms IS NOT NULL`);
  }

  nextExpiryMs(): number | null {
    return this.#min(`SELECT MIN(expires_at_ms) AS due FROM jobs WHERE status = 'queued'`);
  }

  /** When the next job that backs off from a fault may be dispatched. */
  nextDispatchMs(): number | null {
    return this.#min(
      `SELECT MIN(not_before_ms) AS due FROM jobs WHERE status IN ('queued', 'running') AND lease_token IS NULL`,
    );
  }

  #waiting(status: JobStatus, nowMs: number, limit: number): Job[] {
    return this.#jobs(
      `SELECT body FROM jobs WHERE status = ? AND lease_token IS NULL AND not_before_ms <= ? ORDER BY id LIMIT ?`,
      status,
      nowMs,
      limit,
    );
  }

  #jobs(query: string, ...bindings: SqlStorageValue[]): Job[] {
    return this.sql
      .exec<JobRow>(query, ...bindings)
      .toArray()
      .map(({ body }) => fromJsonText(body));
  }

  #min(query: string): number | null {
    return this.sql.exec<{ due: number | null }>(query).one().due;
  }
}
