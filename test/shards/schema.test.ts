import { getTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";
import { beforeAll, describe, expect, it } from "vitest";
import { auditLogs, events, jobs, sinkCursors } from "../../src/shards/schema";
import { ShardProjection } from "../../src/shards/shard-projection";
import { columnsOf, drizzleColumns, indexesOf, migratedShard, runMigrations, schemaOf } from "../support/d1";
import { tenantId } from "../support/tenant-id";
import { eventfulLog } from "./tenant-log";

const TABLES: readonly SQLiteTable[] = [jobs, events, auditLogs, sinkCursors];
let db: D1Database;

beforeAll(async () => {
  db = await migratedShard();
});

describe("a shard's schema", () => {
  it("has the tables that drizzle knows, and no others", async () => {
    const found = new Set((await schemaOf(db)).map(({ tbl }) => tbl));
    expect([...found].sort()).toEqual(TABLES.map((table) => getTableConfig(table).name).sort());
  });

  it.each(TABLES.map((table) => [getTableConfig(table).name, table] as const))(
    "has the columns, keys and indexes of %s as drizzle knows them",
    async (name, table) => {
      expect(await columnsOf(db, name)).toEqual(drizzleColumns(table));
      const known = getTableConfig(table).indexes.map(({ config }) => ({
        name: config.name,
        columns: config.columns.map((column) => ("name" in column ? column.name : "")),
      }));
      expect((await indexesOf(db, name)).filter(({ origin }) => origin === "c")).toEqual(
        known.map((index) => ({ ...index, origin: "c" })).sort((a, b) => a.name.localeCompare(b.name)),
      );
    },
  );

  it("leads every key and index with the tenant, which is never null", async () => {
    for (const name of new Set((await schemaOf(db)).map(({ tbl }) => tbl))) {
      const columns = await columnsOf(db, name);
      expect(
        columns.find(({ key }) => key === 1),
        name,
      ).toMatchObject({ name: "tenant_id", notNull: true });
      const indexes = await indexesOf(db, name);
      expect(indexes, name).not.toHaveLength(0);
      for (const index of indexes) expect(index.columns[0], index.name).toBe("tenant_id");
    }
  });

  it.each(["jobs", "events", "audit_logs"])("finds a tenant's %s by their time", async (table) => {
    const timed = (await indexesOf(db, table)).filter(({ columns }) =>
      /^(created_at|time)_ms$/.test(columns[1] ?? ""),
    );
    expect(timed).toHaveLength(1);
  });

  it("is the same after down and up again, on a database that holds rows", async () => {
    const populated = await migratedShard("SHARD_3");
    const before = await schemaOf(populated);
    const { entries, cursor } = eventfulLog().batchAfter({ epoch: 0, seq: 0 });
    const apply = () => new ShardProjection(populated).apply(tenantId("t_populated"), entries, cursor);
    expect(await apply()).toEqual({ applied: true });

    await runMigrations(populated, "shard", "down");
    expect(await schemaOf(populated)).toEqual([]);
    await runMigrations(populated, "shard", "up");

    expect(await schemaOf(populated)).toEqual(before);
    expect(await apply()).toEqual({ applied: true });
  });

  it.each([
    ["a negative counter", "UPDATE jobs SET errors = -1"],
    ["a payload that is no JSON", "UPDATE events SET payload = 'x'"],
    ["a text for a time", "UPDATE jobs SET created_at_ms = 'yesterday'"],
    ["a row of nobody", "UPDATE jobs SET tenant_id = ''"],
  ])("refuses %s", async (_what, sql) => {
    const { entries, cursor } = eventfulLog().batchAfter({ epoch: 0, seq: 0 });
    const shard = await migratedShard("SHARD_1");
    await new ShardProjection(shard).apply(tenantId("t_checked"), entries, cursor);
    await expect(shard.prepare(sql).run()).rejects.toThrow(/constraint|datatype/i);
  });
});
