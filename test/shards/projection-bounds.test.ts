import { beforeAll, describe, expect, it } from "vitest";
import { ShardProjection } from "../../src/shards/shard-projection";
import { ShardQueries } from "../../src/shards/shard-queries";
import { migratedShard, recording } from "../support/d1";
import { tenantId as idOf } from "../support/tenant-id";
import { COUNTERS, TenantLog, sealedOf } from "./tenant-log";

const START = { epoch: 0, seq: 0 };

let db: D1Database;
let projection: ShardProjection;
let tenantNo = 0;

const freshTenant = () => idOf(`t_bounds_${tenantNo++}`);

beforeAll(async () => {
  db = await migratedShard();
  projection = new ShardProjection(db);
});

describe("ShardProjection.apply at its bounds", () => {
  it("takes 500 entries", async () => {
    const tenantId = freshTenant();
    const log = new TenantLog();
    for (let i = 0; i < 125; i++) {
      const { id } = log.submit();
      log.begin(id);
      log.succeed(id);
      log.audit();
    }
    const { entries, cursor } = log.batchAfter(START, 500);
    expect(entries).toHaveLength(500);

    expect(await projection.apply(tenantId, entries, cursor)).toEqual({ applied: true });
    const page = await new ShardQueries(db).listJobs(
      tenantId,
      { status: "succeeded" },
      { limit: 200, after: null },
    );
    expect(page.jobs).toHaveLength(125);
    expect(page.jobs[0]).toMatchObject({ counters: COUNTERS, sealed: sealedOf(page.jobs[0]?.id ?? "") });
  });

  it.each(['"', "\\", "é", "\u{1F600}"])(
    "takes 900 KB of payload that is nothing but %s",
    async (character) => {
      const tenantId = freshTenant();
      const log = new TenantLog();
      const bytes = Buffer.byteLength(JSON.stringify(character)) - 2;
      const text = character.repeat(Math.floor(1_500 / bytes));
      for (let i = 0; i < 500; i++) log.submit({ rulesProfileId: text });
      const { entries, cursor } = log.batchAfter(START, 500);
      expect(Buffer.byteLength(entries.map(({ payload }) => payload).join(""))).toBeGreaterThan(850_000);

      const recorder = recording(db);
      expect(await new ShardProjection(recorder.db).apply(tenantId, entries, cursor)).toEqual({
        applied: true,
      });

      const bound = recorder.statements.flatMap(({ values }) => values);
      expect(Math.max(...bound.map((value) => Buffer.byteLength(String(value))))).toBeLessThan(1_800_000);
      const { jobs } = await new ShardQueries(db).listJobs(tenantId, {}, { limit: 600, after: null });
      expect(jobs).toHaveLength(500);
      expect(jobs.every(({ rulesProfileId }) => rulesProfileId === text)).toBe(true);
    },
  );

  it("touches one row for each of its jobs, however many the tenant has", async () => {
    expect.assertions(2);
    const tenantId = freshTenant();
    const log = new TenantLog();
    const jobs = Array.from({ length: 2_000 }, () => log.submit());
    for (let seq = 0; seq < 2_000; seq += 500) {
      const { entries, cursor } = log.batchAfter(seq === 0 ? START : { epoch: 1, seq });
      await projection.apply(tenantId, entries, cursor);
    }
    for (const { id } of jobs.slice(0, 250)) log.begin(id);
    const { entries, cursor } = log.batchAfter({ epoch: 1, seq: 2_000 });
    const recorder = recording(db);
    const batch = async (statements: D1PreparedStatement[]) => {
      const results = await db.batch(statements);
      const { meta } = results[recorder.statements.findIndex(({ sql }) => sql.includes("UPDATE jobs"))]!;
      expect(meta.rows_read).toBeLessThan(3_000);
      return results;
    };
    const counted = new ShardProjection({ ...recorder.db, batch } as D1Database);

    expect(await counted.apply(tenantId, entries, cursor)).toEqual({ applied: true });
  });
});
