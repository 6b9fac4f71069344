import { beforeAll, describe, expect, it } from "vitest";
import { DIRECTORY_OPERATIONS } from "../directory/directory-operations";
import { methodsIn } from "../support/class-methods";
import { migratedDirectory, migratedShard, tenantTablesOf } from "../support/d1";
import { statementsOf, type Stated } from "../support/operations";
import { tenantFaults } from "../support/sql-lint";
import { PLANTED_READS } from "./planted-reads";
import { PLANTED_WRITES, UNREADABLE } from "./planted-writes";
import { SHARD_OPERATIONS, TENANT } from "./shard-operations";
import { GOOD } from "./sound-statements";

declare global {
  interface ImportMeta {
    glob<T>(pattern: string, options: { readonly eager: true }): Record<string, T>;
  }
}

const STORES = import.meta.glob<Record<string, unknown>>("../../src/{shards,directory}/*.ts", {
  eager: true,
});
const SOURCES = import.meta.glob<string>("../../{src,durable-objects}/**/*.ts", {
  query: "?raw",
  import: "default",
  eager: true,
});
const sources = Object.entries(SOURCES).map(
  ([path, source]) => [path.slice("../../".length), source] as const,
);

/** What operators do across tenants: the method, the table it walks, and why it may. */
const ACROSS_TENANTS: readonly (readonly [method: string, table: string, because: string])[] = [
  ["Directory.overdueKeys", "tenant_keys", "operators ask for every tenant"],
  ["Directory.list", "tenants", "operators list every tenant, and the sweep wakes each of them"],
];

/** Probes of readiness, which read no column: their text stands in the route itself. */
const PROBES_FILE = "src/http/routes/health.ts";
const PROBES = ["SELECT 1 FROM partitions LIMIT 1", "SELECT 1 FROM sink_cursors LIMIT 1"];

/** Functions of the stores that run no SQL themselves. */
const NO_SQL = ["boundJson", "isNewJob", "shardNamed", "sweep"];

let shard: D1Database;
let tables: ReadonlySet<string>;
let stated: readonly Stated[];

beforeAll(async () => {
  shard = await migratedShard();
  const directory = await migratedDirectory();
  tables = new Set([...(await tenantTablesOf(shard)), ...(await tenantTablesOf(directory))]);
  stated = [
    ...(await statementsOf(shard, SHARD_OPERATIONS)),
    ...(await statementsOf(directory, DIRECTORY_OPERATIONS)),
  ];
});

/** Has SQLite read a statement, so that nothing is planted that is no SQL. */
async function compile(sql: string): Promise<void> {
  if (/^(?:EXPLAIN|PRAGMA)/.test(sql)) return;
  const [first = ""] = sql.split(";");
  const code = first.replace(/'[^']*'|--.*|\/\*[\s\S]*?(?:\*\/|$)/g, "");
  const bound = code.match(/\?\d*/g) ?? [];
  const count = Math.max(
    bound.length && bound[0] === "?" ? bound.length : 0,
    ...bound.map((text) => Number(text.slice(1))),
  );
  await shard
    .prepare(`EXPLAIN ${first}`)
    .bind(...Array.from({ length: count }, () => null))
    .all();
}

describe("the lint", () => {
  it("knows the tenants' tables from the schema", () => {
    expect([...tables]).toEqual(
      expect.arrayContaining(["audit_logs", "events", "jobs", "sink_cursors", "tenants"]),
    );
    expect(tables).not.toContain("partitions");
  });

  it.each([...PLANTED_READS, ...PLANTED_WRITES])("finds %s", async (_what, sql, fault) => {
    await compile(sql);
    expect(tenantFaults(sql, tables).join("\n")).toContain(fault);
  });

  it.each(UNREADABLE)("does not pass %s", (sql) => {
    expect(tenantFaults(sql, tables)).not.toEqual([]);
  });

  it.each(GOOD)("lets %s pass", async (_what, sql) => {
    await compile(sql);
    expect(tenantFaults(sql, tables)).toEqual([]);
  });

  it("covers a table that nobody told it of", () => {
    const sql = "SELECT * FROM invoices WHERE month = ?";
    expect(tenantFaults(sql, tables)).toEqual([]);
    expect(tenantFaults(sql, new Set([...tables, "invoices"]))).not.toEqual([]);
  });
});

describe("what the product states", () => {
  const allowed = (method: string, fault: string): boolean =>
    ACROSS_TENANTS.some(([name, table]) => name === method && fault.startsWith(`${table}: `));

  it("names its tenant, in every statement", () => {
    const faults = stated.flatMap(({ method, sql }) =>
      tenantFaults(sql, tables)
        .filter((fault) => !allowed(method, fault))
        .map((fault) => `${method}: ${fault}: ${sql}`),
    );
    expect(faults).toEqual([]);
    expect(new Set(stated.map(({ sql }) => sql)).size).toBeGreaterThanOrEqual(25);
  });

  it("binds the tenant that it was called with", () => {
    const operators = ACROSS_TENANTS.map(([method]) => method);
    for (const { method, sql, values } of stated)
      if ([...tables].some((table) => new RegExp(`\\b${table}\\b`).test(sql)) && !operators.includes(method))
        expect(values, sql).toContain(TENANT);
  });

  it.each(ACROSS_TENANTS)("%s still walks %s, because %s", (method, table) => {
    const faults = stated
      .filter((statement) => statement.method === method)
      .flatMap(({ sql }) => tenantFaults(sql, tables));
    expect(faults).toContain(`${table}: is read without its tenant`);
  });

  it("is all of it: every method of every store was run", () => {
    const methods = sources
      .filter(([file]) => /^src\/(?:shards|directory)\//.test(file))
      .flatMap(([, source]) => methodsIn(source).map(({ name }) => name));
    expect([...new Set(stated.map(({ method }) => method))].sort()).toEqual(methods.sort());
  });

  it("is all of it: no SQL of a store is left unread", () => {
    const values = Object.values(STORES).flatMap((module) => Object.entries(module));
    const constants = values
      .flatMap(([, value]) => (Array.isArray(value) ? (value as readonly unknown[]) : [value]))
      .filter((value) => typeof value === "string")
      .filter((text) => /^\s*(?:SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH)\b/i.test(text));
    expect(constants.length).toBeGreaterThanOrEqual(11);
    for (const sql of constants) {
      expect(tenantFaults(sql, tables), sql).toEqual([]);
      expect(stated.map((statement) => statement.sql)).toContain(sql);
    }
  });

  it("comes from classes alone, whose methods can be counted", () => {
    const functions = Object.values(STORES)
      .flatMap((module) => Object.entries(module))
      .filter(([, value]) => typeof value === "function" && !/^class\b/.test(String(value)))
      .map(([name]) => name);
    expect(functions.sort()).toEqual(NO_SQL);
  });
});

/** Where a source gets at a database. An object's own SQLite has `sql.exec`, and holds one tenant. */
const GETS_AT_D1 =
  /\bprepare\s*(?:\?\.)?\s*\(|\[\s*["'`]prepare["'`]|[{,]\s*prepare\b|\bdrizzle\s*[<(]|\b(?:db|database|shard|DIRECTORY|SHARD_\d|\])\.exec\s*\(/i;
const code = (source: string): string => source.replace(/^\s*(?:\/\/|\/\*|\*).*$/gm, "");
const strayIn = (file: string, source: string): boolean =>
  !/^src\/(?:shards|directory)\//.test(file) && file !== PROBES_FILE && GETS_AT_D1.test(code(source));

describe("no statement escapes the lint", () => {
  it("in any other source", () => {
    expect(sources.length).toBeGreaterThan(80);
    expect(sources.filter(([file, source]) => strayIn(file, source)).map(([file]) => file)).toEqual([]);
  });

  it("through the probes", () => {
    const source = SOURCES[`../../${PROBES_FILE}`] ?? "";
    const probes = [...source.matchAll(/\.prepare\(\s*"([^"]*)"\s*\)/g)].map(([, sql]) => sql);
    expect(probes).toEqual(PROBES);
    expect(source.match(new RegExp(GETS_AT_D1, "gi"))).toHaveLength(PROBES.length);
  });

  it.each([
    ["a statement in a route", "src/http/routes/x.ts", 'await env.SHARD_0.prepare("SELECT 1").first();'],
    ["a statement in the object", "durable-objects/tenant/x.ts", "this.shard\n  .prepare(SQL)\n  .bind(id);"],
    ["a guarded call", "src/queues/x.ts", "db?.prepare?.(SQL)"],
    ["a method taken apart", "src/queues/x.ts", "const { batch, prepare } = env.DIRECTORY;"],
    ["a method by its name", "src/queues/x.ts", 'db["prepare"](SQL)'],
    ["drizzle", "src/http/admin/x.ts", "const db = drizzle(env.DIRECTORY);"],
    ["a whole script", "src/http/x.ts", "await env.DIRECTORY.exec(sql);"],
    ["a folder that sounds alike", "src/shards-extra/x.ts", "db.prepare(SQL)"],
  ])("finds %s", (_what, file, source) => {
    expect(strayIn(file, source)).toBe(true);
  });

  it.each([
    ["the stores", "src/shards/x.ts", "this.db.prepare(SQL)"],
    ["the object's own SQLite", "durable-objects/tenant/x.ts", "this.sql.exec(`SELECT 1`)"],
    ["a regular expression", "src/domain/x.ts", "FORM.exec(text)"],
    ["a comment", "src/http/x.ts", "// db.prepare(sql) is not for here"],
    ["another word", "src/http/x.ts", "prepareUpload(file)"],
  ])("lets %s be", (_what, file, source) => {
    expect(strayIn(file, source)).toBe(false);
  });
});
