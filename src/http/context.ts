import type { Caller, TenantContext } from "../domain/tenant-context";
import type { TenantId } from "../domain/tenant-id";
import type { Env } from "../env";

/** What every handler can rely on once the request-id middleware has run. */
export interface AppEnv {
  Bindings: Env;
  Variables: {
    requestId: string;
    traceparent: string | null;
    headers: Record<string, string>;
    /** The tenant that a verified credential or an operator's path names, for what is logged before its work begins. */
    tenantId?: TenantId;
    /** To be called when a tenant's object says that the request's credential has ended. */
    credentialEnded?: () => void;
  };
}

/** Once a tenant's credential was verified. `scopes` is null for a key, whose scopes its tenant's object knows. */
export interface IdentifiedEnv {
  Bindings: Env;
  Variables: AppEnv["Variables"] & {
    context: TenantContext;
    scopes: ReadonlySet<string> | null;
    /** When a token ends by itself; null for a key, of which its tenant's object knows. */
    tokenEndsMs: number | null;
  };
}

/** What every handler of the tenant plane can rely on: its operation's caller. */
export interface TenantEnv {
  Bindings: Env;
  Variables: IdentifiedEnv["Variables"] & { caller: Caller };
}

/** What every handler of the operator plane can rely on. */
export interface OperatorEnv {
  Bindings: Env;
  Variables: AppEnv["Variables"] & {
    /** The token's subject, and behind it whom Cloudflare Access let in where it stands before this plane. */
    operator: string;
    scopes: ReadonlySet<string>;
    operation: string;
  };
}
