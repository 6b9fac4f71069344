import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { admit, fullBucket, type RateSnapshot } from "../../src/domain/bucket";
import { rateHeaders, refusalHeaders, violatedPolicies } from "../../src/http/rate-headers";

const NOW_MS = 1_790_000_000_250;
const ADMITTED: RateSnapshot = {
  burst: 20,
  sustained: 10,
  remaining: 7,
  resetSeconds: 2,
  retryAfterSeconds: null,
  nowMs: NOW_MS,
};

describe("rateHeaders", () => {
  it("of an admitted call tells what is left and when the bucket is full", () => {
    expect(rateHeaders(ADMITTED)).toEqual({
      "RateLimit-Policy": '"burst";q=20;w=2',
      RateLimit: '"burst";r=7;t=2',
      "X-RateLimit-Limit": "20",
      "X-RateLimit-Remaining": "7",
      "X-RateLimit-Reset": "1790000003",
    });
  });

  it("of a refused call point to the moment of Retry-After", () => {
    const refused = { ...ADMITTED, remaining: 0, retryAfterSeconds: 1 };
    expect(rateHeaders(refused)).toMatchObject({
      RateLimit: '"burst";r=0;t=1',
      "X-RateLimit-Remaining": "0",
      "X-RateLimit-Reset": "1790000002",
    });
    expect(refusalHeaders(refused)).toEqual({ "Retry-After": "1" });
    expect(violatedPolicies(refused)).toEqual({ "violated-policies": ["burst"] });
  });

  it.each([
    [10, 20, 2],
    [50, 150, 3],
    [300, 600, 2],
    [300, 500, 2],
    [1000, 1, 1],
    [0.5, 5, 10],
  ])("at %d/s and a burst of %d name a window of %d s", (sustained, burst, seconds) => {
    expect(rateHeaders({ ...ADMITTED, sustained, burst })["RateLimit-Policy"]).toBe(
      `"burst";q=${burst};w=${seconds}`,
    );
  });

  it("tell one truth in both vocabularies, in Structured Fields, whatever the bucket did", () => {
    const policies = fc.record({
      sustained: fc.integer({ min: 1, max: 100_000 }),
      burst: fc.integer({ min: 1, max: 1_000_000 }),
    });
    fc.assert(
      fc.property(
        policies,
        fc.array(fc.tuple(fc.nat(3000), fc.nat(2_000_000)), { minLength: 1 }),
        (policy, calls) => {
          let nowMs = NOW_MS;
          let state = fullBucket(policy, nowMs);
          for (const [waitMs, cost] of calls) {
            nowMs += waitMs;
            const step = admit(state, policy, nowMs, cost);
            state = step.state;
            const headers = rateHeaders(step.rate);
            const [, r, t] = /^"burst";r=(\d{1,15});t=(\d{1,15})$/.exec(headers["RateLimit"]!)!;
            const [, q, w] = /^"burst";q=(\d{1,15});w=([1-9]\d{0,14})$/.exec(headers["RateLimit-Policy"]!)!;
            expect([headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]]).toEqual([q, r]);
            const resetAt = Number(headers["X-RateLimit-Reset"]);
            expect(resetAt).toBe(Math.ceil(nowMs / 1000 + Number(t)));
            expect(Number(r)).toBeLessThanOrEqual(Number(q));
            expect(Number(t)).toBeLessThanOrEqual(Number(w));
            if (!step.admitted)
              expect(Number(refusalHeaders(step.rate)["Retry-After"])).toBeGreaterThanOrEqual(Number(t));
          }
        },
      ),
      { seed: 1 },
    );
  });
});
