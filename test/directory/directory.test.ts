import { beforeAll, describe, expect, it } from "vitest";
import { Directory, type NewTenant } from "../../src/directory/directory";
import { partitions, tenants } from "../../src/directory/schema";
import { PARTITIONS, partitionOf } from "../../src/domain/partition";
import { SHARD_NAMES } from "../../src/shards/shard-router";
import {
  columnsOf,
  drizzleColumns,
  migratedDirectory,
  planOf,
  recording,
  runMigrations,
  schemaOf,
} from "../support/d1";
import { tenantId } from "../support/tenant-id";

let db: D1Database;
let directory: Directory;
let tenantNo = 0;

beforeAll(async () => {
  db = await migratedDirectory();
  directory = new Directory(db);
});

const newTenant = (more: Partial<NewTenant> = {}): NewTenant => ({
  tenantId: tenantId(`t_directory_${tenantNo++}`),
  name: "Acme",
  tier: "premium",
  overrides: { rate: { sustained: 5, burst: 9 } },
  locationHint: "sam",
  ...more,
});

describe("Directory.place", () => {
  it("spreads the partitions over the shards in turn", async () => {
    const { results } = await db.prepare("SELECT * FROM partitions ORDER BY partition").all();
    expect(results).toEqual(
      Array.from({ length: PARTITIONS }, (_, partition) => ({
        partition,
        shard: SHARD_NAMES[partition % 4],
      })),
    );
  });

  it("gives a tenant its partition's shard", async () => {
    expect(await directory.place(tenantId("t_acme"))).toBe(SHARD_NAMES[partitionOf("t_acme") % 4]);
  });
});

describe("Directory provisioning", () => {
  it("notes a tenant before its object is made, and completes it after", async () => {
    const tenant = newTenant();
    const begun = await directory.begin(tenant, 1_000);
    expect(begun).toEqual({
      ...tenant,
      status: "provisioning",
      partition: partitionOf(tenant.tenantId),
      shard: await directory.place(tenant.tenantId),
      createdAtMs: 1_000,
      updatedAtMs: 1_000,
    });

    await directory.activate(tenant.tenantId, { ...tenant, status: "active" }, 2_000);
    expect(await directory.find(tenant.tenantId)).toEqual({ ...begun, status: "active", updatedAtMs: 2_000 });
  });

  it("goes on from the row that a crash left", async () => {
    const tenant = newTenant();
    const begun = await directory.begin(tenant, 1_000);

    expect(await directory.begin({ ...tenant, name: "Other" }, 5_000)).toEqual(begun);
  });

  it("keeps a tenant on its shard when its partition has moved meanwhile", async () => {
    const tenant = newTenant();
    const { shard, partition } = await directory.begin(tenant, 1_000);
    const other = SHARD_NAMES.find((name) => name !== shard);
    const assign = db.prepare("UPDATE partitions SET shard = ? WHERE partition = ?");
    await assign.bind(other, partition).run();

    expect((await directory.begin(tenant, 2_000)).shard).toBe(shard);
    await assign.bind(shard, partition).run();
  });

  it("takes the name, tier and overrides that the object was made with", async () => {
    const tenant = newTenant();
    await directory.begin(tenant, 1_000);
    const made = { name: "Second try", tier: "basic", overrides: {}, status: "active" } as const;
    await directory.activate(tenant.tenantId, made, 2_000);

    expect(await directory.find(tenant.tenantId)).toMatchObject(made);
  });

  it("does not undo a suspension when provisioning is repeated", async () => {
    const tenant = newTenant();
    await directory.begin(tenant, 1_000);
    await directory.activate(tenant.tenantId, { ...tenant, status: "active" }, 2_000);
    await directory.update(tenant.tenantId, { status: "suspended" }, 3_000);
    await directory.activate(tenant.tenantId, { ...tenant, status: "active" }, 4_000);

    expect(await directory.find(tenant.tenantId)).toMatchObject({ status: "suspended", updatedAtMs: 3_000 });
  });
});

describe("Directory.update", () => {
  it("changes what is named and nothing else", async () => {
    const tenant = newTenant();
    const begun = await directory.begin(tenant, 1_000);

    const updated = await directory.update(tenant.tenantId, { tier: "enterprise", overrides: {} }, 2_000);
    expect(updated).toEqual({ ...begun, tier: "enterprise", overrides: {}, updatedAtMs: 2_000 });
  });

  it("knows no tenant that was never begun", async () => {
    expect(await directory.update(tenantId("t_nobody"), { name: "X" }, 1)).toBeUndefined();
    expect(await directory.find(tenantId("t_nobody"))).toBeUndefined();
  });
});

describe("Directory.list", () => {
  it("gives every tenant once, by id, while others arrive", async () => {
    for (let i = 0; i < 7; i++) await directory.begin(newTenant({ tenantId: tenantId(`t_list_${i}`) }), 1);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<Directory["list"]>> = await directory.list({ limit: 3, cursor });
      seen.push(...page.tenants.map(({ tenantId }) => tenantId));
      cursor = page.nextCursor;
      await directory.begin(newTenant({ tenantId: tenantId(`t_a_late_${seen.length}`) }), 1);
    } while (cursor !== null);

    expect(seen.filter((id) => id.startsWith("t_list_"))).toEqual(
      Array.from({ length: 7 }, (_, i) => `t_list_${i}`),
    );
    expect(seen).toEqual([...new Set(seen)].sort());
  });
});

describe("Directory.probe", () => {
  it("answers on a migrated database", async () => {
    await expect(directory.probe()).resolves.toBeUndefined();
  });
});

describe("the directory's schema", () => {
  it.each([
    ["tenants", tenants],
    ["partitions", partitions],
  ] as const)("has the columns of %s as drizzle knows them", async (name, table) => {
    const columns = await columnsOf(db, name);
    // SQLite does not report an integer primary key as NOT NULL, though it holds no null.
    const known = drizzleColumns(table).map((column) =>
      column.name === "partition" && column.key === 1 ? { ...column, notNull: false } : column,
    );
    expect(columns).toEqual(known);
  });

  it("serves every query by a key", async () => {
    const recorder = recording(db);
    const planned = new Directory(recorder.db);
    const tenant = newTenant();
    await planned.begin(tenant, 1);
    await planned.activate(tenant.tenantId, { ...tenant, status: "active" }, 2);
    await planned.find(tenant.tenantId);
    await planned.list({ limit: 2, cursor: "t_b" });
    await planned.update(tenant.tenantId, { name: "X" }, 3);

    expect(recorder.statements.length).toBe(7);
    for (const statement of recorder.statements)
      for (const step of await planOf(db, statement))
        expect(step, statement.sql).toMatch(/^SEARCH \w+ USING (PRIMARY KEY|INTEGER PRIMARY KEY)/);
  });

  it.each([
    ["a status that is none", "UPDATE tenants SET status = 'gone'"],
    ["overrides that are no JSON", "UPDATE tenants SET overrides = '{'"],
    ["a partition that is none", "UPDATE tenants SET partition = 32"],
  ])("refuses %s", async (_what, sql) => {
    await directory.begin(newTenant(), 1);
    await expect(db.prepare(sql).run()).rejects.toThrow(/constraint/i);
  });

  it("is the same after down and up again, on a database that holds rows", async () => {
    const before = await schemaOf(db);
    await directory.begin(newTenant(), 1);

    await runMigrations(db, "directory", "down");
    expect(await schemaOf(db)).toEqual([]);
    await expect(directory.probe()).rejects.toThrow();
    await runMigrations(db, "directory", "up");

    expect(await schemaOf(db)).toEqual(before);
    await directory.probe();
  });
});
