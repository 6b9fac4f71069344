export type TimerKind =
  | "archive"
  | "checkpoints"
  | "deliveries"
  | "dispatch"
  | "leases"
  | "expiry"
  | "relay"
  | "retention"
  | "housekeeping"
  | "offboarding"
  | "key_rotation"
  | "shredding";

/** Owns the `timers` table: what the object has to do next, and when. One alarm stands for the earliest. */
export class Timers {
  constructor(private readonly sql: SqlStorage) {}

  /** Makes sure that `kind` is due by `dueMs`; an earlier due time stays. */
  set(kind: TimerKind, dueMs: number): void {
    this.sql.exec(
      `INSERT INTO timers (kind, due_ms) VALUES (?, ?)
       ON CONFLICT (kind) DO UPDATE SET due_ms = excluded.due_ms WHERE excluded.due_ms < due_ms`,
      kind,
      dueMs,
    );
  }

  /** Makes sure that `kind` is due some time; whatever due time stands, a back-off included, stays. */
  ensure(kind: TimerKind, dueMs: number): void {
    this.sql.exec(
      `INSERT INTO timers (kind, due_ms) VALUES (?, ?) ON CONFLICT (kind) DO NOTHING`,
      kind,
      dueMs,
    );
  }

  /** Replaces the due time; null: nothing left to do. */
  replace(kind: TimerKind, dueMs: number | null): void {
    if (dueMs === null) this.sql.exec(`DELETE FROM timers WHERE kind = ?`, kind);
    else
      this.sql.exec(
        `INSERT INTO timers (kind, due_ms) VALUES (?, ?) ON CONFLICT (kind) DO UPDATE SET due_ms = excluded.due_ms`,
        kind,
        dueMs,
      );
  }

  /** What is due now; what waits for others last. */
  due(nowMs: number): TimerKind[] {
    return this.sql
      .exec<{ kind: TimerKind }>(
        `SELECT kind FROM timers WHERE due_ms <= ? ORDER BY kind IN ('relay', 'archive', 'retention', 'checkpoints'), due_ms, kind`,
        nowMs,
      )
      .toArray()
      .map(({ kind }) => kind);
  }

  nextMs(): number | null {
    return this.sql.exec<{ due: number | null }>(`SELECT MIN(due_ms) AS due FROM timers`).one().due;
  }
}
