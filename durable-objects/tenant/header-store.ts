import type { HeaderLabels, HeaderMappings } from "../../src/domain/header-mappings";

/** Owns the table `header_mappings`. It never opens a transaction: the caller composes. */
export class HeaderStore {
  constructor(private readonly sql: SqlStorage) {}

  find(channel: string): HeaderMappings | undefined {
    const row = this.sql
      .exec<{ body: string; updated_at_ms: number }>(
        `SELECT body, updated_at_ms FROM header_mappings WHERE channel = ?`,
        channel,
      )
      .toArray()[0];
    return row && { channel, labels: JSON.parse(row.body) as HeaderLabels, updatedAtMs: row.updated_at_ms };
  }

  count(): number {
    return this.sql.exec<{ n: number }>(`SELECT COUNT(*) AS n FROM header_mappings`).one().n;
  }

  save({ channel, labels, updatedAtMs }: HeaderMappings): void {
    this.sql.exec(
      `INSERT OR REPLACE INTO header_mappings (channel, body, updated_at_ms) VALUES (?, ?, ?)`,
      channel,
      JSON.stringify(labels),
      updatedAtMs,
    );
  }

  delete(channel: string): void {
    this.sql.exec(`DELETE FROM header_mappings WHERE channel = ?`, channel);
  }

  eraseAll(): void {
    this.sql.exec(`DELETE FROM header_mappings`);
  }
}
