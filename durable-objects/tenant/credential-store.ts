import type { ApiKey } from "../../src/domain/api-key";

type KeyRow = {
  id: string;
  kind: ApiKey["kind"];
  name: string;
  scopes: string;
  secret_hash: string;
  previous: string;
  created_by: string;
  created_at_ms: number;
  updated_at_ms: number;
  expires_at_ms: number | null;
  last_used_at_ms: number | null;
  revoked_at_ms: number | null;
};

export interface KeyPage {
  readonly limit: number;
  /** The last id of the page before. */
  readonly after: string | null;
}

export interface RevokedToken {
  readonly tokenId: string;
  readonly revokedAtMs: number;
  /** When the token has ended by itself, leeway included; null: not known, so the revocation is kept for good. */
  readonly expiresAtMs: number | null;
}

/** Ids are UUIDv7 in lower-case hexadecimal. */
const HIGHEST_ID = "g";
/** An ended key is shown this long, so that its owner can still see what became of it. */
const ENDED_KEPT_MS = 90 * 86_400_000;

/** Owns the tables `api_keys` and `revoked_tokens`. It never opens a transaction: the caller composes. */
export class CredentialStore {
  #writes = 0;

  constructor(private readonly sql: SqlStorage) {}

  /** How often a key or a revocation was written, those that were rolled back included. */
  get writes(): number {
    return this.#writes;
  }

  find(id: string): ApiKey | undefined {
    return this.#keys(`SELECT * FROM api_keys WHERE id = ?`, id)[0];
  }

  save(key: ApiKey): void {
    this.#writes += 1;
    this.sql.exec(
      `INSERT INTO api_keys (id, kind, name, scopes, secret_hash, previous, created_by,
         created_at_ms, updated_at_ms, expires_at_ms, last_used_at_ms, revoked_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET
         name = excluded.name, scopes = excluded.scopes, secret_hash = excluded.secret_hash,
         previous = excluded.previous, updated_at_ms = excluded.updated_at_ms, expires_at_ms = excluded.expires_at_ms,
         revoked_at_ms = excluded.revoked_at_ms`,
      key.id,
      key.kind,
      key.name,
      JSON.stringify(key.scopes),
      key.secretHash,
      JSON.stringify(key.previous),
      key.createdBy,
      key.createdAtMs,
      key.updatedAtMs,
      key.expiresAtMs,
      key.lastUsedAtMs,
      key.revokedAtMs,
    );
  }

  noteUse(id: string, atMs: number): void {
    this.sql.exec(
      `UPDATE api_keys SET last_used_at_ms = MAX(COALESCE(last_used_at_ms, 0), ?) WHERE id = ?`,
      atMs,
      id,
    );
  }

  /** Newest first; one more than the limit tells whether there is a next page. */
  list(kind: ApiKey["kind"], { limit, after }: KeyPage): ApiKey[] {
    return this.#keys(
      `SELECT * FROM api_keys WHERE kind = ? AND id < ? ORDER BY id DESC LIMIT ?`,
      kind,
      after ?? HIGHEST_ID,
      limit + 1,
    );
  }

  /** How many keys of a kind are neither revoked nor past their time. */
  activeCount(kind: ApiKey["kind"], nowMs: number): number {
    return this.sql
      .exec<{ n: number }>(
        `SELECT COUNT(*) AS n FROM api_keys
         WHERE kind = ? AND revoked_at_ms IS NULL AND (expires_at_ms IS NULL OR expires_at_ms > ?)`,
        kind,
        nowMs,
      )
      .one().n;
  }

  active(nowMs: number): ApiKey[] {
    return this.#keys(
      `SELECT * FROM api_keys WHERE revoked_at_ms IS NULL AND (expires_at_ms IS NULL OR expires_at_ms > ?)`,
      nowMs,
    );
  }

  revokeToken({ tokenId, revokedAtMs, expiresAtMs }: RevokedToken): void {
    this.#writes += 1;
    this.sql.exec(
      `INSERT INTO revoked_tokens (token_id, revoked_at_ms, expires_at_ms) VALUES (?, ?, ?)
       ON CONFLICT (token_id) DO UPDATE SET expires_at_ms =
         CASE WHEN expires_at_ms IS NULL OR excluded.expires_at_ms IS NULL THEN NULL
              ELSE MAX(expires_at_ms, excluded.expires_at_ms) END`,
      tokenId,
      revokedAtMs,
      expiresAtMs,
    );
  }

  revokedTokens(): string[] {
    return this.sql
      .exec<{ token_id: string }>(`SELECT token_id FROM revoked_tokens`)
      .toArray()
      .map(({ token_id: tokenId }) => tokenId);
  }

  /** Drops keys that ended long ago, and revocations of tokens that have ended by themselves since. */
  forget(nowMs: number): void {
    const endedBefore = nowMs - ENDED_KEPT_MS;
    this.sql.exec(
      `DELETE FROM api_keys WHERE revoked_at_ms < ? OR (revoked_at_ms IS NULL AND expires_at_ms < ?)`,
      endedBefore,
      endedBefore,
    );
    this.sql.exec(`DELETE FROM revoked_tokens WHERE expires_at_ms <= ?`, nowMs);
  }

  /** When there is something to forget; null when there never will be. */
  nextForgetMs(): number | null {
    return this.sql
      .exec<{ due: number | null }>(
        `SELECT MIN(due) AS due FROM (
           SELECT MIN(COALESCE(revoked_at_ms, expires_at_ms)) + ${ENDED_KEPT_MS} AS due FROM api_keys
           UNION ALL SELECT MIN(expires_at_ms) FROM revoked_tokens)`,
      )
      .one().due;
  }

  #keys(query: string, ...bindings: SqlStorageValue[]): ApiKey[] {
    return this.sql
      .exec<KeyRow>(query, ...bindings)
      .toArray()
      .map(toKey);
  }
}

const toKey = (row: KeyRow): ApiKey => ({
  id: row.id,
  kind: row.kind,
  name: row.name,
  scopes: JSON.parse(row.scopes) as string[],
  secretHash: row.secret_hash,
  previous: JSON.parse(row.previous) as ApiKey["previous"],
  createdBy: row.created_by,
  createdAtMs: row.created_at_ms,
  updatedAtMs: row.updated_at_ms,
  expiresAtMs: row.expires_at_ms,
  lastUsedAtMs: row.last_used_at_ms,
  revokedAtMs: row.revoked_at_ms,
});
