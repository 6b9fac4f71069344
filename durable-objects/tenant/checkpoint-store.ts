import { fromJsonText, toJsonText, type JsonText } from "../../src/domain/json-text";
import type { Checkpoint } from "../../src/domain/checkpoint";

/** Owns the `checkpoints` table: what runs over large files have behind them. It never opens a transaction. */
export class CheckpointStore {
  constructor(private readonly sql: SqlStorage) {}

  find(jobId: string): Checkpoint | null {
    const row = this.sql
      .exec<{ body: JsonText<Checkpoint> }>(`SELECT body FROM checkpoints WHERE job_id = ?`, jobId)
      .toArray()[0];
    return row ? fromJsonText(row.body) : null;
  }

  has(jobId: string): boolean {
    return this.sql.exec(`SELECT 1 FROM checkpoints WHERE job_id = ?`, jobId).toArray().length > 0;
  }

  save(jobId: string, checkpoint: Checkpoint): void {
    this.sql.exec(
      `INSERT INTO checkpoints (job_id, body) VALUES (?, ?)
       ON CONFLICT (job_id) DO UPDATE SET body = excluded.body`,
      jobId,
      toJsonText(checkpoint),
    );
  }

  /** Jobs whose work is over, one way or another, and that a checkpoint is still kept for. */
  left(limit: number): string[] {
    return this.sql
      .exec<{ id: string }>(
        `SELECT job_id AS id FROM checkpoints
         WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE id = job_id AND status IN ('queued', 'running')) LIMIT ?`,
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
}
