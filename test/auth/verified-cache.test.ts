import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VerifiedCache } from "../../src/auth/verified-cache";

const LIMITS = { maxTokens: 8, maxChars: 1000, maxAgeMs: 60_000 };
const NOW = 1_000_000;
const claims = (expiresAtMs = NOW + 30_000) => ({ expiresAtMs });
const filled = (limits: Partial<typeof LIMITS>, tokens: readonly string[]) => {
  const cache = new VerifiedCache<{ expiresAtMs: number }>({ ...LIMITS, ...limits });
  for (const token of tokens) cache.set(token, claims(), NOW);
  return cache;
};
const kept = (cache: VerifiedCache<{ expiresAtMs: number }>, tokens: readonly string[]) =>
  tokens.filter((token) => cache.get(token, NOW) !== undefined);
const numbered = (count: number, chars = 4) =>
  Array.from({ length: count }, (_, at) => String(at).padStart(chars, "0"));

describe("VerifiedCache", () => {
  it("gives back the very claims it was given, and nothing for other tokens", () => {
    const cache = filled({}, []);
    const own = claims();
    cache.set("a", own, NOW);
    expect(cache.get("a", NOW)).toBe(own);
    expect(cache.get("b", NOW)).toBeUndefined();
    expect(cache.get("", NOW)).toBeUndefined();
    expect(cache.get("__proto__", NOW)).toBeUndefined();
  });

  it.each([
    ["until they expire", 30_000, 60_000, 29_999, true],
    ["not when they have expired", 30_000, 60_000, 30_000, false],
    ["until their greatest age", 30_000, 10_000, 9_999, true],
    ["not beyond their greatest age", 30_000, 10_000, 10_000, false],
  ])("keeps claims %s", (_name, lifeMs, maxAgeMs, afterMs, expected) => {
    const cache = filled({ maxAgeMs }, []);
    cache.set("a", claims(NOW + lifeMs), NOW);
    expect(cache.get("a", NOW + afterMs) !== undefined).toBe(expected);
    if (!expected) expect(cache.get("a", NOW)).toBeUndefined();
  });

  it("does not grow an entry's age by asking for it", () => {
    const cache = filled({ maxAgeMs: 10_000, maxTokens: 2 }, ["a", "b"]);
    expect(cache.get("a", NOW + 9_999)).toBeDefined();
    expect(cache.get("a", NOW + 10_000)).toBeUndefined();
  });

  it("forgets what is deleted, in either generation", () => {
    const tokens = numbered(6);
    const cache = filled({}, tokens);
    cache.delete(tokens[0]!);
    cache.delete(tokens[5]!);
    expect(kept(cache, tokens)).toEqual(tokens.slice(1, 5));
  });

  it("puts a token's new claims in the place of its old ones", () => {
    const cache = filled({}, ["a", "b", "c", "d", "e"]);
    cache.set("a", claims(NOW + 1), NOW);
    expect(cache.get("a", NOW)).toEqual(claims(NOW + 1));
    expect(cache.get("a", NOW + 1)).toBeUndefined();
  });

  it("keeps at least half its number of the newest, and what is asked for again and again", () => {
    const cache = filled({}, []);
    cache.set("hot", claims(), NOW);
    for (const token of numbered(1000)) {
      cache.set(token, claims(), NOW);
      expect(cache.get("hot", NOW)).toBeDefined();
    }
    expect(kept(cache, numbered(1000).slice(-2))).toHaveLength(2);
  });

  it("keeps no token that is longer than half of all the characters", () => {
    const cache = filled({ maxChars: 20 }, ["a"]);
    cache.set("x".repeat(11), claims(), NOW);
    expect(cache.get("x".repeat(11), NOW)).toBeUndefined();
    expect(cache.get("a", NOW)).toBeDefined();
  });

  it("has room again for what was deleted", () => {
    const cache = filled({ maxChars: 40 }, ["a"]);
    for (const token of numbered(100, 10)) {
      cache.set(token, claims(), NOW);
      cache.delete(token);
    }
    expect(cache.get("a", NOW)).toBeDefined();
  });

  it("never holds more tokens or characters than it may, and never anything deleted or expired", () => {
    const token = fc.integer({ min: 1, max: 40 }).map((length) => "x".repeat(length));
    const step = fc.oneof(
      fc.record({ type: fc.constant("set" as const), token, lifeMs: fc.integer({ min: 1, max: 50 }) }),
      fc.record({ type: fc.constant("get" as const), token }),
      fc.record({ type: fc.constant("delete" as const), token }),
      fc.record({ type: fc.constant("wait" as const), token }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const cache = new VerifiedCache<{ expiresAtMs: number }>({ ...LIMITS, maxChars: 100 });
        const model = new Map<string, number>();
        let nowMs = NOW;
        for (const next of steps) {
          if (next.type === "wait") nowMs += 10;
          if (next.type === "delete") {
            cache.delete(next.token);
            model.delete(next.token);
          }
          if (next.type === "set") {
            cache.set(next.token, claims(nowMs + next.lifeMs), nowMs);
            model.set(next.token, nowMs + next.lifeMs);
          }
          const found = cache.get(next.token, nowMs);
          if (found) {
            expect(found.expiresAtMs).toBe(model.get(next.token));
            expect(found.expiresAtMs).toBeGreaterThan(nowMs);
          }
        }
        // A look at an old entry moves it, and so may drop another: what is left is counted one by one.
        const left = [...model.keys()].filter((key) => cache.get(key, nowMs) !== undefined);
        expect(left.length).toBeLessThanOrEqual(LIMITS.maxTokens);
      }),
    );
  });

  it.each([
    ["number", { maxTokens: 8 }, numbered(100), 8],
    ["characters", { maxTokens: 1000, maxChars: 100 }, numbered(100, 10), 10],
  ])("is bounded in %s", (_name, limits, tokens, most) => {
    const cache = filled(limits, tokens);
    // Newest first: these stay where they are, so that asking does not push others out.
    const left = kept(cache, tokens.toReversed());
    expect(left.length).toBeLessThanOrEqual(most);
    expect(left.length).toBeGreaterThanOrEqual(most / 2);
    expect(left[0]).toBe(tokens.at(-1));
  });
});
