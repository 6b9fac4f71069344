import type { RateSnapshot } from "../domain/bucket";

/** The name of the one policy there is. */
const POLICY = "burst";

/**
 * draft-ietf-httpapi-ratelimit-headers and the old service's headers from one source. `q` is the burst, `w` the
 * seconds in which an empty bucket fills. `t` counts to a full bucket; on a refusal to the same moment as Retry-After.
 */
export function rateHeaders(rate: RateSnapshot): Record<string, string> {
  const resetSeconds = rate.retryAfterSeconds ?? rate.resetSeconds;
  return {
    "RateLimit-Policy": `"${POLICY}";q=${rate.burst};w=${Math.max(1, Math.ceil(rate.burst / rate.sustained))}`,
    RateLimit: `"${POLICY}";r=${rate.remaining};t=${resetSeconds}`,
    "X-RateLimit-Limit": String(rate.burst),
    "X-RateLimit-Remaining": String(rate.remaining),
    "X-RateLimit-Reset": String(Math.ceil(rate.nowMs / 1000) + resetSeconds),
  };
}

export const refusalHeaders = (rate: RateSnapshot): Record<string, string> => ({
  "Retry-After": String(rate.retryAfterSeconds ?? rate.resetSeconds),
});

/** The draft's problem member that names what was exceeded. */
export const violatedPolicies = (_rate: RateSnapshot) => ({ "violated-policies": [POLICY] });
