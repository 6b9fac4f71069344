import type { Migration } from "./migration-files.ts";

export interface Statement {
  readonly sql: string;
  readonly params?: readonly (string | number)[];
}

/** A database to migrate. `batch` is all or nothing. */
export interface MigrationTarget {
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  batch(statements: readonly Statement[]): Promise<void>;
}

/** The database and the migration files tell different histories; nothing was changed. */
export class MigrationConflict extends Error {
  override readonly name = "MigrationConflict";
}

const LEDGER = `CREATE TABLE IF NOT EXISTS _migrations (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL)`;
const HAS_LEDGER = `SELECT name FROM sqlite_master WHERE type = 'table' AND name = '_migrations'`;

type AppliedMigration = Pick<Migration, "id" | "name" | "checksum">;

/** Applies what is missing, each migration and its ledger row together. Returns the names applied. */
export async function migrateUp(
  target: MigrationTarget,
  migrations: readonly Migration[],
  nowMs: number,
): Promise<string[]> {
  const pending = planUp(migrations, await applied(target));
  for (const { id, name, checksum, up } of pending) {
    await target.batch([
      { sql: LEDGER },
      ...up.map((sql) => ({ sql })),
      {
        sql: "INSERT INTO _migrations (id, name, checksum, applied_at) VALUES (?, ?, ?, ?)",
        params: [id, name, checksum, nowMs],
      },
    ]);
  }
  return pending.map(({ name }) => name);
}

/** Takes back every migration above `keepId`, newest first. Returns the names taken back. */
export async function migrateDown(
  target: MigrationTarget,
  migrations: readonly Migration[],
  keepId: number,
): Promise<string[]> {
  const undone = planDown(migrations, await applied(target), keepId);
  for (const { id, down } of undone) {
    const forget = { sql: "DELETE FROM _migrations WHERE id = ?", params: [id] };
    await target.batch([...down.map((sql) => ({ sql })), forget]);
  }
  return undone.map(({ name }) => name);
}

/** What to apply, in order. Throws when an applied migration was edited, lost or overtaken. */
function planUp(migrations: readonly Migration[], done: readonly AppliedMigration[]): Migration[] {
  assertSameHistory(migrations, done);
  const last = Math.max(0, ...done.map(({ id }) => id));
  const ids = new Set(done.map(({ id }) => id));
  const pending = migrations.filter(({ id }) => !ids.has(id));
  const overtaken = pending.find(({ id }) => id < last);
  if (overtaken) throw new MigrationConflict(`${overtaken.name} comes before migrations already applied.`);
  return pending;
}

function planDown(
  migrations: readonly Migration[],
  done: readonly AppliedMigration[],
  keepId: number,
): Migration[] {
  assertSameHistory(migrations, done);
  const ids = new Set(done.map(({ id }) => id));
  return migrations.filter(({ id }) => id > keepId && ids.has(id)).reverse();
}

function assertSameHistory(migrations: readonly Migration[], done: readonly AppliedMigration[]): void {
  for (const { id, name, checksum } of done) {
    const file = migrations.find((migration) => migration.id === id);
    if (!file) throw new MigrationConflict(`${name} was applied, but its file is gone.`);
    if (file.checksum !== checksum || file.name !== name) {
      throw new MigrationConflict(`${name} was changed after it was applied; write a new migration instead.`);
    }
  }
}

async function applied(target: MigrationTarget): Promise<AppliedMigration[]> {
  if ((await target.query(HAS_LEDGER)).length === 0) return [];
  const rows = await target.query("SELECT id, name, checksum FROM _migrations ORDER BY id");
  return rows.map((row) => ({ id: Number(row.id), name: String(row.name), checksum: String(row.checksum) }));
}
