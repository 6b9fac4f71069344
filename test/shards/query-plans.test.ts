import { beforeAll, describe, expect, it } from "vitest";
import * as projectionStatements from "../../src/shards/projection-statements";
import { methodsIn } from "../support/class-methods";
import { migratedShard, planOf } from "../support/d1";
import { statementsOf } from "../support/operations";
import { SHARD_OPERATIONS } from "./shard-operations";

const SOURCES = import.meta.glob<string>("../../src/shards/*.ts", {
  query: "?raw",
  import: "default",
  eager: true,
});

const BY_TENANT = /^SEARCH \w+( EXISTS)? USING (PRIMARY KEY|(COVERING )?INDEX \w+) \(tenant_id=\?/;
/** A step that reads a table; not one that reads a statement's own JSON or what it made of it. */
const READS = /^(SCAN|SEARCH) (?!patch\b|.*VIRTUAL TABLE)/;
/** Shredding a tenant walks over all that it has. */
const WHOLE_TENANT = "DELETE FROM jobs WHERE tenant_id = ?1";
const BY_KEY = "SEARCH jobs USING PRIMARY KEY (tenant_id=? AND id=?)";

interface Planned {
  readonly method: string;
  readonly way: string;
  readonly sql: string;
  readonly plan: readonly string[];
}

let db: D1Database;
const planned: Planned[] = [];

beforeAll(async () => {
  db = await migratedShard();
  for (const operation of SHARD_OPERATIONS)
    for (const statement of await statementsOf(db, [operation]))
      planned.push({ ...operation, ...statement, plan: await planOf(db, statement) });
});

const planFor = (method: string, way: string): readonly string[] =>
  planned
    .filter((statement) => statement.method === method && statement.way === way)
    .flatMap(({ plan }) => plan);

describe("a shard's plans", () => {
  it("read no table but by the tenant", () => {
    for (const { sql, plan } of planned) {
      const reads = plan.filter((step) => READS.test(step));
      for (const step of reads) expect(step, sql).toMatch(BY_TENANT);
      if (!sql.startsWith("INSERT INTO sink_cursors")) expect(reads, sql).not.toEqual([]);
      if (/\b(UPDATE|DELETE FROM) jobs\b/.test(sql) && sql !== WHOLE_TENANT)
        expect(reads, sql).toContain(BY_KEY);
    }
  });

  it.each([
    ["everything", "jobs_by_creation"],
    ["after a page", "jobs_by_creation"],
    ["by status", "jobs_by_status"],
    ["by status after a page", "jobs_by_status"],
    ["by time", "jobs_by_creation"],
    ["by channel and type", "jobs_by_creation"],
  ])("list jobs, %s, in one search of %s, without a sort", (way, index) => {
    expect(planFor("ShardQueries.listJobs", way)).toEqual([expect.stringMatching(BY_TENANT)]);
    expect(planFor("ShardQueries.listJobs", way)[0]).toContain(index);
  });

  it.each(["whole", "filtered"])("read a stretch of events, %s, by their sequence, without a sort", (way) => {
    const plan = planFor("ShardLog.stretch", way);
    expect(plan).toHaveLength(2);
    for (const step of plan)
      expect(step).toMatch(
        /events_by_sequence \(tenant_id=\? AND epoch=\? AND event_seq>\? AND event_seq<\?\)/,
      );
  });

  it("trim by time, oldest first, and delete by key", () => {
    const plan = planFor("ShardLog.trim", "up to a place").join("\n");
    for (const table of ["events", "audit_logs"]) {
      expect(plan).toContain(`${table}_by_time (tenant_id=? AND time_ms<?)`);
      expect(plan).toContain(`SEARCH ${table} USING PRIMARY KEY (tenant_id=? AND epoch=? AND seq=?)`);
    }
    expect(plan).not.toContain("ORDER BY");
  });

  it("go through what is sealed in the order of the log", () => {
    expect(planFor("ShardSeals.sealedAfter", "up to a place")).toEqual([
      expect.stringMatching(/PRIMARY KEY \(tenant_id=\? AND \(epoch,seq\)>\(\?,\?\)/),
    ]);
  });

  it("find a submission by its time", () => {
    expect(planFor("ShardSeals.resealSubmission", "of a job")).toEqual([
      expect.stringContaining("events_by_time (tenant_id=? AND time_ms=?)"),
    ]);
  });

  it("find a job in one search of the primary key", () => {
    expect(planFor("ShardQueries.findJob", "by id")).toEqual([BY_KEY]);
  });

  it("are of every method there is", () => {
    const methods = Object.values(SOURCES).flatMap((source) => methodsIn(source).map(({ name }) => name));
    expect(methods.length).toBeGreaterThanOrEqual(4);
    expect([...new Set(planned.map(({ method }) => method))].sort()).toEqual(methods.sort());
  });

  it("are of every statement of the projection", () => {
    const { SINK: _sink, ...statements } = projectionStatements;
    const known = new Set(planned.map(({ sql }) => sql));
    expect(
      Object.values(statements)
        .flat()
        .filter((sql) => !known.has(sql)),
    ).toEqual([]);
    expect(Object.values(statements).flat()).toHaveLength(11);
  });

  it("of a query that forgets the tenant are seen to scan", async () => {
    const plan = await planOf(db, { sql: "SELECT * FROM jobs WHERE id = ?", values: ["j"] });
    expect(plan).toEqual([expect.stringMatching(READS)]);
    expect(plan).toEqual([expect.not.stringMatching(BY_TENANT)]);
  });
});
