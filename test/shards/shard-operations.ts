/** Every way through every method that runs SQL on a shard: what the lint and the plans are held against. */

import { EVERY_EVENT, isEvery } from "../../src/domain/event-filter";
import { ShardLog } from "../../src/shards/shard-log";
import { ShardProjection } from "../../src/shards/shard-projection";
import { ShardQueries, type JobCursor, type JobFilter } from "../../src/shards/shard-queries";
import { ShardSeals } from "../../src/shards/shard-seals";
import type { Operation } from "../support/operations";
import { tenantId } from "../support/tenant-id";
import { eventfulLog } from "./tenant-log";

const START = { epoch: 0, seq: 0 };
const AFTER: JobCursor = { createdAtMs: 1, id: "j" };

export const TENANT = tenantId("t_stated");

const LISTS: readonly (readonly [way: string, filter: JobFilter, after: JobCursor | null])[] = [
  ["everything", {}, null],
  ["after a page", {}, AFTER],
  ["by status", { status: "failed" }, null],
  ["by status after a page", { status: "failed" }, AFTER],
  ["by time", { createdAfterMs: 1, createdBeforeMs: 2 }, AFTER],
  ["by channel and type", { channel: "magalu", type: "validation" }, AFTER],
];

/** A log with a restore in it, sent by a relay that also repeats itself. */
async function relay(db: D1Database): Promise<void> {
  const projection = new ShardProjection(db);
  const log = eventfulLog();
  const submissions = log.batchAfter(START, 8);
  await projection.apply(TENANT, submissions.entries, submissions.cursor);
  const first = log.batchAfter(submissions.cursor.to);
  await projection.apply(TENANT, first.entries, first.cursor);
  await projection.apply(TENANT, first.entries, first.cursor);
  const restored = log.restoredTo(10, 2);
  restored.audit();
  const second = restored.batchAfter(first.cursor.to);
  await projection.apply(TENANT, second.entries, second.cursor);
}

export const SHARD_OPERATIONS: readonly Operation[] = [
  { method: "ShardProjection.apply", way: "with a restore", run: relay },
  {
    method: "ShardProjection.cursor",
    way: "of a known tenant",
    run: (db) => new ShardProjection(db).cursor(TENANT),
  },
  {
    method: "ShardSeals.reseal",
    way: "of both",
    run: (db) =>
      new ShardSeals(db).reseal(
        TENANT,
        [{ id: "j", sealed: "s1.2.x" }],
        [{ epoch: 1, seq: 2, payload: "{}", sealed: "s1.2.x" }],
      ),
  },
  {
    method: "ShardSeals.stale",
    way: "of both",
    run: (db) => new ShardSeals(db).stale(TENANT, "s1.2.", "s1."),
  },
  {
    method: "ShardSeals.resealSubmission",
    way: "of a job",
    run: (db) => new ShardSeals(db).resealSubmission(TENANT, "j", 1, "s1.2.x"),
  },
  {
    method: "ShardSeals.sealedAfter",
    way: "up to a place",
    run: (db) => new ShardSeals(db).sealedAfter(TENANT, START, { epoch: 2, seq: 5 }, 10),
  },
  ...[EVERY_EVENT, { type: "job.failed", jobId: "j", sinceMs: 1, untilMs: 2, source: "any" as const }].map(
    (filter) => ({
      method: "ShardLog.stretch",
      way: isEvery(filter) ? "whole" : "filtered",
      run: (db: D1Database) => new ShardLog(db).stretch(TENANT, { epoch: 1, after: 0, to: 9 }, filter, 5),
    }),
  ),
  {
    method: "ShardLog.hashesAfter",
    way: "a place",
    run: (db) => new ShardLog(db).hashesAfter(TENANT, { epoch: 1, seq: 1 }, 5),
  },
  {
    method: "ShardLog.trim",
    way: "up to a place",
    run: (db) =>
      new ShardLog(db).trim(TENANT, { eventsBeforeMs: 2, auditBeforeMs: 1, upTo: { epoch: 1, seq: 5 } }),
  },
  { method: "ShardSeals.erase", way: "of a tenant", run: (db) => new ShardSeals(db).erase(TENANT) },
  { method: "ShardQueries.findJob", way: "by id", run: (db) => new ShardQueries(db).findJob(TENANT, "j") },
  ...LISTS.map(([way, filter, after]) => ({
    method: "ShardQueries.listJobs",
    way,
    run: (db: D1Database) => new ShardQueries(db).listJobs(TENANT, filter, { limit: 5, after }),
  })),
];
