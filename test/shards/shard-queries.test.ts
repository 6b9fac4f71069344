import { beforeAll, describe, expect, it } from "vitest";
import { ShardProjection } from "../../src/shards/shard-projection";
import { ShardQueries, type JobCursor, type JobFilter } from "../../src/shards/shard-queries";
import { migratedShard, planOf, recording } from "../support/d1";
import { eventfulLog, TenantLog } from "./tenant-log";

const TENANT = "t_listed";
const START = { epoch: 0, seq: 0 };
const AFTER: JobCursor = { createdAtMs: 1, id: "j" };
const BY_TENANT =
  /^SEARCH (jobs|events|audit_logs|sink_cursors)( EXISTS)? USING (PRIMARY KEY|(COVERING )?INDEX \w+) \(tenant_id=\?/;

let db: D1Database;
const log = new TenantLog();

beforeAll(async () => {
  db = await migratedShard();
  for (let i = 0; i < 25; i++) {
    const { id } = log.submit({
      channel: i % 2 ? "magalu" : "shopee",
      type: i % 5 ? "validation" : "correction",
    });
    if (i % 3 === 0) log.step(id, { type: "cancel" });
  }
  const { entries, cursor } = log.batchAfter(START);
  await new ShardProjection(db).apply(TENANT, entries, cursor);
});

const expected = (matches: (job: ReturnType<TenantLog["submit"]>) => boolean) =>
  [...log.jobs.values()]
    .filter(matches)
    .map(({ id }) => id)
    .reverse();

describe("ShardQueries.listJobs", () => {
  it.each<[string, JobFilter, Parameters<typeof expected>[0]]>([
    ["everything", {}, () => true],
    ["a status", { status: "cancelled" }, ({ status }) => status === "cancelled"],
    ["a channel", { channel: "magalu" }, ({ channel }) => channel === "magalu"],
    ["a type", { type: "correction" }, ({ type }) => type === "correction"],
    [
      "all of them",
      { status: "queued", channel: "shopee", type: "validation" },
      (job) => job.status === "queued" && job.channel === "shopee" && job.type === "validation",
    ],
  ])("lists %s, newest first, page by page", async (_what, filter, matches) => {
    const queries = new ShardQueries(db);
    const seen: string[] = [];
    let after: JobCursor | null = null;
    do {
      const page: Awaited<ReturnType<ShardQueries["listJobs"]>> = await queries.listJobs(TENANT, filter, {
        limit: 4,
        after,
      });
      seen.push(...page.jobs.map(({ id }) => id));
      after = page.next;
    } while (after);

    expect(seen).toEqual(expected(matches));
  });

  it("takes both times as exclusive", async () => {
    const [first, second, third] = [...log.jobs.values()];
    const filter = { createdAfterMs: first!.createdAtMs, createdBeforeMs: third!.createdAtMs };

    const page = await new ShardQueries(db).listJobs(TENANT, filter, { limit: 10, after: null });
    expect(page.jobs.map(({ id }) => id)).toEqual([second!.id]);
  });

  it("gives another tenant nothing", async () => {
    const queries = new ShardQueries(db);
    const [id] = log.jobs.keys();

    expect((await queries.listJobs("t_other", {}, { limit: 10, after: null })).jobs).toEqual([]);
    expect(await queries.findJob("t_other", id!)).toBeUndefined();
  });
});

describe("plans", () => {
  const lists: readonly [string, JobFilter, JobCursor | null][] = [
    ["listJobs", {}, null],
    ["listJobs after a page", {}, AFTER],
    ["listJobs by status", { status: "failed" }, null],
    ["listJobs by status after a page", { status: "failed" }, AFTER],
    ["listJobs by time", { createdAfterMs: 1, createdBeforeMs: 2 }, AFTER],
    ["listJobs by channel and type", { channel: "magalu", type: "validation" }, AFTER],
  ];

  it.each(lists)(
    "%s is one search by an index the tenant leads, without a sort",
    async (_name, filter, after) => {
      const recorder = recording(db);
      await new ShardQueries(recorder.db).listJobs(TENANT, filter, { limit: 5, after });

      const plan = await planOf(db, recorder.statements[0]!);
      expect(plan).toEqual([expect.stringMatching(BY_TENANT)]);
      expect(plan[0]).toContain(filter.status ? "jobs_by_status" : "jobs_by_creation");
    },
  );

  it("findJob is one search by the primary key", async () => {
    const recorder = recording(db);
    await new ShardQueries(recorder.db).findJob(TENANT, "j");

    expect(await planOf(db, recorder.statements[0]!)).toEqual([
      "SEARCH jobs USING PRIMARY KEY (tenant_id=? AND id=?)",
    ]);
  });

  it("the projection reads no table but by the tenant, after a restore too", async () => {
    const recorder = recording(db);
    const projection = new ShardProjection(recorder.db);
    const eventful = eventfulLog();
    const { entries, cursor } = eventful.batchAfter(START);
    await projection.apply("t_planned", entries, cursor);
    const restored = eventful.restoredTo(10, 2);
    restored.audit();
    const next = restored.batchAfter(cursor.to);
    await projection.apply("t_planned", next.entries, next.cursor);
    await projection.cursor("t_planned");

    const kinds = new Set(recorder.statements.map(({ sql }) => sql));
    expect(kinds.size).toBe(11);
    for (const statement of recorder.statements) {
      const reads = (await planOf(db, statement)).filter((step) =>
        /^(SCAN|SEARCH) (?!patch|.*VIRTUAL TABLE)/.test(step),
      );
      for (const step of reads) expect(step, statement.sql).toMatch(BY_TENANT);
      if (/\b(UPDATE|DELETE FROM) jobs/.test(statement.sql))
        expect(reads).toContain("SEARCH jobs USING PRIMARY KEY (tenant_id=? AND id=?)");
    }
  });

  it("a query that forgets the tenant is seen to scan", async () => {
    const plan = await planOf(db, { sql: "SELECT * FROM jobs WHERE id = ?", values: ["j"] });
    expect(plan).toEqual([expect.not.stringMatching(BY_TENANT)]);
  });
});
