import { beforeAll, describe, expect, it } from "vitest";
import type { TenantId } from "../../src/domain/tenant-id";
import { ShardProjection } from "../../src/shards/shard-projection";
import { ShardQueries } from "../../src/shards/shard-queries";
import { migratedShard } from "../support/d1";
import { tenantId as idOf } from "../support/tenant-id";
import { eventfulLog, TenantLog, sealedOf } from "./tenant-log";

const START = { epoch: 0, seq: 0 };
const TABLES = ["jobs", "events", "audit_logs"] as const;

let db: D1Database;
let projection: ShardProjection;
let tenantNo = 0;

const freshTenant = () => idOf(`t_projected_${tenantNo++}`);

beforeAll(async () => {
  db = await migratedShard();
  projection = new ShardProjection(db);
});

/** Every row of a tenant, without its name. */
async function rowsOf(tenantId: TenantId): Promise<unknown> {
  const results = await db.batch<Record<string, unknown>>(
    TABLES.map((table) =>
      db.prepare(`SELECT * FROM ${table} WHERE tenant_id = ? ORDER BY 2, 3, 4`).bind(tenantId),
    ),
  );
  return results.map(({ results: rows }) => rows.map(({ tenant_id: _tenant, ...row }) => row));
}

/** What the relay does: sends, and follows the cursor it is told, until the shard has everything. */
async function relay(tenantId: TenantId, log: TenantLog, limit = 500): Promise<void> {
  let from = await projection.cursor(tenantId);
  for (;;) {
    const { entries, cursor } = log.batchAfter(from, limit);
    if (entries.length === 0) return;
    const outcome = await projection.apply(tenantId, entries, cursor);
    from = outcome.applied ? cursor.to : outcome.cursor;
  }
}

describe("ShardProjection.apply", () => {
  it("writes jobs, events and audit entries, and moves the cursor with them", async () => {
    const tenantId = freshTenant();
    const log = eventfulLog();

    const { entries, cursor } = log.batchAfter(START);
    expect(await projection.apply(tenantId, entries, cursor)).toEqual({ applied: true });

    const [jobs, events, audits] = (await rowsOf(tenantId)) as { payload: string; hash: string }[][];
    expect(jobs).toHaveLength(log.jobs.size);
    expect(events!.map(({ payload, hash }) => ({ payload, hash }))).toEqual(
      log.entries.filter(({ kind }) => kind === "event").map(({ payload, hash }) => ({ payload, hash })),
    );
    expect(audits).toHaveLength(2);
    expect(await projection.cursor(tenantId)).toEqual(cursor.to);
  });

  it("gives back each job as its object has it", async () => {
    const tenantId = freshTenant();
    const log = eventfulLog();
    await relay(tenantId, log, 1);

    for (const job of log.jobs.values()) {
      const {
        lease: _lease,
        faults: _faults,
        notBeforeMs: _notBeforeMs,
        traceparent: _trace,
        // The event has it, and the object; no list of the read model asks for it.
        reportDigest: _digest,
        ...record
      } = job;
      const known = await new ShardQueries(db).findJob(tenantId, job.id);
      expect({ ...known, attempts: 0 }).toEqual({ ...record, sealed: sealedOf(job.id), attempts: 0 });
    }
  });

  it("changes nothing when a batch is repeated, and says where it stands", async () => {
    const tenantId = freshTenant();
    const { entries, cursor } = eventfulLog().batchAfter(START);
    await projection.apply(tenantId, entries, cursor);
    const rows = await rowsOf(tenantId);

    expect(await projection.apply(tenantId, entries, cursor)).toEqual({ applied: false, cursor: cursor.to });
    expect(await rowsOf(tenantId)).toEqual(rows);
  });

  it("takes one of two writers that start at the same place", async () => {
    const tenantId = freshTenant();
    const { entries, cursor } = eventfulLog().batchAfter(START);

    const outcomes = await Promise.all([
      projection.apply(tenantId, entries, cursor),
      projection.apply(tenantId, entries, cursor),
    ]);

    expect(outcomes.filter(({ applied }) => applied)).toHaveLength(1);
  });

  it("writes nothing of a batch that leaves a gap", async () => {
    const tenantId = freshTenant();
    const log = eventfulLog();
    const first = log.batchAfter(START, 4);
    await projection.apply(tenantId, first.entries, first.cursor);
    const rows = await rowsOf(tenantId);

    const late = log.batchAfter({ epoch: 1, seq: 9 });
    expect(await projection.apply(tenantId, late.entries, late.cursor)).toEqual({
      applied: false,
      cursor: first.cursor.to,
    });
    expect(await rowsOf(tenantId)).toEqual(rows);
  });

  it("follows a cursor that Time Travel rewound, rows and all", async () => {
    const tenantId = freshTenant();
    const log = eventfulLog();
    await relay(tenantId, log, 5);
    const complete = await rowsOf(tenantId);
    await db.batch([
      ...TABLES.map((table) => db.prepare(`DELETE FROM ${table} WHERE tenant_id = ?`).bind(tenantId)),
      db.prepare(`DELETE FROM sink_cursors WHERE tenant_id = ?`).bind(tenantId),
    ]);

    log.submit();
    const next = log.batchAfter({ epoch: 1, seq: log.entries.length - 1 });
    expect(await projection.apply(tenantId, next.entries, next.cursor)).toEqual({
      applied: false,
      cursor: START,
    });

    log.entries.pop();
    await relay(tenantId, log, 5);
    expect(await rowsOf(tenantId)).toEqual(complete);
  });

  it("never takes a job back, even where the cursor alone was rewound", async () => {
    const tenantId = freshTenant();
    const log = eventfulLog();
    await relay(tenantId, log);
    const complete = await rowsOf(tenantId);
    await db.prepare(`UPDATE sink_cursors SET epoch = 0, seq = 0 WHERE tenant_id = ?`).bind(tenantId).run();

    for (const entry of log.entries) {
      const { entries, cursor } = log.batchAfter(await projection.cursor(tenantId), 1);
      expect(entries[0]?.seq).toBe(entry.seq);
      expect(await projection.apply(tenantId, entries, cursor)).toEqual({ applied: true });
      expect(await rowsOf(tenantId)).toEqual(complete);
    }
  });

  it.each([1, 2, 7])(
    "gives the same rows from batches of %i as from the whole log at once",
    async (limit) => {
      const [whole, piecemeal] = [freshTenant(), freshTenant()];
      const log = eventfulLog();
      await relay(whole, log);
      await relay(piecemeal, log, limit);

      expect(await rowsOf(piecemeal)).toEqual(await rowsOf(whole));
    },
  );

  it("keeps two tenants of one shard apart, though their jobs have the same ids", async () => {
    const [mine, theirs] = [freshTenant(), freshTenant()];
    const log = eventfulLog();
    const first = log.batchAfter(START, 5);
    await projection.apply(mine, first.entries, first.cursor);
    const before = await rowsOf(mine);
    expect(await rowsOf(theirs)).toEqual([[], [], []]);
    expect(await projection.cursor(theirs)).toEqual(START);

    await relay(theirs, log, 5);

    expect(await rowsOf(mine)).toEqual(before);
    const queries = new ShardQueries(db);
    const ids = [...log.jobs.keys()];
    expect((await queries.findJob(mine, ids[0]!))?.status).toBe("queued");
    expect((await queries.findJob(theirs, ids[0]!))?.status).toBe("expired");
    expect(await queries.findJob(mine, ids[6]!)).toBeUndefined();
    expect((await queries.listJobs(mine, {}, { limit: 100, after: null })).jobs).toHaveLength(4);
  });
});

describe("ShardProjection.apply after a restore", () => {
  /** Restored to the middle of a run: the success was undone, and so was a job submitted afterwards. */
  async function restored(limit: number) {
    const tenantId = freshTenant();
    const log = new TenantLog();
    const [early, running] = [log.submit(), log.submit()];
    log.begin(early.id);
    log.succeed(early.id);
    log.begin(running.id);
    const point = log.entries.length;
    log.succeed(running.id);
    const undone = log.submit();
    log.audit();
    await relay(tenantId, log, limit);

    const after = log.restoredTo(point, 2);
    after.audit();
    const later = after.submit();
    return { tenantId, after, early, running, undone, later };
  }

  it.each([1, 500])("undoes what was undone and keeps the rest, in batches of %i", async (limit) => {
    const { tenantId, after, early, running, undone, later } = await restored(limit);
    await relay(tenantId, after, limit);

    const queries = new ShardQueries(db);
    expect((await queries.findJob(tenantId, early.id))?.status).toBe("succeeded");
    expect(await queries.findJob(tenantId, running.id)).toMatchObject({
      status: "running",
      completedAtMs: null,
      reportRef: null,
      findingsTotal: 0,
    });
    expect(await queries.findJob(tenantId, undone.id)).toBeUndefined();
    expect((await queries.findJob(tenantId, later.id))?.status).toBe("queued");

    const rebuilt = freshTenant();
    await relay(rebuilt, after);
    expect(await rowsOf(tenantId)).toEqual(await rowsOf(rebuilt));
  });

  it("does so when two restores came before the shard heard of the first", async () => {
    const { tenantId, after } = await restored(500);
    after.submit();
    const again = after.restoredTo(after.entries.length - 2, 3);
    again.audit();
    await relay(tenantId, again);

    const rebuilt = freshTenant();
    await relay(rebuilt, again);
    expect(await rowsOf(tenantId)).toEqual(await rowsOf(rebuilt));
  });

  it("undoes nothing for a writer that is not at the shard's place", async () => {
    const { tenantId, after } = await restored(500);
    const stands = await projection.cursor(tenantId);
    const rows = await rowsOf(tenantId);

    const stale = after.batchAfter({ epoch: 1, seq: stands.seq - 1 });
    expect(await projection.apply(tenantId, stale.entries, stale.cursor)).toEqual({
      applied: false,
      cursor: stands,
    });
    expect(await rowsOf(tenantId)).toEqual(rows);
  });
});
