import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { admit, fullBucket, type BucketState, type RatePolicy } from "../../src/domain/bucket";

const SEEDED = { seed: 1 };
const BASIC = { sustained: 10, burst: 20 };
const START_MS = 1_790_000_000_000;

const policies = fc.record({
  sustained: fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.constantFrom(0.001, 0.1, 0.3, 1.001, 2.5)),
  burst: fc.integer({ min: 1, max: 1000 }),
});
/** Waits between calls, in ms, with the short ones that tempt a rounding error. */
const gaps = fc.array(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.nat(5000)), { maxLength: 150 });

/** Exact thousandths of a micro-token in big integers: the model that the bucket is held against. */
class Model {
  #level: bigint;
  #at: bigint;
  readonly #capacity: bigint;
  readonly #perMs: bigint;

  constructor({ sustained, burst }: RatePolicy, atMs: number) {
    this.#capacity = BigInt(burst) * 1_000_000_000n;
    this.#perMs = BigInt(Math.round(sustained * 1_000_000));
    this.#level = this.#capacity;
    this.#at = BigInt(atMs);
  }

  take(atMs: number, cost: number): boolean {
    const now = BigInt(atMs);
    if (now > this.#at) {
      const filled = this.#level + (now - this.#at) * this.#perMs;
      this.#level = filled > this.#capacity ? this.#capacity : filled;
      this.#at = now;
    }
    const price = BigInt(cost) * 1_000_000_000n;
    if (price > this.#level) return false;
    this.#level -= price;
    return true;
  }
}

function drain(state: BucketState, policy: RatePolicy, nowMs: number): BucketState {
  for (;;) {
    const step = admit(state, policy, nowMs);
    if (!step.admitted) return step.state;
    state = step.state;
  }
}

describe("admit", () => {
  it("admits the burst at once and then one call a tenth of a second", () => {
    let state = fullBucket(BASIC, START_MS);
    for (let left = 19; left >= 0; left--) {
      const step = admit(state, BASIC, START_MS);
      expect(step).toMatchObject({ admitted: true, rate: { remaining: left, retryAfterSeconds: null } });
      state = step.state;
    }
    const refused = admit(state, BASIC, START_MS);
    expect(refused).toEqual({
      state,
      admitted: false,
      rate: { ...BASIC, remaining: 0, resetSeconds: 2, retryAfterSeconds: 1, nowMs: START_MS },
    });
    expect(admit(refused.state, BASIC, START_MS + 99).admitted).toBe(false);
    expect(admit(refused.state, BASIC, START_MS + 100).admitted).toBe(true);
  });

  it("decides as exact arithmetic does, call by call", () => {
    fc.assert(
      fc.property(policies, gaps, fc.integer({ min: 1, max: 3 }), (policy, waits, cost) => {
        let nowMs = START_MS;
        let state = fullBucket(policy, nowMs);
        const model = new Model(policy, nowMs);
        for (const wait of waits) {
          nowMs += wait;
          const step = admit(state, policy, nowMs, cost);
          expect(step.admitted).toBe(model.take(nowMs, cost));
          expect(Number.isSafeInteger(step.state.tokensMicro)).toBe(true);
          state = step.state;
        }
      }),
      SEEDED,
    );
  });

  it("admits at most burst + rate x T between any two moments", () => {
    fc.assert(
      fc.property(policies, gaps, (policy, waits) => {
        let nowMs = START_MS;
        let state = fullBucket(policy, nowMs);
        const admittedAt: number[] = [];
        for (const wait of waits) {
          nowMs += wait;
          for (let call = 0; call < 3; call++) {
            const step = admit(state, policy, nowMs);
            if (step.admitted) admittedAt.push(nowMs);
            state = step.state;
          }
        }
        for (const [from, startMs] of admittedAt.entries())
          for (let to = from; to < admittedAt.length; to += 7) {
            const allowed = policy.burst + (policy.sustained * (admittedAt[to]! - startMs)) / 1000;
            expect(to - from + 1).toBeLessThanOrEqual(allowed + 1e-6);
          }
      }),
      { ...SEEDED, numRuns: 60 },
    );
  });

  it("loses no fraction to being asked often", () => {
    const slow = { sustained: 0.3, burst: 1 };
    let state = drain(fullBucket(slow, START_MS), slow, START_MS);
    for (let ms = 1; ms <= 3333; ms++) {
      const step = admit(state, slow, START_MS + ms);
      expect(step.admitted).toBe(false);
      state = step.state;
    }
    expect(admit(state, slow, START_MS + 3334).admitted).toBe(true);
  });

  it("counts a rate in whole thousandths, undisturbed by binary fractions", () => {
    const policy = { sustained: 1.001, burst: 1000 };
    const empty = drain(fullBucket(policy, START_MS), policy, START_MS);
    expect(admit(empty, policy, START_MS + 999_000, 1000).admitted).toBe(false);
    expect(admit(empty, policy, START_MS + 999_001, 1000).admitted).toBe(true);
  });

  it("takes nothing for a refused call", () => {
    fc.assert(
      fc.property(policies, fc.nat(200), (policy, refusals) => {
        const empty = drain(fullBucket(policy, START_MS), policy, START_MS);
        let state = empty;
        for (let call = 0; call < refusals; call++) state = admit(state, policy, START_MS).state;
        expect(state).toEqual(empty);
      }),
      SEEDED,
    );
  });

  it("admits a refused client that waits Retry-After, at any fraction of a millisecond", () => {
    const fractions = fc.double({ min: 0, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(policies, gaps, fractions, fc.nat(3000), (policy, waits, fraction, backMs) => {
        let nowMs = START_MS;
        let state = fullBucket(policy, nowMs);
        for (const wait of waits) {
          nowMs += wait;
          state = admit(state, policy, nowMs).state;
        }
        const askedMs = nowMs - backMs + fraction;
        const refused = admit(drain(state, policy, nowMs), policy, askedMs);
        expect(refused.admitted).toBe(false);
        const waitSeconds = refused.rate.retryAfterSeconds!;
        expect(Number.isInteger(waitSeconds) && waitSeconds >= 1).toBe(true);
        expect(admit(refused.state, policy, askedMs + waitSeconds * 1000).admitted).toBe(true);
      }),
      SEEDED,
    );
  });

  it("tells a Retry-After that is not longer than the whole second that is needed", () => {
    const policy = { sustained: 1, burst: 5 };
    const empty = drain(fullBucket(policy, START_MS), policy, START_MS);
    expect(admit(empty, policy, START_MS + 1).rate.retryAfterSeconds).toBe(1);
    expect(admit(empty, policy, START_MS, 3).rate.retryAfterSeconds).toBe(3);
    expect(admit(empty, policy, START_MS + 1, 3).rate.retryAfterSeconds).toBe(3);
    expect(admit(empty, policy, START_MS + 1000, 3).rate.retryAfterSeconds).toBe(2);
  });

  it("is full again after resetSeconds, and not a second sooner", () => {
    fc.assert(
      fc.property(policies, gaps, (policy, waits) => {
        let nowMs = START_MS;
        let step = admit(fullBucket(policy, nowMs), policy, nowMs);
        for (const wait of waits) step = admit(step.state, policy, (nowMs += wait));
        const { resetSeconds } = step.rate;
        expect(admit(step.state, policy, nowMs + resetSeconds * 1000, policy.burst).admitted).toBe(true);
        if (resetSeconds > 0)
          expect(admit(step.state, policy, nowMs + resetSeconds * 1000 - 1000, policy.burst).admitted).toBe(
            false,
          );
      }),
      SEEDED,
    );
  });

  it("goes on at the policy's rate when a clock that was an hour ahead is set right", () => {
    const policy = { sustained: 1, burst: 2 };
    const ahead = admit(fullBucket(policy, 3_600_000), policy, 3_600_000, 2);
    const right = admit(ahead.state, policy, 0);
    expect(right).toMatchObject({ admitted: false, rate: { remaining: 0, retryAfterSeconds: 1 } });
    expect(admit(right.state, policy, 1000).admitted).toBe(true);
  });

  it("grants nothing to a clock that goes back and forth", () => {
    fc.assert(
      fc.property(
        policies,
        fc.array(fc.integer({ min: -60_000, max: 0 }), { maxLength: 50 }),
        (policy, jumps) => {
          let state = drain(fullBucket(policy, START_MS), policy, START_MS);
          for (const jump of jumps) {
            const step = admit(state, policy, START_MS + jump);
            expect(step.admitted).toBe(false);
            state = step.state;
          }
          expect(admit(state, policy, START_MS).admitted).toBe(false);
        },
      ),
      SEEDED,
    );
  });

  it("cuts to a lowered burst at once, and fills to a raised one only by flowing", () => {
    const lowered = { sustained: 10, burst: 3 };
    expect(admit(fullBucket(BASIC, START_MS), lowered, START_MS).rate.remaining).toBe(2);
    const raised = { sustained: 10, burst: 40 };
    expect(admit(fullBucket(BASIC, START_MS), raised, START_MS).rate.remaining).toBe(19);
    expect(admit(fullBucket(BASIC, START_MS), raised, START_MS + 1000).rate.remaining).toBe(29);
    expect(admit(fullBucket(BASIC, START_MS), raised, START_MS + 60_000).rate.remaining).toBe(39);
  });

  it("refuses a cost above the burst, for ever and with a finite wait", () => {
    const step = admit(fullBucket(BASIC, START_MS), BASIC, START_MS, 21);
    expect(step).toMatchObject({ admitted: false, rate: { remaining: 20, retryAfterSeconds: 1 } });
    expect(admit(step.state, BASIC, START_MS + 1e9, 21).admitted).toBe(false);
  });

  it("stays exact after a century of silence", () => {
    const policy = { sustained: 100_000, burst: 1_000_000 };
    const empty = drain(fullBucket({ ...policy, burst: 10 }, START_MS), policy, START_MS);
    const { state, rate } = admit(empty, policy, START_MS + 3.2e12);
    expect(rate.remaining).toBe(999_999);
    expect(Number.isSafeInteger(state.tokensMicro)).toBe(true);
  });
});
