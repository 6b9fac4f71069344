import { beforeAll, describe, expect, it } from "vitest";
import { Directory } from "../../src/directory/directory";
import type { TenantId } from "../../src/domain/tenant-id";
import { TenantIsolationError } from "../../src/domain/tenant-isolation";
import { ShardProjection } from "../../src/shards/shard-projection";
import { ShardQueries } from "../../src/shards/shard-queries";
import { methodsIn } from "../support/class-methods";
import { migratedDirectory, migratedShard } from "../support/d1";
import { tenantId } from "../support/tenant-id";
import { eventfulLog, TenantLog } from "./tenant-log";

const STORES = import.meta.glob<string>("../../src/{shards,directory}/*.ts", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** What takes no tenant, and why. Nothing in `src/shards` does. */
const WITHOUT_TENANT: Readonly<Record<string, string>> = {
  "Directory.begin": "takes a NewTenant, which carries the checked id",
  "Directory.list": "operators list every tenant",
  "Directory.noteKeys": "what a sweep found of many tenants",
  "Directory.overdueKeys": "operators ask for every tenant",
  "Directory.probe": "reads no tenant's row",
  "PlatformAudit.record": "the platform's own audit",
  "PlatformAudit.list": "the platform's own audit",
  "PlatformAudit.keepDeadLetter": "messages whose tenant nobody vouches for",
  "PlatformAudit.deadLetters": "messages whose tenant nobody vouches for",
  "PlatformAudit.revokeToken": "operators' tokens",
  "PlatformAudit.isRevoked": "operators' tokens",
};

const tenantless = (source: string): readonly string[] =>
  methodsIn(source)
    .filter(({ first }) => first !== "tenantId: TenantId")
    .map(({ name }) => name);

const foldersOf = (folder: string) =>
  Object.entries(STORES)
    .filter(([path]) => path.includes(`/src/${folder}/`))
    .map(([, source]) => source);

describe("every store method", () => {
  it("of a shard takes the tenant first", () => {
    const sources = foldersOf("shards");
    expect(sources.flatMap(methodsIn).map(({ name }) => name)).toEqual(
      expect.arrayContaining(["ShardQueries.findJob", "ShardQueries.listJobs", "ShardProjection.apply"]),
    );
    expect(sources.flatMap(tenantless)).toEqual([]);
  });

  it("of the directory does, but for those that are listed", () => {
    const sources = foldersOf("directory");
    expect(sources.flatMap(methodsIn).length).toBeGreaterThan(8);
    expect(sources.flatMap(tenantless).sort()).toEqual(Object.keys(WITHOUT_TENANT).sort());
    expect(sources.join("\n")).toMatch(/interface NewTenant \{\s*readonly tenantId: TenantId;/);
  });

  it.each([
    ["takes nothing", "async all(): Promise<void> {}"],
    ["takes another thing first", "find(id: string, tenantId: TenantId) {}"],
    ["takes any text for a tenant", "find(tenantId: string) {}"],
    ["may go without", "find(tenantId?: TenantId) {}"],
    ["takes it in an object", "find({ tenantId }: { readonly tenantId: TenantId }) {}"],
    ["takes a wider type", "find(tenantId: TenantId | null) {}"],
    ["is generic", "async find<T extends { a(): void }>(id: T): Promise<{ a: T }> {}"],
    ["is static", "static find(id: string) {}"],
    ["is an arrow", "readonly find = async (id: string) => {};"],
    ["is made elsewhere", "readonly find = findIn(this);"],
    ["is read", "get jobs(): Jobs { return this.#jobs; }"],
    ["comes after a field, a comment and a text", '#db = "}"; /* } */ // }\n find(id: string) {}'],
    ["comes after another", "a(tenantId: TenantId) { if (x) { y(`}`); } }\n find(id: string) {}"],
    ["is public by its word", "public override async find(id: string) {}"],
    ["generates", "async *find(id: string) {}"],
    ["compares in a body", "a(tenantId: TenantId) { return x < y && z > 1; }\n find(id: string) {}"],
  ])("is found when it %s", (_what, member) => {
    expect(tenantless(`export class Planted {\n  constructor(db: D1Database) {}\n  ${member}\n}`)).toEqual([
      expect.stringMatching(/^Planted\.(?:all|find|jobs)$/),
    ]);
  });

  it.each([
    "find(tenantId: TenantId): void {}",
    "async find(\n    tenantId: TenantId,\n    { a }: { readonly a: (b: string) => void },\n  ): Promise<{ x: 1 } | null> {}",
    "readonly find = (tenantId: TenantId) => {};",
    "#find(id: string) {}",
    "private find(id: string) {}",
    "protected async find(id: string) {}",
    "constructor(readonly db: D1Database) {}",
  ])("is let be when it is %s", (member) => {
    expect(tenantless(`class Planted extends Base<{ a: 1 }> {\n  ${member}\n}`)).toEqual([]);
  });
});

const MINE = tenantId("t_mine");
const THEIRS = tenantId("t_theirs");
const START = { epoch: 0, seq: 0 };

/** A database that takes one tenant for another, whatever the statement says: its answers are real rows. */
function confused(db: D1Database): D1Database {
  const prepare = (sql: string): D1PreparedStatement => {
    const statement = db.prepare(sql);
    const bind = statement.bind.bind(statement);
    statement.bind = (...values) => bind(...values.map((value) => (value === MINE ? THEIRS : value)));
    return statement;
  };
  return { prepare, batch: db.batch.bind(db) } as D1Database;
}

describe("another tenant's row", () => {
  let shard: D1Database;
  let directory: D1Database;
  const log: TenantLog = eventfulLog();
  const [jobId = ""] = log.jobs.keys();
  const first = log.batchAfter(START);

  beforeAll(async () => {
    shard = await migratedShard();
    directory = await migratedDirectory();
    await new ShardProjection(shard).apply(THEIRS, first.entries, first.cursor);
    await new Directory(directory).begin(newTenant(THEIRS), 1);
  });

  const newTenant = (id: TenantId) =>
    ({ tenantId: id, name: "Secret", tier: "basic", overrides: {}, locationHint: null }) as const;

  const restored = () => {
    const after = log.restoredTo(10, 2);
    after.audit();
    return after.batchAfter(first.cursor.to);
  };

  it.each<readonly [what: string, read: () => Promise<unknown>, where: string]>([
    ["findJob", () => new ShardQueries(confused(shard)).findJob(MINE, jobId), "jobs"],
    [
      "listJobs",
      () => new ShardQueries(confused(shard)).listJobs(MINE, {}, { limit: 100, after: null }),
      "jobs",
    ],
    [
      "listJobs, beyond its page",
      () => new ShardQueries(confused(shard)).listJobs(MINE, {}, { limit: 0, after: null }),
      "jobs",
    ],
    ["cursor", () => new ShardProjection(confused(shard)).cursor(MINE), "cursors"],
    [
      "apply, of a place",
      () => new ShardProjection(confused(shard)).apply(MINE, first.entries, first.cursor),
      "cursors",
    ],
    [
      "apply, of earlier events",
      () => {
        const { entries, cursor } = restored();
        return new ShardProjection(confused(shard)).apply(MINE, entries, cursor);
      },
      "events",
    ],
    ["Directory.find", () => new Directory(confused(directory)).find(MINE), "tenants"],
    [
      "Directory.update",
      () => new Directory(confused(directory)).update(MINE, { tier: "basic" }, 2),
      "tenants",
    ],
    ["Directory.begin", () => new Directory(confused(directory)).begin(newTenant(MINE), 1), "tenants"],
  ])("never becomes an answer of %s", async (_what, read, where) => {
    const error: unknown = await read().catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(TenantIsolationError);
    const { message, name, expected, where: place, stack, ...rest } = error as TenantIsolationError;
    expect({ name, expected, rest }).toEqual({ name: "TenantIsolationError", expected: MINE, rest: {} });
    expect(place).toContain(where);
    expect(message).toContain(MINE);
    for (const secret of [THEIRS, jobId, "Secret", "mercado_livre"]) {
      expect(message).not.toContain(secret);
      expect(String(stack)).not.toContain(secret);
    }
  });

  it("is what those databases answered with", async () => {
    const row = await confused(shard)
      .prepare("SELECT tenant_id FROM jobs WHERE tenant_id = ?")
      .bind(MINE)
      .first("tenant_id");
    expect(row).toBe(THEIRS);
  });

  it("that is no tenant's at all does not get into the directory", async () => {
    const insert = directory
      .prepare(
        "INSERT INTO tenants SELECT 'T BAD', name, tier, status, overrides, location_hint, partition, shard, created_at_ms, updated_at_ms FROM tenants WHERE tenant_id = ?",
      )
      .bind(THEIRS);
    await expect(insert.run()).rejects.toThrow(/constraint/i);
  });
});
