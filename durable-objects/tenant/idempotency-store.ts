const DAY_MS = 86_400_000;

export interface KeptAnswer {
  readonly digest: string;
  /** The first answer's value as JSON. */
  readonly answer: string;
}

/**
 * Owns the `idempotency` table. Rows are keyed by the day they were made on, so that keeping one costs a single
 * row and forgetting a day is one range delete. It never opens a transaction: the caller composes.
 */
export class IdempotencyStore {
  constructor(private readonly sql: SqlStorage) {}

  /** The answer kept for this key within the last 24 hours. */
  find(route: string, key: string, nowMs: number): KeptAnswer | undefined {
    const today = dayOf(nowMs);
    return this.sql
      .exec<{ digest: string; answer: string }>(
        `SELECT digest, answer FROM idempotency
         WHERE day IN (?, ?, ?) AND route = ? AND key = ? AND created_at_ms > ?
         ORDER BY day DESC LIMIT 1`,
        // A clock that was set back over midnight has kept it under tomorrow.
        today + 1,
        today,
        today - 1,
        route,
        key,
        nowMs - DAY_MS,
      )
      .toArray()[0];
  }

  keep(route: string, key: string, kept: KeptAnswer, nowMs: number): void {
    this.sql.exec(
      `INSERT INTO idempotency (day, route, key, digest, answer, created_at_ms) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (day, route, key) DO UPDATE SET
         digest = excluded.digest, answer = excluded.answer, created_at_ms = excluded.created_at_ms`,
      dayOf(nowMs),
      route,
      key,
      kept.digest,
      kept.answer,
      nowMs,
    );
  }

  eraseAll(): void {
    this.sql.exec(`DELETE FROM idempotency`);
  }

  /** Deletes whole days that can hold no key in force any more. */
  forget(nowMs: number): void {
    this.sql.exec(`DELETE FROM idempotency WHERE day < ?`, dayOf(nowMs) - 1);
  }

  /** When the oldest day may be forgotten; null when nothing is kept. */
  nextForgetMs(): number | null {
    const { day } = this.sql.exec<{ day: number | null }>(`SELECT MIN(day) AS day FROM idempotency`).one();
    return day === null ? null : forgetAtMs(day);
  }
}

/** When a row kept at `nowMs` may be forgotten. */
export const forgottenAtMs = (nowMs: number): number => forgetAtMs(dayOf(nowMs));

const forgetAtMs = (day: number): number => (day + 2) * DAY_MS;
const dayOf = (ms: number): number => Math.floor(ms / DAY_MS);
