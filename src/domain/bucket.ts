/** A true token bucket in integer micro-tokens: over any T it admits at most burst + rate x T (DESIGN §2.8). */

const MICRO = 1_000_000;
/**
 * A clock that is set back by less is waited for, so that going back and forth grants nothing. One that is set back
 * further had been wrong before: the bucket follows it, and its tenant is not locked out until the old time comes.
 */
const CLOCK_STEP_MS = 60_000;

export interface RatePolicy {
  /** Tokens a second; counts in thousandths, rounded down. */
  readonly sustained: number;
  /** Whole tokens. */
  readonly burst: number;
}

export interface BucketState {
  readonly tokensMicro: number;
  readonly atMs: number;
}

/** What is left after a call, as its answer's headers tell it. */
export interface RateSnapshot {
  readonly burst: number;
  readonly sustained: number;
  /** Whole tokens. */
  readonly remaining: number;
  /** Whole seconds until the bucket is full again. */
  readonly resetSeconds: number;
  /** On a refusal: a client that waits that many seconds, and is alone, is admitted. */
  readonly retryAfterSeconds: number | null;
  readonly nowMs: number;
}

export interface Admission {
  readonly state: BucketState;
  readonly admitted: boolean;
  readonly rate: RateSnapshot;
}

export const fullBucket = (policy: RatePolicy, nowMs: number): BucketState => ({
  tokensMicro: policy.burst * MICRO,
  atMs: Math.floor(nowMs),
});

/** Takes `cost` tokens if they are there; a refused call takes none. A clock that goes back grants nothing. */
export function admit(state: BucketState, policy: RatePolicy, nowMs: number, cost = 1): Admission {
  const filled = refill(state, policy, nowMs);
  const capacity = policy.burst * MICRO;
  const costMicro = cost * MICRO;
  const admitted = filled.tokensMicro >= costMicro;
  const next = admitted ? { ...filled, tokensMicro: filled.tokensMicro - costMicro } : filled;
  const secondsUntil = (tokensMicro: number) => wholeSeconds(next, tokensMicro, policy, nowMs);
  return {
    state: next,
    admitted,
    rate: {
      burst: policy.burst,
      sustained: policy.sustained,
      remaining: Math.floor(next.tokensMicro / MICRO),
      resetSeconds: secondsUntil(capacity),
      // A cost above the burst never fits; the time to a full bucket is the most honest answer there is.
      retryAfterSeconds: admitted ? null : Math.max(1, secondsUntil(Math.min(costMicro, capacity))),
      nowMs,
    },
  };
}

/** Whole micro-tokens for every whole millisecond: nothing is ever lost to rounding, however often one asks. */
function refill(state: BucketState, policy: RatePolicy, nowMs: number): BucketState {
  const now = Math.floor(nowMs);
  const elapsedMs = Math.max(0, now - state.atMs);
  return {
    tokensMicro: Math.min(policy.burst * MICRO, state.tokensMicro + elapsedMs * microPerMs(policy)),
    atMs: now < state.atMs - CLOCK_STEP_MS ? now : Math.max(state.atMs, now),
  };
}

/** Counted from the bucket's own time: after a clock has gone back, nothing flows until it has caught up. */
function wholeSeconds(from: BucketState, tokensMicro: number, policy: RatePolicy, nowMs: number): number {
  if (from.tokensMicro >= tokensMicro) return 0;
  const flowMs = Math.ceil((tokensMicro - from.tokensMicro) / microPerMs(policy));
  return Math.ceil((from.atMs - Math.floor(nowMs) + flowMs) / 1000);
}

/** The addend undoes binary fractions (1.001 x 1000 is a little less than 1001); the slowest flow is 0.001 tokens/s. */
const microPerMs = ({ sustained }: RatePolicy): number => Math.max(1, Math.floor(sustained * 1000 + 1e-6));
