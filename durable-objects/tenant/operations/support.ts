import { keyStatus, revokeKey, type ApiKey } from "../../../src/domain/api-key";
import { ok, type Result } from "../../../src/domain/result";
import type { Caller } from "../../../src/domain/tenant-context";
import type { Created, Idempotency, IdempotencyRefusal } from "../answer";
import type { RevokedToken } from "../credential-store";
import type { Stores } from "../stores";
import { findKey, keptKeys, newKey, rfc3339, type UnknownKey } from "./keys";
import { once } from "./once";

/** An operator's time-boxed right to look at one tenant, for a reason that the tenant can read. */
export interface SupportGrant {
  readonly id: string;
  readonly secretHash: string;
  readonly reason: string;
  readonly operator: string;
  readonly scopes: readonly string[];
  readonly expiresAtMs: number;
  readonly idempotency: Idempotency;
}

/** `caller` is the operator, whose name the grant's own actor bears, as support. */
export function grantSupport(
  stores: Stores,
  caller: Caller,
  grant: SupportGrant,
  nowMs: number,
): Result<Created<ApiKey>, IdempotencyRefusal> {
  return once(stores, grant.idempotency, nowMs, keptKeys, () => {
    const { id, secretHash, reason, scopes, operator, expiresAtMs } = grant;
    const key = newKey(
      { id, kind: "support", name: reason, scopes, secretHash, expiresAtMs },
      operator,
      nowMs,
    );
    stores.credentials.save(key);
    stores.record(
      caller,
      {
        kind: "event",
        type: "tenant.support_access_granted",
        subject: `support_access:${id}`,
        data: { support_access_id: id, operator, reason, scopes, expires_at: rfc3339(expiresAtMs) },
      },
      nowMs,
    );
    stores.tidyCredentials();
    return ok(key);
  });
}

/** By the operator or by the tenant itself. Ending it again changes nothing and is said nowhere. */
export function endSupport(
  stores: Stores,
  caller: Caller,
  id: string,
  nowMs: number,
): Result<ApiKey, UnknownKey> {
  const found = findKey(stores, id, "support");
  if (!found.ok || keyStatus(found.value, nowMs) !== "active") return found;
  const ended = revokeKey(found.value, nowMs);
  stores.credentials.save(ended);
  stores.record(
    caller,
    {
      kind: "event",
      type: "tenant.support_access_ended",
      subject: `support_access:${id}`,
      data: { support_access_id: id, ended_by: caller.actorId },
    },
    nowMs,
  );
  return ok(ended);
}

/** Takes back a token before it expires, by its `jti`. Doing so again changes nothing but the expiry. */
export function revokeToken(
  stores: Stores,
  caller: Caller,
  token: RevokedToken,
  nowMs: number,
): RevokedToken {
  stores.credentials.revokeToken(token);
  const data = { token_id: token.tokenId };
  stores.record(
    caller,
    { kind: "audit", type: "token.revoked", subject: `token:${token.tokenId}`, data },
    nowMs,
  );
  stores.tidyCredentials();
  return token;
}
