import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { err, ok, type Result } from "../../src/domain/result";
import { DataKeyCache, DEFAULT_LIVES } from "../../src/keys/data-key-cache";
import type { WrapFault } from "../../src/keys/key-wrapper";

const MINUTE_MS = 60_000;
const KEY = randomBytes(32);
const REFUSED: Result<Uint8Array, WrapFault> = err("refused");
const UNAVAILABLE: Result<Uint8Array, WrapFault> = err("unavailable");

describe("a cached key", () => {
  it.each([
    [0, "fresh"],
    [5 * MINUTE_MS - 1, "fresh"],
    [5 * MINUTE_MS, "stale"],
    [60 * MINUTE_MS - 1, "stale"],
    [60 * MINUTE_MS, "absent"],
    [-1, "stale"],
  ])("is, %i ms after it was put, %s", (afterMs, type) => {
    const cache = new DataKeyCache();
    cache.put(1, KEY, 1000);
    expect(cache.get(1, 1000 + afterMs).type).toBe(type);
    expect(cache.get(2, 1000 + afterMs)).toEqual({ type: "absent" });
  });

  it("lives on through an outage to its hard life's end, asked for again every retry and not more often", () => {
    const cache = new DataKeyCache();
    cache.put(1, KEY, 0);
    let asked = 0;
    let served = 0;
    for (let nowMs = 0; nowMs < 2 * 60 * MINUTE_MS; nowMs += 1000) {
      const cached = cache.get(1, nowMs);
      if (cached.type === "fresh") served++;
      if (cached.type !== "stale") continue;
      asked++;
      const settled = cache.settle(1, UNAVAILABLE, nowMs);
      expect(settled.ok && KEY.equals(settled.value)).toBe(true);
      served++;
    }
    expect(served).toBe(3600);
    expect(asked).toBe((55 * MINUTE_MS) / DEFAULT_LIVES.retryMs);
    expect(cache.settle(1, UNAVAILABLE, 60 * MINUTE_MS)).toEqual(UNAVAILABLE);
  });

  it("does not outlive its hard life by a refresh that failed at the last moment", () => {
    const cache = new DataKeyCache();
    cache.put(1, KEY, 0);
    expect(cache.settle(1, UNAVAILABLE, 60 * MINUTE_MS - 1).ok).toBe(true);
    expect(cache.get(1, 60 * MINUTE_MS)).toEqual({ type: "absent" });
  });

  it("ends at once when its refresh is refused, and comes back when it is given again", () => {
    const cache = new DataKeyCache();
    cache.put(1, KEY, 0);
    cache.put(2, KEY, 0);
    expect(cache.settle(1, REFUSED, 1)).toEqual(REFUSED);
    expect(cache.get(1, 1)).toEqual({ type: "absent" });
    expect(cache.settle(1, UNAVAILABLE, 1)).toEqual(UNAVAILABLE);
    expect(cache.get(2, 1).type).toBe("fresh");
    expect(cache.settle(1, ok(KEY), 2)).toEqual(ok(KEY));
    expect(cache.get(1, 2).type).toBe("fresh");
  });

  it("is a copy both ways, so that neither side's wiping reaches the other's", () => {
    const cache = new DataKeyCache();
    const given = Uint8Array.from(KEY);
    cache.put(1, given, 0);
    given.fill(0);
    const cached = cache.get(1, 0);
    const taken = cached.type === "absent" ? new Uint8Array() : cached.key;
    expect(KEY.equals(taken)).toBe(true);
    cache.clear();
    expect(KEY.equals(taken)).toBe(true);
    expect(cache.get(1, 0)).toEqual({ type: "absent" });
  });

  it.each<[string, (cache: DataKeyCache) => void]>([
    ["all are cleared", (cache) => cache.clear()],
    ["it ends", (cache) => cache.end(1)],
    ["it is refused", (cache) => void cache.settle(1, REFUSED, 1)],
    ["it is replaced", (cache) => cache.put(1, randomBytes(32), 1)],
    ["its hard life is over", (cache) => void cache.get(2, 60 * MINUTE_MS)],
  ])("is overwritten with zeros when %s", (_case, act) => {
    const cache = new DataKeyCache();
    // The bytes that the cache holds are its own copy: seen here as they are made.
    const held: Uint8Array[] = [];
    const from = Uint8Array.from;
    Uint8Array.from = ((source: Uint8Array) => {
      const made = from.call(Uint8Array, source);
      held.push(made);
      return made;
    }) as typeof Uint8Array.from;
    try {
      cache.put(1, KEY, 0);
    } finally {
      Uint8Array.from = from;
    }
    expect(held).toHaveLength(1);
    expect(KEY.equals(held[0]!)).toBe(true);
    act(cache);
    expect(held[0]!.every((byte) => byte === 0)).toBe(true);
  });
});

describe("the cache and its model agree", () => {
  const LIVES = { softMs: 10, hardMs: 40, retryMs: 3 };
  const version = fc.integer({ min: 1, max: 3 });
  const step = fc.oneof(
    fc.record({ type: fc.constant("get" as const), version }),
    fc.record({ type: fc.constant("put" as const), version, byte: fc.integer({ min: 1, max: 255 }) }),
    fc.record({ type: fc.constant("found" as const), version, byte: fc.integer({ min: 1, max: 255 }) }),
    fc.record({ type: fc.constantFrom("refused" as const, "unavailable" as const), version }),
    fc.record({ type: fc.constant("end" as const), version }),
    fc.record({ type: fc.constant("clear" as const) }),
  );
  const timed = fc.record({ step, afterMs: fc.integer({ min: 0, max: 15 }) });

  it("whatever is done in whatever order", () => {
    fc.assert(
      fc.property(fc.array(timed, { maxLength: 60 }), (steps) => {
        const cache = new DataKeyCache(LIVES);
        /** When each key was put, what it is, and when its last failed refresh was. */
        const model = new Map<number, { atMs: number; byte: number; triedMs: number | null }>();
        const known = (of: number, nowMs: number) => {
          const entry = model.get(of);
          return entry && nowMs - entry.atMs < LIVES.hardMs ? entry : null;
        };
        let nowMs = 0;
        for (const { step: done, afterMs } of steps) {
          nowMs += afterMs;
          if (done.type === "clear") {
            cache.clear();
            model.clear();
            continue;
          }
          const entry = known(done.version, nowMs);
          switch (done.type) {
            case "get": {
              const cached = cache.get(done.version, nowMs);
              if (entry === null) expect(cached).toEqual({ type: "absent" });
              else {
                const isFresh =
                  entry.triedMs === null
                    ? nowMs - entry.atMs < LIVES.softMs
                    : nowMs - entry.triedMs < LIVES.retryMs;
                expect(cached).toEqual({ type: isFresh ? "fresh" : "stale", key: keyOf(entry.byte) });
              }
              break;
            }
            case "put":
              cache.put(done.version, keyOf(done.byte), nowMs);
              model.set(done.version, { atMs: nowMs, byte: done.byte, triedMs: null });
              break;
            case "found":
              expect(cache.settle(done.version, ok(keyOf(done.byte)), nowMs)).toEqual(ok(keyOf(done.byte)));
              model.set(done.version, { atMs: nowMs, byte: done.byte, triedMs: null });
              break;
            case "refused":
              expect(cache.settle(done.version, REFUSED, nowMs)).toEqual(REFUSED);
              model.delete(done.version);
              break;
            case "unavailable":
              expect(cache.settle(done.version, UNAVAILABLE, nowMs)).toEqual(
                entry === null ? UNAVAILABLE : ok(keyOf(entry.byte)),
              );
              if (entry !== null) entry.triedMs = nowMs;
              break;
            case "end":
              cache.end(done.version);
              model.delete(done.version);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

const keyOf = (byte: number) => new Uint8Array(32).fill(byte);
