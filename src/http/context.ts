import type { Caller } from "../../durable-objects/tenant/answer";
import type { Env } from "../env";

/** What every handler can rely on once the request-id middleware has run. */
export interface AppEnv {
  Bindings: Env;
  Variables: { requestId: string; traceparent: string | null; headers: Record<string, string> };
}

/** What every handler of the tenant plane can rely on: a caller made from the verified credential. */
export interface TenantEnv {
  Bindings: Env;
  Variables: AppEnv["Variables"] & { caller: Caller; scopes: ReadonlySet<string> };
}

/** What every handler of the operator plane can rely on. */
export interface OperatorEnv {
  Bindings: Env;
  Variables: AppEnv["Variables"] & { actorId: string; scopes: ReadonlySet<string> };
}
