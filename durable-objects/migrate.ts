/** Append-only. A released migration is never edited; a fix is a new entry. */
export interface Migration {
  readonly id: number;
  readonly name: string;
  readonly sql: string;
}

/** Durable Object SQLite refuses `PRAGMA user_version`, so applied ids live in a table of our own. */
export function migrate(storage: DurableObjectStorage, migrations: readonly Migration[]): void {
  storage.transactionSync(() => {
    storage.sql.exec(
      `CREATE TABLE IF NOT EXISTS _migrations (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT`,
    );
    const applied = storage.sql
      .exec<{ id: number }>(`SELECT COALESCE(MAX(id), 0) AS id FROM _migrations`)
      .one().id;
    for (const { id, name, sql } of migrations) {
      if (id <= applied) continue;
      storage.sql.exec(sql);
      storage.sql.exec(`INSERT INTO _migrations (id, name) VALUES (?, ?)`, id, name);
    }
  });
}

/** Whether `migrate` ever ran here; asks without writing, so that an unprovisioned object stays empty. */
export function isMigrated(storage: DurableObjectStorage): boolean {
  return (
    storage.sql.exec(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_migrations'`).toArray()
      .length > 0
  );
}
