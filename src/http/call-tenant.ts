import type { Env } from "../env";
import { tenantObject, type TenantObject } from "../tenant-object";
import { Problem } from "./problem";

/** One call to a tenant's object. An object that cannot be reached is a 503 that says when to come back. */
export async function callTenant<T>(
  env: Env,
  tenantId: string,
  call: (tenant: TenantObject) => Promise<T>,
  locationHint?: DurableObjectLocationHint,
): Promise<T> {
  try {
    return await call(tenantObject(env, tenantId, locationHint));
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
