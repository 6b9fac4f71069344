/** One attempt to deliver one event, as its tenant may see it. */
export interface Attempt {
  readonly id: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly epoch: number;
  readonly eventSeq: number;
  readonly type: string;
  /** Counted from 1. */
  readonly attempt: number;
  readonly atMs: number;
  readonly durationMs: number;
  readonly outcome: "delivered" | "failed";
  /** Of the answer; null where there was none. */
  readonly status: number | null;
  readonly fault: string | null;
  /** When it is tried again; null for never. */
  readonly nextMs: number | null;
  /** How the answer of a failure began, as it rests. */
  readonly sealed: string | null;
}

export interface AttemptFilter {
  readonly outcome: Attempt["outcome"] | null;
  readonly eventId: string | null;
}

type AttemptRow = {
  endpoint_id: string;
  id: string;
  event_id: string;
  epoch: number;
  event_seq: number;
  type: string;
  attempt: number;
  at_ms: number;
  duration_ms: number;
  outcome: Attempt["outcome"];
  status: number | null;
  fault: string | null;
  next_ms: number | null;
  sealed: string | null;
};

/** Ids are UUIDv7 in lower-case hexadecimal. */
const HIGHEST_ID = "g";

/** Owns the table `attempts`. It never opens a transaction: the caller composes. */
export class AttemptStore {
  constructor(private readonly sql: SqlStorage) {}

  insert(attempts: readonly Attempt[]): void {
    if (attempts.length === 0) return;
    this.sql.exec(
      `INSERT INTO attempts (endpoint_id, id, event_id, epoch, event_seq, type, attempt, at_ms, duration_ms, outcome,
         status, fault, next_ms, sealed)
       SELECT value ->> '$.endpointId', value ->> '$.id', value ->> '$.eventId', value ->> '$.epoch',
         value ->> '$.eventSeq', value ->> '$.type', value ->> '$.attempt', value ->> '$.atMs', value ->> '$.durationMs',
         value ->> '$.outcome', value ->> '$.status', value ->> '$.fault', value ->> '$.nextMs', value ->> '$.sealed'
       FROM json_each(?) WHERE TRUE ON CONFLICT DO NOTHING`,
      JSON.stringify(attempts),
    );
  }

  /** Newest first; one more than the limit tells whether there is a next page. */
  list(
    endpointId: string,
    { outcome, eventId }: AttemptFilter,
    page: { readonly limit: number; readonly after: string | null },
  ): Attempt[] {
    return this.sql
      .exec<AttemptRow>(
        `SELECT * FROM attempts WHERE endpoint_id = ?1 AND id < ?2
           AND (?3 IS NULL OR outcome = ?3) AND (?4 IS NULL OR event_id = ?4)
         ORDER BY id DESC LIMIT ?5`,
        endpointId,
        page.after ?? HIGHEST_ID,
        outcome,
        eventId,
        page.limit + 1,
      )
      .toArray()
      .map(toAttempt);
  }

  /** An endpoint's attempts of before an id's time, at most so many at once; whether there are more. */
  forget(endpointId: string, belowId: string, most: number): boolean {
    const { rowsWritten } = this.sql.exec(
      `DELETE FROM attempts WHERE endpoint_id = ?1 AND id IN (
         SELECT id FROM attempts WHERE endpoint_id = ?1 AND id < ?2 LIMIT ?3)`,
      endpointId,
      belowId,
      most,
    );
    return rowsWritten >= most;
  }

  /** All but the newest `most` of an endpoint. */
  keepNewest(endpointId: string, most: number): void {
    this.sql.exec(
      `DELETE FROM attempts WHERE endpoint_id = ?1 AND id < (
         SELECT id FROM attempts WHERE endpoint_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`,
      endpointId,
      most - 1,
    );
  }

  oldestMs(endpointId: string): number | null {
    const row = this.sql
      .exec<{ at: number }>(
        `SELECT at_ms AS at FROM attempts WHERE endpoint_id = ? ORDER BY id LIMIT 1`,
        endpointId,
      )
      .toArray()[0];
    return row?.at ?? null;
  }

  /** The answers' beginnings that are not sealed like this: a key that is on its way out opens them no more. */
  dropSnippets(sealedLike: string): void {
    this.sql.exec(
      `UPDATE attempts SET sealed = NULL WHERE sealed IS NOT NULL AND substr(sealed, 1, length(?1)) <> ?1`,
      sealedLike,
    );
  }

  removeAll(endpointId: string): void {
    this.sql.exec(`DELETE FROM attempts WHERE endpoint_id = ?`, endpointId);
  }

  eraseAll(): void {
    this.sql.exec(`DELETE FROM attempts`);
  }
}

const toAttempt = (row: AttemptRow): Attempt => ({
  id: row.id,
  endpointId: row.endpoint_id,
  eventId: row.event_id,
  epoch: row.epoch,
  eventSeq: row.event_seq,
  type: row.type,
  attempt: row.attempt,
  atMs: row.at_ms,
  durationMs: row.duration_ms,
  outcome: row.outcome,
  status: row.status,
  fault: row.fault,
  nextMs: row.next_ms,
  sealed: row.sealed,
});
