/** What a credential may be allowed to do (CONTRACT §3). A scope is API: add freely, never rename. */

export const TENANT_SCOPES = [
  "jobs:read",
  "jobs:write",
  "files:read",
  "files:write",
  "rules:read",
  "rules:write",
  "events:read",
  "webhooks:read",
  "webhooks:write",
  "usage:read",
  "audit:read",
  "keys:read",
  "keys:write",
] as const;
export type TenantScope = (typeof TENANT_SCOPES)[number];

/** Support looks, and changes nothing. */
export const SUPPORT_SCOPES = TENANT_SCOPES.filter((scope) => scope.endsWith(":read"));

export type OperatorScope = "admin:read" | "admin:write";

/** Those of `wanted` that `held` lacks: nobody hands on a right that is not theirs. */
export const missingScopes = (wanted: readonly string[], held: ReadonlySet<string>): readonly string[] =>
  wanted.filter((scope) => !held.has(scope));
