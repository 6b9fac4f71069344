import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { sha256Hex } from "../../src/crypto/canonical-json";
import { decodeSegment, encodeEntry, encodeSegment, segmentFault } from "../../src/domain/log-segment";
import { segmentKey } from "../../src/storage/keys";
import { putSegment } from "../../src/storage/segments";
import { ArchivedLog, segmentsOf, spoiled } from "../support/archive";
import { inObject, testSeal } from "../ports/sink-worlds";

const inLog = (test: (log: ArchivedLog) => Promise<void>): Promise<void> =>
  inObject((tables) => test(new ArchivedLog(tables)));

const keysIn = async ({ tables: { tenantId } }: ArchivedLog): Promise<string[]> =>
  (await env.FILES.list({ prefix: `${tenantId}/` })).objects.map(({ key }) => key);

const cursor = ({ tables }: ArchivedLog) => tables.stores.sinks.cursor("archive");

/** The segments, verified by their own lines and by how one follows the other. */
async function verified(log: ArchivedLog) {
  const segments = await segmentsOf(log.tables.tenantId, log.seal);
  for (const [at, segment] of segments.entries()) {
    expect(segmentFault(segment, sha256Hex)).toBeNull();
    const before = segments[at - 1]?.entries.at(-1);
    if (before && before.epoch === segment.header.epoch) expect(segment.header.prevHash).toBe(before.hash);
  }
  return segments;
}

describe("a segment", () => {
  it("verifies by its own lines, and says the whole of what rests sealed elsewhere", () =>
    inLog(async (log) => {
      log.fill(30);
      const canary = log.submit({ note: "canary" });
      expect(await log.archive()).toBe("empty");
      const [segment, ...others] = await verified(log);
      expect(others).toEqual([]);
      expect(segment!.header).toMatchObject({
        tenant: log.tables.tenantId,
        epoch: 1,
        firstSeq: 1,
        lastSeq: 31,
        count: 31,
      });
      const entry = segment!.entries.at(-1)!;
      expect(entry.subject).toBe(`job:${canary}`);
      expect(JSON.parse(entry.payload)).toMatchObject({
        seller_id: `seller-${canary}`,
        metadata: { note: "canary" },
      });
      expect(segment!.entries.every(({ salt }) => salt !== null)).toBe(true);
      const stored = await (await env.FILES.get((await keysIn(log))[0]!))!.arrayBuffer();
      expect(new TextDecoder().decode(stored)).not.toContain("canary");
    }));

  it.each([
    [
      "a changed payload",
      (line: string) => line.replace('\\"n\\":0', '\\"n\\":1'),
      "is not what its digest says",
    ],
    ["a changed time", (line: string) => line.replace(/"time_ms":\d/, '"time_ms":9'), "does not attach"],
    ["a changed place", (line: string) => line.replace('"seq":1,', '"seq":2,'), "is out of place"],
  ])("with %s does not verify", async (_what, change, fault) => {
    await inLog(async (log) => {
      log.fill(3);
      await log.archive();
      const [segment] = await verified(log);
      const lines = segment!.entries.map((entry, at) =>
        at === 0 ? change(encodeEntry(entry)) : encodeEntry(entry),
      );
      expect(segmentFault(decodeSegment(encodeSegment(segment!.header, lines))!, sha256Hex)).toContain(fault);
      expect(
        segmentFault(decodeSegment(encodeSegment(segment!.header, lines.slice(1)))!, sha256Hex),
      ).toContain("count");
    });
  });

  it("is bounded by entries, and lies within one epoch", () =>
    inLog(async (log) => {
      log.fill(1_200);
      await log.archive();
      log.fill(10);
      log.restore(1_205, { shard: 0, archive: 1_200 });
      log.fill(4);
      await log.archive();
      const segments = await verified(log);
      expect(segments.map(({ header: { epoch, firstSeq, lastSeq } }) => [epoch, firstSeq, lastSeq])).toEqual([
        [1, 1, 1_000],
        [1, 1_001, 1_200],
        [1, 1_201, 1_205],
        [2, 1_206, 1_210],
      ]);
      expect(segments[3]!.header.prevHash).toBe(segments[2]!.entries.at(-1)!.hash);
    }));
});

describe("the archive's writer", () => {
  it("that died between the put and its cursor writes nothing twice", () =>
    inLog(async (log) => {
      log.fill(5);
      const dies = spoiled({
        put: (async (...args: Parameters<R2Bucket["put"]>) => {
          await env.FILES.put(...args);
          throw new Error("cut off");
        }) as R2Bucket["put"],
      });
      expect(await log.archive(dies)).toBe("failed");
      expect(cursor(log)).toMatchObject({ seq: 0, failures: 1 });
      // What came meanwhile finds its place taken, and waits for a segment of its own.
      log.fill(3);
      expect(await log.archive()).toBe("empty");
      expect((await verified(log)).map(({ header }) => header.lastSeq)).toEqual([5, 8]);
      expect(cursor(log)).toMatchObject({ seq: 8, failures: 0 });
    }));

  it("whose put ends late finds its place taken", () =>
    inLog(async (log) => {
      log.fill(5);
      const late: (() => Promise<unknown>)[] = [];
      const hangs = spoiled({
        put: ((...args: Parameters<R2Bucket["put"]>) => {
          late.push(() => env.FILES.put(...args));
          return Promise.reject(new Error("no answer"));
        }) as R2Bucket["put"],
      });
      await log.archive(hangs);
      expect(log.tables.stores.segments.isInDoubtBefore(cursor(log), 2)).toBe(true);
      log.fill(2);
      await log.archive();
      const before = await verified(log);
      expect(await late[0]!()).toBeNull();
      expect(await verified(log)).toEqual(before);
      expect(log.tables.stores.segments.isInDoubtBefore(cursor(log), 2)).toBe(false);
    }));

  it("follows a segment that is there with other ends, if it is of this very log", () =>
    inLog(async (log) => {
      log.fill(8);
      await log.archive();
      const { stores } = log.tables;
      stores.sinks.save("archive", { epoch: 0, seq: 0, failures: 0 });
      stores.segments.delete(1, 1);
      log.fill(4);
      await log.archive();
      expect((await verified(log)).map(({ header }) => [header.firstSeq, header.lastSeq])).toEqual([
        [1, 8],
        [9, 12],
      ]);
      expect(stores.segments.find(1, 1)).toMatchObject({ lastSeq: 8, eventsBefore: 0 });
    }));

  it("whose cursor was set back to where no segment begins repeats itself, and everything still verifies", () =>
    inLog(async (log) => {
      log.fill(8);
      await log.archive();
      log.tables.stores.sinks.save("archive", { epoch: 1, seq: 3, failures: 0 });
      await log.archive();
      expect(cursor(log)).toMatchObject({ epoch: 1, seq: 8 });
      for (const segment of await segmentsOf(log.tables.tenantId, log.seal))
        expect(segmentFault(segment, sha256Hex)).toBeNull();
    }));

  it("follows what was archived before a restore as far as it stands, and leaves the rest", () =>
    inLog(async (log) => {
      log.fill(6);
      await log.archive();
      log.fill(6);
      await log.archive();
      log.restore(9, { shard: 0, archive: 6 });
      log.fill(3);
      expect(await log.archive()).toBe("empty");
      expect((await verified(log)).map(({ header: h }) => [h.epoch, h.firstSeq, h.lastSeq])).toEqual([
        [1, 1, 6],
        [1, 7, 12],
        [2, 10, 13],
      ]);
      expect(log.tables.stores.segments.find(1, 7)).toMatchObject({ lastSeq: 9 });
      expect(cursor(log)).toMatchObject({ epoch: 2, seq: 13 });
    }));

  it.each<readonly [what: string, plant: (log: ArchivedLog, path: string) => Promise<unknown>]>([
    ["what is no segment", (log, path) => putSegment(env.FILES, log.seal.fileKeys(path), "no segment\n")],
    [
      "what another key has sealed",
      async (log, path) => {
        const { tenantId } = log.tables;
        await putSegment(env.FILES, testSeal(tenantId, 2).fileKeys(path), await textOf(log));
      },
    ],
    [
      "a segment of another log",
      async (log, path) =>
        putSegment(
          env.FILES,
          log.seal.fileKeys(path),
          (await textOf(log)).replaceAll('"seq":', '"seq": ').replace(/[0-9a-f]{64}/, "1".repeat(64)),
        ),
    ],
    [
      "a segment that is ahead of the log",
      async (log, path) => {
        await putSegment(env.FILES, log.seal.fileKeys(path), await textOf(log));
        log.tables.sql.exec(`DELETE FROM log WHERE seq > 3`);
        log.tables.stores.log.forget();
      },
    ],
  ])("never replaces nor follows %s", (_what, plant) =>
    inLog(async (log) => {
      log.fill(5);
      const path = segmentKey(log.tables.tenantId, 1, 1);
      await plant(log, path);
      const before = (await env.FILES.head(path))!.etag;
      expect(await log.archive()).toBe("failed");
      expect(await log.archive()).toBe("failed");
      expect((await env.FILES.head(path))!.etag).toBe(before);
      const { stores } = log.tables;
      expect(cursor(log)).toMatchObject({ seq: 0, failures: 2 });
      expect(stores.segments.isInDoubtBefore(cursor(log), 2)).toBe(false);
    }),
  );
});

/** The segment that the log's own archive would begin with. */
async function textOf({ tables, seal }: ArchivedLog): Promise<string> {
  const rows = tables.stores.history.chainedAfter({ epoch: 1, seq: 0 }, 100);
  const lines = rows.map((row) => encodeEntry(seal.openWhole(row)));
  const [first, last] = [rows[0]!, rows.at(-1)!];
  const header = {
    epoch: 1,
    firstSeq: first.seq,
    lastSeq: last.seq,
    prevHash: first.prevHash,
    count: rows.length,
  };
  return encodeSegment({ tenant: tables.tenantId, ...header }, lines);
}
