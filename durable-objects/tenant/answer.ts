import type { RateSnapshot } from "../../src/domain/bucket";
import type { Result } from "../../src/domain/result";
import type { TenantScope } from "../../src/domain/scope";

/** What makes a creating call repeatable: scope, key, and the digest of the payload it was first used with. */
export interface Idempotency {
  readonly route: string;
  readonly key: string;
  readonly digest: string;
  /** The same by keys that were replaced since: what it was first used with may have been kept by one of them. */
  readonly formerDigests: readonly string[];
}

/** What any call of the tenant plane may be refused with, in the order in which it is looked at. */
export type TenantRefusal =
  | { readonly reason: "tenant_not_found" }
  | { readonly reason: "rate_limited" }
  /** The key or token was good once and is not any more; it never will be again. */
  | { readonly reason: "credential_ended" }
  | { readonly reason: "tenant_suspended" }
  /** Too much of the tenant's log is not carried off yet: commands wait, reads go on. */
  | { readonly reason: "backlog_full" }
  | KeyRefusal
  /** What is older than the object keeps cannot be read right now. */
  | { readonly reason: "history_unavailable" }
  | { readonly reason: "insufficient_scope"; readonly scope: TenantScope };

/** The tenant's key is not at hand: nothing sealed can be read or written. */
export type KeyRefusal =
  /** Whoever wraps it, or the vault, is out of reach: it may pass. */
  | { readonly reason: "key_unavailable" }
  /** It was taken away, or destroyed. */
  | { readonly reason: "key_withdrawn" };

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
