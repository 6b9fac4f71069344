import type { RateSnapshot } from "../../src/domain/bucket";
import type { Result } from "../../src/domain/result";
import type { TenantId } from "../../src/domain/tenant-id";

/** On whose behalf a call is made: a value made once by the Worker from the verified credential. */
export interface Caller {
  readonly tenantId: TenantId;
  readonly actorId: string;
  readonly requestId: string;
  readonly traceparent: string | null;
}

/** What makes a creating call repeatable: scope, key, and the digest of the payload it was first used with. */
export interface Idempotency {
  readonly route: string;
  readonly key: string;
  readonly digest: string;
}

export type TenantRefusal =
  | { readonly reason: "tenant_not_found" }
  | { readonly reason: "tenant_suspended" }
  | { readonly reason: "rate_limited" };

/** A tenant-plane answer: the outcome, and what is left of the tenant's rate (null for a tenant that is none). */
export interface Answer<T, R> {
  readonly rate: RateSnapshot | null;
  readonly outcome: Result<T, R | TenantRefusal>;
}

/** The value of a creating call; `replayed` when the key had been used before and this is the first answer again. */
export interface Created<T> {
  readonly value: T;
  readonly replayed: boolean;
}

export type IdempotencyRefusal = { readonly reason: "idempotency_conflict" };
