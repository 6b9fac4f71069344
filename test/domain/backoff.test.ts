import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fullJitterMs } from "../../src/domain/backoff";

const BACKOFF = { baseMs: 100, capMs: 60_000 };

describe("fullJitterMs", () => {
  it.each([
    [0, 0.5, 50],
    [1, 0.5, 50],
    [2, 0.5, 100],
    [3, 0.5, 200],
    [20, 0.5, 30_000],
    [5000, 0.999_999, 59_999],
    [7, 0, 0],
  ])("after %d failures and a draw of %d waits %d ms", (failures, random, expected) => {
    expect(fullJitterMs(failures, BACKOFF, random)).toBe(expected);
  });

  it("stays between nothing and the cap, in whole milliseconds, and never shrinks with more failures", () => {
    const draws = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.nat(100_000), draws, (failures, random) => {
        const waitMs = fullJitterMs(failures, BACKOFF, random);
        expect(Number.isInteger(waitMs) && waitMs >= 0 && waitMs < BACKOFF.capMs).toBe(true);
        expect(fullJitterMs(failures + 1, BACKOFF, random)).toBeGreaterThanOrEqual(waitMs);
      }),
      { seed: 1 },
    );
  });
});
