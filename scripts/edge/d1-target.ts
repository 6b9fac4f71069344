import type { Miniflare } from "miniflare";
import type { MigrationTarget, Statement } from "../migrations/migrate.ts";

type Database = Awaited<ReturnType<Miniflare["getD1Database"]>>;

export function d1Target(database: Database): MigrationTarget {
  const prepare = ({ sql, params = [] }: Statement) => database.prepare(sql).bind(...params);
  return {
    query: async (sql) => (await database.prepare(sql).all()).results,
    batch: async (statements) => void (await database.batch(statements.map(prepare))),
  };
}
