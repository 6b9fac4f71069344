import { beforeAll, describe, expect, it } from "vitest";
import { ShardProjection } from "../../src/shards/shard-projection";
import { ShardQueries, type JobCursor, type JobFilter } from "../../src/shards/shard-queries";
import { migratedShard } from "../support/d1";
import { tenantId } from "../support/tenant-id";
import { TenantLog } from "./tenant-log";

const TENANT = tenantId("t_listed");
const OTHER = tenantId("t_other");
const START = { epoch: 0, seq: 0 };

let db: D1Database;
const log = new TenantLog();

beforeAll(async () => {
  db = await migratedShard();
  for (let i = 0; i < 25; i++) {
    const { id } = log.submit({
      channel: i % 2 ? "magalu" : "shopee",
      type: i % 5 ? "validation" : "correction",
    });
    if (i % 3 === 0) log.step(id, { type: "cancel", reason: "cancelled_by_client" });
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

    expect((await queries.listJobs(OTHER, {}, { limit: 10, after: null })).jobs).toEqual([]);
    expect(await queries.findJob(OTHER, id!)).toBeUndefined();
  });
});
