import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { History } from "../../durable-objects/tenant/history";
import { resealStale } from "../../durable-objects/tenant/operations/reseal";
import { readEvents, type EventPage } from "../../durable-objects/tenant/operations/events";
import type { EventPlace } from "../../src/domain/delivery-plan";
import type { LogEntry } from "../../src/domain/event";
import { EVERY_EVENT, isWanted, type EventFilter } from "../../src/domain/event-filter";
import { ArchivedLog } from "../support/archive";
import { migratedShard } from "../support/d1";
import { inObject } from "../ports/sink-worlds";

let shard: D1Database;
beforeAll(async () => {
  shard = await migratedShard();
});

const SHARD_DOWN = {
  prepare: () => ({ bind: () => null }),
  batch: () => Promise.reject(new Error("D1 is down")),
} as unknown as D1Database;
const FILES_DOWN = { get: () => Promise.reject(new Error("R2 is down")) } as unknown as R2Bucket;

const inLog = (test: (log: ArchivedLog) => Promise<void>): Promise<void> =>
  inObject((tables) => test(new ArchivedLog(tables, Date.UTC(2026, 0, 1))));

interface Sources {
  readonly db?: D1Database;
  readonly files?: Pick<R2Bucket, "get">;
}

async function page(
  { tables: { tenantId, stores }, seal }: ArchivedLog,
  after: EventPlace,
  limit: number,
  filter: Partial<EventFilter> = {},
  { db = shard, files = env.FILES }: Sources = {},
): Promise<EventPage> {
  const look = readEvents(stores, { after, limit, filter: { ...EVERY_EVENT, ...filter } }, seal);
  if (look.type === "page") return look.page;
  const history = new History({ shard: () => db, files }, stores);
  const read = await history.read({ tenantId, shard: "SHARD_0" }, look, seal);
  if (!read.ok) throw new Error(read.error.reason);
  return read.value;
}

/** The feed as a client reads it: from `next` to `next`, until it is `last`. */
async function feed(
  log: ArchivedLog,
  limit: number,
  filter: Partial<EventFilter> = {},
  sources: Sources = {},
): Promise<{ readonly events: readonly LogEntry[]; readonly pages: number }> {
  const events: LogEntry[] = [];
  let after: EventPlace = { epoch: 0, eventSeq: 0 };
  for (let pages = 1; pages < 3_000; pages++) {
    const { events: found, next, last } = await page(log, after, limit, filter, sources);
    expect(found.length).toBeLessThanOrEqual(limit);
    events.push(...found);
    if (next.epoch === last.epoch && next.eventSeq === last.eventSeq) return { events, pages };
    expect(next).not.toEqual(after);
    after = next;
  }
  throw new Error("The feed never ends.");
}

/** As the feed tells them. */
const told = (events: readonly LogEntry[]) =>
  events.map(({ payload, ...entry }) => ({ ...entry, payload: JSON.parse(payload) as unknown }));

/** Trims the object behind `seq`, and the shard's oldest events. */
async function age({ tables: { tenantId, stores, commands } }: ArchivedLog, seq: number, inShard: number) {
  const { epoch } = stores.log.head();
  await commands.run(() => {
    const bounds = { upTo: { epoch, seq }, beforeMs: Date.now(), keptRows: 1_000_000, limit: 10_000 };
    stores.history.trim(bounds, stores.log.head());
  });
  stores.log.forget();
  await shard
    .prepare(`DELETE FROM events WHERE tenant_id = ?1 AND event_seq <= ?2`)
    .bind(tenantId, inShard)
    .run();
}

/** 300 entries in four segments, 200 of them events: the archive's, the shard's too, and the object's as well. */
async function threefold(log: ArchivedLog): Promise<readonly LogEntry[]> {
  for (let part = 0; part < 4; part++) {
    log.fill(75);
    await log.archive();
  }
  await log.project(shard);
  const { events } = await feed(log, 100);
  expect(events).toHaveLength(200);
  await age(log, 200, 70);
  expect(log.tables.stores.log.after(0, 0, 1)[0]?.seq).toBe(201);
  return events;
}

describe("the feed over object, shard and archive", () => {
  it("tells every event once, whatever the size of its pages", () =>
    inLog(async (log) => {
      const events = told(await threefold(log));
      for (const limit of [1, 7, 64, 100]) expect(told((await feed(log, limit)).events)).toEqual(events);
    }));

  it("tells what a filter wants, and no page looks through more than its bound", () =>
    inLog(async (log) => {
      const events = await threefold(log);
      const middle = events[100]!;
      const [jobId] = [events[30]!.subject.slice("job:".length)];
      const filters: Partial<EventFilter>[] = [
        { type: "job.submitted" },
        { jobId: jobId! },
        { sinceMs: middle.timeMs },
        { untilMs: middle.timeMs },
        { type: "job.started", sinceMs: events[40]!.timeMs, untilMs: events[160]!.timeMs },
        { sinceMs: events.at(-1)!.timeMs + 1 },
        { type: "none" },
      ];
      for (const filter of filters) {
        const wanted = events.filter((entry) => isWanted({ ...EVERY_EVENT, ...filter }, entry));
        for (const limit of [1, 9, 100])
          expect(told((await feed(log, limit, filter)).events), JSON.stringify(filter)).toEqual(told(wanted));
      }
      expect((await feed(log, 100, { type: "none" })).pages).toBeLessThan(10);
    }));

  it("goes straight to a time", () =>
    inLog(async (log) => {
      log.fill(300);
      await log.archive();
      log.nowMs += 3_600_000;
      log.fill(300);
      await log.archive();
      log.nowMs += 3_600_000;
      const sinceMs = log.nowMs;
      log.fill(30);
      await log.archive();
      log.nowMs += 3_600_000;
      const untilMs = log.nowMs;
      log.fill(300);
      await log.archive();
      await log.project(shard);
      await age(log, 900, 420);
      const found = await feed(log, 100, { sinceMs, untilMs });
      expect(found.events).toHaveLength(20);
      expect(found.pages).toBeLessThanOrEqual(2);
    }));

  it("needs no shard for what is archived", () =>
    inLog(async (log) => {
      const events = told(await threefold(log));
      expect(told((await feed(log, 50, {}, { db: SHARD_DOWN })).events)).toEqual(events);
    }));

  it("says that history is out of reach, and never leaves out a part of it", () =>
    inLog(async (log) => {
      await threefold(log);
      await expect(feed(log, 50, {}, { db: SHARD_DOWN, files: FILES_DOWN })).rejects.toThrow(
        "history_unavailable",
      );
      await expect(feed(log, 50, {}, { files: FILES_DOWN })).rejects.toThrow("history_unavailable");
    }));

  it("is told whole though the shard was set back in time", () =>
    inLog(async (log) => {
      const events = told(await threefold(log));
      await shard
        .prepare(`DELETE FROM events WHERE tenant_id = ? AND event_seq > 90`)
        .bind(log.tables.tenantId)
        .run();
      expect(told((await feed(log, 33)).events)).toEqual(events);
    }));

  it("begins where the archive does once that is too old as well", () =>
    inLog(async (log) => {
      const events = told(await threefold(log));
      log.tables.stores.segments.deleteBefore({ epoch: 1, firstSeq: 76 });
      expect(told((await feed(log, 40)).events)).toEqual(events.slice(50));
    }));

  it("tells nothing of what was shredded since, before any copy has followed", () =>
    inLog(async (log) => {
      await threefold(log);
      const { stores } = log.tables;
      const { events } = await feed(log, 100);
      const jobs = [events[0]!, events[120]!].map(({ subject }) => subject.slice("job:".length));
      for (const id of jobs) insertJob(log.tables.sql, id, ["sellerId", "metadata"]);
      expect(stores.jobs.find(jobs[0]!)?.erased).toEqual(["sellerId", "metadata"]);
      const after = told((await feed(log, 100)).events);
      for (const at of [0, 120]) {
        expect(after[at]!.payload).toMatchObject({ seller_id: null });
        expect(after[at]!.payload).not.toHaveProperty("metadata");
      }
      expect(after[2]!.payload).toHaveProperty("metadata");
    }));
});

it("a rotation leaves out of the shard what was shredded, where the object has no row of it any more", () =>
  inLog(async ({ tables: { stores, sql }, seal }) => {
    const members = { sellerId: "s", callbackUrl: null, metadata: { note: "n" } };
    const reseal = (jobId: string, erased: readonly string[]) => {
      const sealed = seal.sealMembers(jobId, members)?.text ?? null;
      insertJob(sql, jobId, erased);
      const stale = { epoch: 1, seq: 1, subject: `job:${jobId}`, payload: "{}", sealed };
      const [entry] = resealStale(stores, seal, { jobs: [], entries: [stale] }).entries;
      return entry!.sealed && seal.openMembers(jobId, entry!.sealed);
    };
    expect(reseal("j1", [])).toEqual(members);
    expect(reseal("j2", ["sellerId"])).toEqual({ ...members, sellerId: null });
    expect(reseal("j3", ["sellerId", "callbackUrl", "metadata"])).toBeNull();
  }));

function insertJob(sql: SqlStorage, id: string, erased: readonly string[]): void {
  sql.exec(
    `INSERT INTO jobs (id, status, channel, type, not_before_ms, expires_at_ms, body) VALUES (?, 'queued', 'c', 't', 0, 0, ?)`,
    id,
    JSON.stringify({ id, erased }),
  );
}

describe("the feed of a tenant that was restored", () => {
  it("tells what stands, once, from whichever place it is kept", () =>
    inLog(async (log) => {
      log.fill(75);
      await log.archive();
      log.fill(75);
      await log.archive();
      await log.project(shard);
      log.restore(100, { shard: 75, archive: 75 });
      log.fill(60);
      await log.archive();
      await log.project(shard);
      log.restore(140, { shard: 100, archive: 100 });
      log.fill(40);
      await log.archive();
      await log.project(shard);
      const whole = (await feed(log, 100)).events;
      expect(whole.map(({ eventSeq }) => eventSeq)).toEqual(whole.map((_entry, at) => at + 1));
      expect(new Set(whole.map(({ epoch }) => epoch))).toEqual(new Set([1, 2, 3]));

      await age(log, 170, 45);
      for (const limit of [1, 10, 100]) expect(told((await feed(log, limit)).events)).toEqual(told(whole));
      for (const db of [SHARD_DOWN])
        expect(told((await feed(log, 30, {}, { db })).events)).toEqual(told(whole));
      // A reader whose place was undone goes on with what took its place.
      const { events } = await page(log, { epoch: 1, eventSeq: 95 }, 1);
      expect(events[0]).toMatchObject({ epoch: 2 });
      expect(await page(log, { epoch: 9, eventSeq: 1 }, 1)).toMatchObject({ events: [], next: { epoch: 3 } });
    }));
});
