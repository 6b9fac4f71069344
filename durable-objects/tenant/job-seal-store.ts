import type { Job } from "../../src/domain/job";
import { toJsonText } from "../../src/domain/json-text";
import type { JobSeal } from "./job-store";

/** What rests sealed of the `jobs` table's rows, for whoever seals them anew. It never opens a transaction. */
export class JobSealStore {
  constructor(private readonly sql: SqlStorage) {}

  /** Sealed jobs after `id` in order, at most `limit`. */
  after(id: string, limit: number): { id: string; sealed: string }[] {
    return this.sql
      .exec<{ id: string; sealed: string }>(
        `SELECT id, sealed FROM jobs WHERE id > ? AND sealed IS NOT NULL ORDER BY id LIMIT ?`,
        id,
        limit,
      )
      .toArray();
  }

  count(): number {
    return this.sql.exec<{ n: number }>(`SELECT COUNT(*) AS n FROM jobs WHERE sealed IS NOT NULL`).one().n;
  }

  /** Whether a text begins like `any` and not like `wanted`: sealed, and by another key. */
  hasOther(wanted: string, any: string): boolean {
    return (
      this.sql
        .exec(
          `SELECT 1 FROM jobs
           WHERE substr(sealed, 1, length(?2)) = ?2 AND substr(sealed, 1, length(?1)) <> ?1 LIMIT 1`,
          wanted,
          any,
        )
        .toArray().length > 0
    );
  }

  save(id: string, { sealed, sellerIndex }: JobSeal): void {
    this.sql.exec(`UPDATE jobs SET sealed = ?, seller_index = ? WHERE id = ?`, sealed, sellerIndex, id);
  }

  /** Jobs of before sealing, whose bodies hold their clients' affairs. */
  inTheClear(): { id: string; body: string }[] {
    return this.sql
      .exec<{ id: string; body: string }>(
        `SELECT id, body FROM jobs WHERE sealed IS NULL AND json_type(body, '$.sellerId') IS NOT NULL`,
      )
      .toArray();
  }

  sealClear(job: Job, { sealed, sellerIndex }: JobSeal): void {
    this.sql.exec(
      `UPDATE jobs SET body = ?, sealed = ?, seller_index = ? WHERE id = ?`,
      toJsonText(job),
      sealed,
      sellerIndex,
      job.id,
    );
  }
}
