import type { StreamEntry } from "../domain/stream-door";
import type { Caller, TenantContext } from "../domain/tenant-context";
import type { Env } from "../env";
import { knockAtTenant, tenantObject, type TenantObject } from "../tenant-object";
import { Problem } from "./problem";

/**
 * One call to the caller's own tenant's object: the context says which, and no handler can say otherwise. An object
 * that cannot be reached is a 503 that says when to come back.
 */
export async function callTenant<T, C extends TenantContext>(
  env: Env,
  caller: C,
  call: (tenant: TenantObject, caller: C) => Promise<T>,
  locationHint?: DurableObjectLocationHint,
): Promise<T> {
  return reach(() => call(tenantObject(env, caller.tenantId, locationHint), caller));
}

/** The same by the door that is no method: a socket that wakes whoever follows the tenant's log. */
export const knock = (env: Env, caller: Caller, entry: StreamEntry): Promise<Response> =>
  reach(() => knockAtTenant(env, caller, entry));

async function reach<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    throw new Problem("temporarily_unavailable", "The tenant's object cannot be reached right now.", {
      headers: { "Retry-After": "2" },
      cause: error,
    });
  }
}

/** The platform marks its own faults; anything else thrown across RPC is a bug and says so. */
const isUnreachable = (error: unknown): boolean =>
  typeof error === "object" &&
  error !== null &&
  (("retryable" in error && error.retryable === true) ||
    ("overloaded" in error && error.overloaded === true));
