import { ERASED_PAYLOAD } from "../../src/domain/log";

export type SealedRow = {
  epoch: number;
  seq: number;
  subject: string;
  payload: string;
  sealed: string;
};

type SealedPlace = { epoch: number; seq: number; sealed: string | null };

/** What rests sealed of the `log` table's rows, for whoever seals them anew or destroys them. It never opens a transaction. */
export class LogSealStore {
  constructor(private readonly sql: SqlStorage) {}

  /** Entries with sealed members after `(epoch, seq)` in order, at most `limit`. */
  after(epoch: number, seq: number, limit: number): SealedRow[] {
    return this.sql
      .exec<SealedRow>(
        `SELECT epoch, seq, subject, payload, sealed FROM log
         WHERE (epoch, seq) > (?, ?) AND sealed IS NOT NULL ORDER BY epoch, seq LIMIT ?`,
        epoch,
        seq,
        limit,
      )
      .toArray();
  }

  /** The entry that made a job, by its place; undefined where it made it before a restore. */
  submissionOf(jobId: string): SealedPlace | undefined {
    return this.sql
      .exec<SealedPlace>(
        `SELECT epoch, seq, sealed FROM log WHERE type = 'job.submitted' AND subject = ?`,
        `job:${jobId}`,
      )
      .toArray()[0];
  }

  /** What jobs and files said is no more; digests and hashes stay. */
  erasePayloads(): void {
    this.sql.exec(
      `UPDATE log SET payload = ?, sealed = NULL, salt = NULL
       WHERE kind = 'event' AND (type GLOB 'job.*' OR type GLOB 'file.*')`,
      ERASED_PAYLOAD,
    );
  }

  /** What rests of one entry. */
  at(epoch: number, seq: number): Pick<SealedRow, "payload" | "sealed"> | undefined {
    return this.sql
      .exec<Pick<SealedRow, "payload" | "sealed">>(
        `SELECT payload, sealed FROM log WHERE epoch = ? AND seq = ?`,
        epoch,
        seq,
      )
      .toArray()[0];
  }

  count(): number {
    return this.sql.exec<{ n: number }>(`SELECT COUNT(*) AS n FROM log WHERE sealed IS NOT NULL`).one().n;
  }

  /** Whether a text begins like `any` and not like `wanted`: sealed, and by another key. */
  hasOther(wanted: string, any: string): boolean {
    return (
      this.sql
        .exec(
          `SELECT 1 FROM log
           WHERE substr(sealed, 1, length(?2)) = ?2 AND substr(sealed, 1, length(?1)) <> ?1 LIMIT 1`,
          wanted,
          any,
        )
        .toArray().length > 0
    );
  }

  /** The digest stays: the same data, sealed anew. */
  save({ epoch, seq }: { epoch: number; seq: number }, sealed: string | null): void {
    this.sql.exec(`UPDATE log SET sealed = ? WHERE epoch = ? AND seq = ?`, sealed, epoch, seq);
  }

  /** Submissions of before sealing that say what is private. */
  inTheClear(): { epoch: number; seq: number; subject: string; payload: string; salt: string }[] {
    return this.sql
      .exec<{ epoch: number; seq: number; subject: string; payload: string; salt: string }>(
        `SELECT epoch, seq, subject, payload, salt FROM log
         WHERE type = 'job.submitted' AND sealed IS NULL AND json_type(payload, '$.seller_id') IS NOT NULL`,
      )
      .toArray();
  }

  /** The digest stays: it stands for the whole data. The salt is sealed with what it protects. */
  sealClear({ epoch, seq }: { epoch: number; seq: number }, payload: string, sealed: string): void {
    this.sql.exec(
      `UPDATE log SET payload = ?, sealed = ?, salt = NULL WHERE epoch = ? AND seq = ?`,
      payload,
      sealed,
      epoch,
      seq,
    );
  }
}
