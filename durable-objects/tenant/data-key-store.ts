import type { KeptKey } from "../../src/keys/key-custody";

/** One version of the tenant's key. The newest that is not retired seals; a retired one only opens. */
export interface DataKey {
  readonly version: number;
  /** Null once it was destroyed. */
  readonly kept: KeptKey | null;
  readonly createdAtMs: number;
  readonly retiredAtMs: number | null;
  readonly destroyedAtMs: number | null;
}

type DataKeyRow = {
  version: number;
  wrapper_id: string | null;
  wrapped: string | null;
  recovery: string | null;
  commitment: string;
  created_at_ms: number;
  retired_at_ms: number | null;
  destroyed_at_ms: number | null;
};

/** Owns the `data_keys` table. It never opens a transaction: the caller composes. */
export class DataKeyStore {
  constructor(private readonly sql: SqlStorage) {}

  /** All there were, oldest first. */
  list(): DataKey[] {
    return this.sql
      .exec<DataKeyRow>(`SELECT * FROM data_keys ORDER BY version`)
      .toArray()
      .map((row) => ({
        version: row.version,
        kept:
          row.wrapped === null
            ? null
            : {
                wrapped: { wrapperId: row.wrapper_id ?? "", text: row.wrapped },
                recovery: row.recovery,
                commitment: row.commitment,
              },
        createdAtMs: row.created_at_ms,
        retiredAtMs: row.retired_at_ms,
        destroyedAtMs: row.destroyed_at_ms,
      }));
  }

  /** A new version takes the place of those before it, which from now on only open. */
  insert(version: number, { wrapped, recovery, commitment }: KeptKey, nowMs: number): void {
    this.sql.exec(`UPDATE data_keys SET retired_at_ms = ? WHERE retired_at_ms IS NULL`, nowMs);
    this.sql.exec(
      `INSERT INTO data_keys (version, wrapper_id, wrapped, recovery, commitment, created_at_ms)
       VALUES (?, ?, ?, ?, ?, ?)`,
      version,
      wrapped.wrapperId,
      wrapped.text,
      recovery,
      commitment,
      nowMs,
    );
  }

  /** The same key, wrapped by another wrapper. */
  rewrap(version: number, { wrapped, recovery }: KeptKey): void {
    this.sql.exec(
      `UPDATE data_keys SET wrapper_id = ?, wrapped = ?, recovery = ?
       WHERE version = ? AND destroyed_at_ms IS NULL`,
      wrapped.wrapperId,
      wrapped.text,
      recovery,
      version,
    );
  }

  /** What is left says that there was a key, and which: its commitment. */
  destroy(version: number, nowMs: number): void {
    this.sql.exec(
      `UPDATE data_keys SET wrapped = NULL, recovery = NULL, retired_at_ms = COALESCE(retired_at_ms, ?),
         destroyed_at_ms = ?
       WHERE version = ? AND destroyed_at_ms IS NULL`,
      nowMs,
      nowMs,
      version,
    );
  }
}
