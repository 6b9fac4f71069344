/** A true token bucket in integer micro-tokens: over any T it admits at most burst + rate x T (DESIGN §2.8). */

const MICRO = 1_000_000;

export interface RatePolicy {
  /** Tokens a second. */
  readonly sustained: number;
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
  atMs: nowMs,
});

/** Takes `cost` tokens if they are there; a refused call takes none. A clock that goes back grants nothing. */
export function admit(state: BucketState, policy: RatePolicy, nowMs: number, cost = 1): Admission {
  const filled = refill(state, policy, nowMs);
  const costMicro = cost * MICRO;
  const admitted = filled.tokensMicro >= costMicro;
  const next = admitted ? { ...filled, tokensMicro: filled.tokensMicro - costMicro } : filled;
  const missing = policy.burst * MICRO - next.tokensMicro;
  return {
    state: next,
    admitted,
    rate: {
      burst: policy.burst,
      sustained: policy.sustained,
      remaining: Math.floor(next.tokensMicro / MICRO),
      resetSeconds: wholeSeconds(missing, policy),
      // A cost above the burst never fits; the time to a full bucket is the most honest answer there is.
      retryAfterSeconds: admitted
        ? null
        : Math.max(1, wholeSeconds(Math.min(costMicro, policy.burst * MICRO) - filled.tokensMicro, policy)),
      nowMs,
    },
  };
}

/** A millisecond at `sustained` tokens a second is `sustained` x 1000 micro-tokens: no fraction is ever lost. */
function refill(state: BucketState, policy: RatePolicy, nowMs: number): BucketState {
  const elapsedMs = Math.max(0, Math.floor(nowMs) - state.atMs);
  const capacity = policy.burst * MICRO;
  return {
    tokensMicro: Math.min(capacity, state.tokensMicro + elapsedMs * policy.sustained * 1000),
    atMs: Math.max(state.atMs, Math.floor(nowMs)),
  };
}

const wholeSeconds = (micro: number, policy: RatePolicy): number =>
  Math.max(0, Math.ceil(micro / (policy.sustained * MICRO)));
