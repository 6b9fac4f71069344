import { fromJsonText, toJsonText, type JsonText } from "../../src/domain/json-text";
import type { Checkpoint } from "../../src/domain/checkpoint";

/** Owns the `checkpoints` table: what runs over large files have behind them. It never opens a transaction. */
export class CheckpointStore {
  constructor(private readonly sql: SqlStorage) {}

  /** The checkpoint that a run may go on from. */
  find(jobId: string): Checkpoint | null {
    return this.#read(`SELECT body FROM checkpoints WHERE job_id = ? AND is_discarded = 0`, jobId);
  }

  /** The one that no run may go on from any more. */
  findDiscarded(jobId: string): Checkpoint | null {
    return this.#read(`SELECT body FROM checkpoints WHERE job_id = ? AND is_discarded = 1`, jobId);
  }

  /** The same, whether a run may or not: what it names is to be cleared up. */
  findAny(jobId: string): Checkpoint | null {
    return this.#read(`SELECT body FROM checkpoints WHERE job_id = ?`, jobId);
  }

  /** A run may have left something, and made no checkpoint that would name it. */
  note(jobId: string): void {
    this.sql.exec(
      `INSERT INTO checkpoints (job_id, is_discarded, body) VALUES (?, 1, 'null') ON CONFLICT (job_id) DO NOTHING`,
      jobId,
    );
  }

  discard(jobId: string): void {
    this.sql.exec(`UPDATE checkpoints SET is_discarded = 1 WHERE job_id = ?`, jobId);
  }

  has(jobId: string): boolean {
    return this.sql.exec(`SELECT 1 FROM checkpoints WHERE job_id = ?`, jobId).toArray().length > 0;
  }

  save(jobId: string, checkpoint: Checkpoint): void {
    this.sql.exec(
      `INSERT INTO checkpoints (job_id, is_discarded, body) VALUES (?, 0, ?)
       ON CONFLICT (job_id) DO UPDATE SET is_discarded = 0, body = excluded.body`,
      jobId,
      toJsonText(checkpoint),
    );
  }

  /** Jobs whose work is over, one way or another, and that a checkpoint is still kept for. */
  left(after: string, limit: number): string[] {
    return this.sql
      .exec<{ id: string }>(
        `SELECT job_id AS id FROM checkpoints
         WHERE job_id > ? AND NOT EXISTS (SELECT 1 FROM jobs WHERE id = job_id AND status IN ('queued', 'running'))
         ORDER BY job_id LIMIT ?`,
        after,
        limit,
      )
      .toArray()
      .map(({ id }) => id);
  }

  forget(jobId: string): void {
    this.sql.exec(`DELETE FROM checkpoints WHERE job_id = ?`, jobId);
  }

  eraseAll(): void {
    this.sql.exec(`DELETE FROM checkpoints`);
  }

  #read(query: string, jobId: string): Checkpoint | null {
    const row = this.sql.exec<{ body: JsonText<Checkpoint | null> }>(query, jobId).toArray()[0];
    return row ? fromJsonText(row.body) : null;
  }
}
