import type { Deprecation, ProfileRecord, ProfileStatus } from "../../src/domain/rules-profile";

export interface StoredProfile {
  readonly record: ProfileRecord;
  /** RFC 8785 canonical JSON. It rests in the clear: rules are no personal data, and every event names them. */
  readonly body: string;
}

type ProfileRow = {
  channel: string;
  version: string;
  status: ProfileStatus;
  checksum: string;
  name: string | null;
  rule_count: number;
  created_at_ms: number;
  updated_at_ms: number;
  published_at_ms: number | null;
  deprecated_at_ms: number | null;
  deprecation: string | null;
};

const RECORD = `channel, version, status, checksum, name, rule_count, created_at_ms, updated_at_ms, published_at_ms,
  deprecated_at_ms, deprecation`;

/** Owns the table `rules_profiles`. It never opens a transaction: the caller composes. */
export class ProfileStore {
  /** Those that have a row, or had one. Most tenants have none, and every job asks. */
  #channels: Set<string> | null = null;

  constructor(private readonly sql: SqlStorage) {}

  /** Forgets what is cached; to be called whenever a write may have been rolled back. */
  forget(): void {
    this.#channels = null;
  }

  find(channel: string, version: string): StoredProfile | undefined {
    if (!this.#has(channel)) return undefined;
    const row = this.sql
      .exec<ProfileRow & { body: string }>(
        `SELECT ${RECORD}, body FROM rules_profiles WHERE channel = ? AND version = ?`,
        channel,
        version,
      )
      .toArray()[0];
    return row && { record: recordOf(row), body: row.body };
  }

  /** Of one channel, in no order. */
  ofChannel(channel: string): ProfileRecord[] {
    if (!this.#has(channel)) return [];
    return this.sql
      .exec<ProfileRow>(`SELECT ${RECORD} FROM rules_profiles WHERE channel = ?`, channel)
      .toArray()
      .map(recordOf);
  }

  list(): ProfileRecord[] {
    return this.sql.exec<ProfileRow>(`SELECT ${RECORD} FROM rules_profiles`).toArray().map(recordOf);
  }

  count(): number {
    return this.sql.exec<{ n: number }>(`SELECT COUNT(*) AS n FROM rules_profiles`).one().n;
  }

  /** Makes the row, or replaces all of it. */
  put({ record, body }: StoredProfile): void {
    this.#channels?.add(record.channel);
    this.sql.exec(
      `INSERT OR REPLACE INTO rules_profiles (${RECORD}, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      record.channel,
      record.version,
      record.status,
      record.checksum,
      record.name,
      record.ruleCount,
      record.createdAtMs,
      record.updatedAtMs,
      record.publishedAtMs,
      record.deprecatedAtMs,
      record.deprecation && JSON.stringify(record.deprecation),
      body,
    );
  }

  /** The step of a profile's life; its text stays. */
  saveStep(record: ProfileRecord): void {
    this.sql.exec(
      `UPDATE rules_profiles SET status = ?, updated_at_ms = ?, published_at_ms = ?, deprecated_at_ms = ?, deprecation = ?
       WHERE channel = ? AND version = ?`,
      record.status,
      record.updatedAtMs,
      record.publishedAtMs,
      record.deprecatedAtMs,
      record.deprecation && JSON.stringify(record.deprecation),
      record.channel,
      record.version,
    );
  }

  delete(channel: string, version: string): void {
    this.sql.exec(`DELETE FROM rules_profiles WHERE channel = ? AND version = ?`, channel, version);
  }

  eraseAll(): void {
    this.#channels = null;
    this.sql.exec(`DELETE FROM rules_profiles`);
  }

  #has(channel: string): boolean {
    this.#channels ??= new Set(
      this.sql
        .exec<{ channel: string }>(`SELECT DISTINCT channel FROM rules_profiles`)
        .toArray()
        .map((row) => row.channel),
    );
    return this.#channels.has(channel);
  }
}

const recordOf = (row: ProfileRow): ProfileRecord => ({
  channel: row.channel,
  version: row.version,
  status: row.status,
  checksum: row.checksum,
  name: row.name,
  ruleCount: row.rule_count,
  createdAtMs: row.created_at_ms,
  updatedAtMs: row.updated_at_ms,
  publishedAtMs: row.published_at_ms,
  deprecatedAtMs: row.deprecated_at_ms,
  deprecation: row.deprecation === null ? null : (JSON.parse(row.deprecation) as Deprecation),
});
