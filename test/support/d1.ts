/** Databases as the migrations make them, and what their queries cost. */

import { env } from "cloudflare:workers";
import { getTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";

type DatabaseKind = "directory" | "shard";

declare global {
  interface ImportMeta {
    glob<T>(
      pattern: string,
      options: { readonly query: "?raw"; readonly import: "default"; readonly eager: true },
    ): Record<string, T>;
  }
}

const SCRIPTS = {
  directory: {
    up: import.meta.glob<string>("../../migrations/directory/*.up.sql", {
      query: "?raw",
      import: "default",
      eager: true,
    }),
    down: import.meta.glob<string>("../../migrations/directory/*.down.sql", {
      query: "?raw",
      import: "default",
      eager: true,
    }),
  },
  shard: {
    up: import.meta.glob<string>("../../migrations/shard/*.up.sql", {
      query: "?raw",
      import: "default",
      eager: true,
    }),
    down: import.meta.glob<string>("../../migrations/shard/*.down.sql", {
      query: "?raw",
      import: "default",
      eager: true,
    }),
  },
};

/** Applies every step in one direction: as one transaction, in the order of their names or against it. */
export async function runMigrations(db: D1Database, kind: DatabaseKind, way: "up" | "down"): Promise<void> {
  const names = Object.keys(SCRIPTS[kind][way]).sort();
  const ordered = way === "up" ? names : names.reverse();
  const statements = ordered
    .flatMap((name) => (SCRIPTS[kind][way][name] ?? "").split(";"))
    .filter((statement) => statement.trim() !== "");
  await db.batch(statements.map((statement) => db.prepare(statement)));
}

/** A shard of the test's file, migrated. Give each test its own tenant. */
export const migratedShard = (name: "SHARD_0" | "SHARD_1" | "SHARD_2" | "SHARD_3" = "SHARD_0") =>
  migrated(env[name], "shard");

export const migratedDirectory = () => migrated(env.DIRECTORY, "directory");

async function migrated(db: D1Database, kind: DatabaseKind): Promise<D1Database> {
  if ((await schemaOf(db)).length === 0) await runMigrations(db, kind, "up");
  return db;
}

/** Every table and index of ours, with the SQL that made it. */
export async function schemaOf(
  db: D1Database,
): Promise<readonly { name: string; tbl: string; sql: string }[]> {
  const { results } = await db
    .prepare(
      `SELECT name, tbl_name AS tbl, sql FROM sqlite_master
       WHERE sql IS NOT NULL AND name NOT GLOB '_cf_*' AND name <> 'd1_migrations' ORDER BY name`,
    )
    .all<{ name: string; tbl: string; sql: string }>();
  return results;
}

/** The same database, which also notes each statement it prepares with what is bound to it. */
export function recording(db: D1Database) {
  const statements: { sql: string; values: unknown[] }[] = [];
  const prepare = (sql: string): D1PreparedStatement => {
    const statement = db.prepare(sql);
    const noted = { sql, values: [] as unknown[] };
    statements.push(noted);
    const bind = statement.bind.bind(statement);
    statement.bind = (...values) => {
      noted.values = values;
      return bind(...values);
    };
    return statement;
  };
  const recorded = { prepare, batch: db.batch.bind(db) } as D1Database;
  return { db: recorded, statements };
}

/** The steps SQLite plans for a statement. */
export async function planOf(db: D1Database, { sql, values }: { sql: string; values: readonly unknown[] }) {
  const { results } = await db
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .bind(...values)
    .all<{ detail: string }>();
  return results.map(({ detail }) => detail);
}

/** The tables whose rows are tenants', as the schema itself says. */
export async function tenantTablesOf(db: D1Database): Promise<ReadonlySet<string>> {
  const names = [...new Set((await schemaOf(db)).map(({ tbl }) => tbl))];
  const columns = await Promise.all(names.map((name) => columnsOf(db, name)));
  return new Set(names.filter((_name, index) => columns[index]?.some(({ name }) => name === "tenant_id")));
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  /** The place in the primary key, from 1; 0 outside it. */
  readonly key: number;
}

/** A table's columns as the database has them, by name. */
export async function columnsOf(db: D1Database, table: string): Promise<readonly Column[]> {
  const { results } = await db
    .prepare(`PRAGMA table_info(${table})`)
    .all<{ name: string; type: string; notnull: number; pk: number }>();
  return byName(
    results.map(({ name, type, notnull, pk }) => ({ name, type, notNull: notnull === 1, key: pk })),
  );
}

/** The same as drizzle's schema has them. */
export function drizzleColumns(table: SQLiteTable): readonly Column[] {
  const { columns, primaryKeys } = getTableConfig(table);
  const key = primaryKeys[0]?.columns.map(({ name }) => name) ?? [];
  return byName(
    columns.map((column) => ({
      name: column.name,
      type: column.getSQLType().toUpperCase(),
      notNull: column.notNull,
      key: column.primary ? 1 : key.indexOf(column.name) + 1,
    })),
  );
}

/** A table's indexes, its primary key's among them (origin `pk`), by name. */
export async function indexesOf(db: D1Database, table: string) {
  const { results } = await db.prepare(`PRAGMA index_list(${table})`).all<{ name: string; origin: string }>();
  const indexes = results.map(async ({ name, origin }) => {
    const columns = await db.prepare(`PRAGMA index_info(${name})`).all<{ name: string }>();
    return { name, origin, columns: columns.results.map((column) => column.name) };
  });
  return byName(await Promise.all(indexes));
}

const byName = <T extends { readonly name: string }>(named: readonly T[]): readonly T[] =>
  named.toSorted((a, b) => a.name.localeCompare(b.name));
