import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { HOT_MS, Retention, type LogHolder } from "../../durable-objects/tenant/retention";
import type { TenantKeys } from "../../durable-objects/tenant/tenant-keys";
import type { TenantRecord } from "../../durable-objects/tenant/tenant-store";
import { RETENTION, type Tier } from "../../src/domain/tier";
import { segmentsPrefix } from "../../src/storage/keys";
import { ArchivedLog } from "../support/archive";
import { migratedShard } from "../support/d1";
import { inObject } from "../ports/sink-worlds";

const DAY_MS = 86_400_000;
const HAS_KEYS = { ready: async () => ({ ok: true, value: null }) } as unknown as TenantKeys;
const NO_KEYS = {
  ready: async () => ({ ok: false, error: { reason: "key_unavailable" } }),
} as unknown as TenantKeys;

let shard: D1Database;
beforeAll(async () => {
  shard = await migratedShard();
});

/** A log whose entries are so old. */
const inLog = (ageMs: number, test: (log: ArchivedLog) => Promise<void>): Promise<void> =>
  inObject((tables) => test(new ArchivedLog(tables, Date.now() - ageMs)));

interface Terms {
  readonly tier?: Tier;
  readonly holders?: readonly LogHolder[];
  readonly keys?: TenantKeys;
  readonly db?: D1Database;
}

/** Steps until nothing more is due at once. */
async function keep(
  { tables: { tenantId, stores, commands, dueMs } }: ArchivedLog,
  { tier = "basic", holders = [], keys = HAS_KEYS, db = shard }: Terms = {},
): Promise<number | null> {
  const ports = { shard: () => db, files: env.FILES };
  const retention = new Retention(ports, stores, commands, keys, holders);
  for (let steps = 0; steps < 50; steps++) {
    await retention.step({ tenantId, tier, shard: "SHARD_0" } as TenantRecord);
    const due = dueMs("retention");
    if (due === null || due > Date.now() + 1_000) return due;
  }
  throw new Error("It never comes to rest.");
}

const rows = ({ tables }: ArchivedLog): number[] =>
  tables.stores.log.after(0, 0, 10_000).map(({ seq }) => seq);

const inShard = async (
  { tables: { tenantId } }: ArchivedLog,
  table: "events" | "audit_logs",
): Promise<number> =>
  (await shard
    .prepare(`SELECT COUNT(*) AS n FROM ${table} WHERE tenant_id = ?`)
    .bind(tenantId)
    .first<number>("n"))!;

const segments = async ({ tables: { tenantId } }: ArchivedLog): Promise<number> =>
  (await env.FILES.list({ prefix: segmentsPrefix(tenantId) })).objects.length;

describe("the object's log", () => {
  it("is trimmed once shard and archive have it and it is not hot any more, but for its newest entry", () =>
    inLog(HOT_MS + DAY_MS, async (log) => {
      log.fill(30);
      await keep(log);
      expect(rows(log)).toHaveLength(30);
      await log.project(shard);
      await keep(log);
      expect(rows(log)).toHaveLength(30);
      await log.archive();
      const { stores } = log.tables;
      const head = stores.log.head();
      await keep(log);
      expect(rows(log)).toEqual([30]);
      stores.log.forget();
      expect(stores.log.head()).toEqual(head);
      log.event();
      expect(stores.log.head()).toMatchObject({ seq: 31, eventSeq: head.eventSeq + 1 });
    }));

  it("is trimmed in bounded steps", () =>
    inLog(HOT_MS + DAY_MS, async (log) => {
      log.fill(2_300);
      await log.project(shard);
      await log.archive();
      await keep(log);
      expect(rows(log)).toEqual([2_300]);
    }));

  it("keeps what is hot", () =>
    inLog(HOT_MS + 20_500, async (log) => {
      log.fill(30);
      await log.project(shard);
      await log.archive();
      await keep(log);
      expect(rows(log)[0]).toBeGreaterThan(15);
      expect(rows(log)[0]).toBeLessThan(25);
    }));

  it("keeps what somebody still needs", () =>
    inLog(HOT_MS + DAY_MS, async (log) => {
      log.fill(30);
      await log.project(shard);
      await log.archive();
      // The seventh event is entry 10: two in three are events.
      await keep(log, { holders: [() => null, () => ({ epoch: 1, eventSeq: 7 })] });
      expect(rows(log)[0]).toBe(10);
    }));

  it("is not touched while the tenant's keys are out of reach", () =>
    inLog(HOT_MS + DAY_MS, async (log) => {
      log.fill(30);
      await log.project(shard);
      await log.archive();
      expect(await keep(log, { keys: NO_KEYS })).not.toBeNull();
      expect(rows(log)).toHaveLength(30);
    }));
});

describe("the shard's rows", () => {
  it("go when their time has come, events and audit entries each by their own", () =>
    inLog(RETENTION.basic.logMs + DAY_MS, async (log) => {
      log.fill(30);
      await log.project(shard);
      await keep(log);
      expect(await inShard(log, "events")).toBe(20);
      await log.archive();
      await keep(log, { tier: "premium" });
      expect(await inShard(log, "events")).toBe(20);
      await keep(log);
      expect(await inShard(log, "events")).toBe(0);
      expect(await inShard(log, "audit_logs")).toBe(10);
    }));

  it("stay as long as the archive has not got them", () =>
    inLog(RETENTION.basic.auditMs + DAY_MS, async (log) => {
      log.fill(15);
      await log.archive();
      log.fill(15);
      await log.project(shard);
      await keep(log);
      expect(await inShard(log, "events")).toBe(10);
      expect(await inShard(log, "audit_logs")).toBe(5);
    }));

  it("are those of one tenant", () =>
    inLog(RETENTION.basic.auditMs + DAY_MS, async (other) => {
      other.fill(6);
      await other.project(shard);
      await inLog(RETENTION.basic.auditMs + DAY_MS, async (log) => {
        log.fill(6);
        await log.project(shard);
        await log.archive();
        await keep(log);
        expect(await inShard(log, "events")).toBe(0);
      });
      expect(await inShard(other, "events")).toBe(4);
    }));

  it("out of reach keep neither log nor archive from their turn, and are looked for again", () =>
    inLog(HOT_MS + DAY_MS, async (log) => {
      log.fill(30);
      await log.project(shard);
      await log.archive();
      const down = {
        prepare: () => ({ bind: () => null }),
        batch: () => Promise.reject(new Error("D1 is down")),
      };
      const due = await keep(log, { db: down as unknown as D1Database });
      expect(due).toBeLessThan(Date.now() + DAY_MS / 2);
      expect(rows(log)).toEqual([30]);
    }));
});

describe("the archive's segments", () => {
  it("go when the audit's time has come, with what a restore has undone among them", () =>
    inLog(RETENTION.basic.auditMs + DAY_MS, async (log) => {
      log.fill(6);
      await log.archive();
      log.fill(6);
      await log.archive();
      log.restore(8, { shard: 0, archive: 6 });
      log.nowMs = Date.now() - DAY_MS;
      log.fill(6);
      await log.archive();
      expect(await segments(log)).toBe(3);
      await keep(log, { tier: "premium" });
      expect(await segments(log)).toBe(3);
      await keep(log);
      expect(await segments(log)).toBe(1);
      const { stores } = log.tables;
      expect(stores.segments.firstSince(0)).toMatchObject({ epoch: 2, firstSeq: 9 });
    }));

  it("all go of a tenant that sleeps, and then nothing is due any more", () =>
    inLog(RETENTION.basic.auditMs + DAY_MS, async (log) => {
      log.fill(6);
      await log.project(shard);
      await log.archive();
      expect(await keep(log)).toBeNull();
      expect(await segments(log)).toBe(0);
      expect(rows(log)).toEqual([6]);
    }));
});
