/** On whose behalf something is done: one immutable value, made where a credential was verified and nowhere else. */

import type { TenantScope } from "./scope";
import type { TenantId } from "./tenant-id";

/**
 * What vouched for the caller. The Worker has checked everything about it that needs no state; what only the
 * tenant's object knows (revocation, expiry and scopes of a key) is checked there, in the same call.
 */
export type Credential =
  | { readonly type: "token"; readonly tokenId: string | null }
  | { readonly type: "api_key"; readonly keyId: string; readonly secretHash: string }
  | { readonly type: "link" }
  | { readonly type: "operator" };

/** Nobody makes a context by writing one down: `vouchFor` is its only source, and few files may call it. */
declare const vouched: unique symbol;

export interface TenantContext {
  readonly [vouched]: true;
  readonly tenantId: TenantId;
  readonly actorId: string;
  readonly credential: Credential;
  readonly requestId: string;
  readonly traceparent: string | null;
}

/** A context that asks for one operation: what a tenant's object is called with. */
export interface Caller extends TenantContext {
  /** The operation's id in the OpenAPI document; what an audit entry calls it. */
  readonly operation: string;
  /** What it is asked of: the path, for the entries that name it; empty where none is made. */
  readonly target: string;
  /** The scope it needs; null where any credential of the tenant will do. */
  readonly scope: TenantScope | null;
}

/** The context of a credential that was verified. Frozen: nothing on its way changes on whose behalf it goes. */
export const vouchFor = (context: Omit<TenantContext, typeof vouched>): TenantContext =>
  Object.freeze({ ...context }) as TenantContext;

/** The context, asking for one operation. */
export const asking = (
  context: TenantContext,
  operation: string,
  scope: TenantScope | null,
  target = "",
): Caller => Object.freeze({ ...context, operation, scope, target });

/** Who acts when the platform itself does: expiry, lost leases, dispatch. */
export const PLATFORM_ACTOR = "platform";
/** Who acts through a signed link. */
export const LINK_ACTOR = "signed_link";

const RESERVED = /^(?:platform$|signed_link$|user:|key:|operator:|support:)/;

/** The actor of a token. A subject cannot pass for another kind of actor; every other one stays as it is. */
export const tokenActor = (subject: string): string => (RESERVED.test(subject) ? `user:${subject}` : subject);
/** The actor of a token of another issuer than the main one; `named` begins with that issuer. */
export const foreignActor = (named: string): string => `user:${named}`;
export const keyActor = (keyId: string): string => `key:${keyId}`;
export const operatorActor = (subject: string): string => `operator:${subject}`;
export const supportActor = (operator: string): string => `support:${operator}`;
