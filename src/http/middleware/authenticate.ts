import { createMiddleware } from "hono/factory";
import { looksLikeApiKey } from "../../auth/api-key-text";
import type { TokenFault, VerifiedToken } from "../../auth/token-verifier";
import type { Result } from "../../domain/result";
import { keyActor, vouchFor } from "../../domain/tenant-context";
import { normaliseTenantHeader, parseTenantId, type TenantId } from "../../domain/tenant-id";
import { readConfig } from "../../env";
import { traceIdOf, withLogContext } from "../../telemetry/logger";
import { authenticatorOf, type Authenticator } from "../authenticator";
import type { AppEnv, IdentifiedEnv } from "../context";
import { Problem } from "../problem";

/** The bearer credential (RFC 6750 §2.1); two Authorization headers arrive as one list, which is none. */
export function bearer(header: string | undefined): string {
  const text = /^Bearer +([^ ,]+)$/i.exec(header ?? "")?.[1];
  if (text !== undefined) return text;
  throw header === undefined
    ? unauthenticated("Send a bearer token in the Authorization header.")
    : invalidCredential();
}

/** One answer for whatever is wrong with a credential. */
export const invalidCredential = (): Problem =>
  unauthenticated(
    "The bearer credential is not valid for this API: check its signature, issuer, audience and expiry, or ask for a new key.",
  );

const unauthenticated = (detail: string): Problem =>
  new Problem("unauthenticated", detail, { headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' } });

export function verified(verdict: Result<VerifiedToken, TokenFault>): VerifiedToken {
  if (verdict.ok) return verdict.value;
  switch (verdict.error) {
    case "invalid":
      throw invalidCredential();
    case "keys_unavailable":
      throw new Problem("temporarily_unavailable", "The issuer's keys cannot be had right now.", {
        headers: { "Retry-After": "5" },
      });
  }
}

type Identified = Pick<IdentifiedEnv["Variables"], "context" | "scopes" | "tokenEndsMs">;
type Trace = Pick<AppEnv["Variables"], "requestId" | "traceparent">;

/** Tenant plane: the tenant comes from the verified credential, and `X-Tenant-Id`, when sent, must agree (CONTRACT §3). */
export const authenticateTenant = createMiddleware<IdentifiedEnv>(async (c, next) => {
  const authenticator = authenticatorOf(readConfig(c.env));
  const text = bearer(c.req.header("authorization"));
  const { requestId, traceparent } = c.var;
  const header = c.req.header("x-tenant-id");
  const trace = { requestId, traceparent };
  const { context, scopes, tokenEndsMs } = looksLikeApiKey(text)
    ? byKey(authenticator, text, header, trace)
    : byToken(
        authenticator,
        verified(await authenticator.tenantTokens.verify(text, Date.now())),
        header,
        trace,
      );
  c.set("tenantId", context.tenantId);
  // A token that covers several tenants ends for each of them by itself.
  const credential = `${context.tenantId} ${text}`;
  if (authenticator.ended.has(credential)) throw invalidCredential();
  c.set("context", context);
  c.set("scopes", scopes);
  c.set("tokenEndsMs", tokenEndsMs);
  c.set("credentialEnded", () => authenticator.ended.add(credential));
  await withLogContext({ tenantId: context.tenantId, requestId, traceId: traceIdOf(traceparent) }, next);
});

function byToken(
  authenticator: Authenticator,
  token: VerifiedToken,
  header: string | undefined,
  trace: Trace,
): Identified {
  const allowed = token.tenantId === null ? token.tenants : [token.tenantId];
  const { actorId, tokenId } = authenticator.identityOf(token);
  const context = vouchFor({
    ...trace,
    tenantId: chosenTenant(allowed, header),
    actorId,
    credential: { type: "token", tokenId },
  });
  return { context, scopes: token.scopes, tokenEndsMs: token.expiresAtMs };
}

function byKey(
  authenticator: Authenticator,
  text: string,
  header: string | undefined,
  trace: Trace,
): Identified {
  const key = authenticator.openApiKey(text);
  if (!key) throw invalidCredential();
  const { keyId, secretHash } = key;
  const context = vouchFor({
    ...trace,
    tenantId: chosenTenant([key.tenantId], header),
    actorId: keyActor(keyId),
    credential: { type: "api_key", keyId, secretHash },
  });
  return { context, scopes: null, tokenEndsMs: null };
}

function chosenTenant(allowed: readonly string[], header: string | undefined): TenantId {
  const asked = header === undefined ? null : parseTenantId(normaliseTenantHeader(header));
  if (header !== undefined && asked === null)
    throw new Problem("tenant_invalid", "X-Tenant-Id is not a tenant id (t_ and 1 to 47 of a-z, 0-9, _).");
  const chosen = asked ?? (allowed.length === 1 ? allowed[0] : undefined);
  if (chosen === undefined)
    throw new Problem(
      "tenant_missing",
      allowed.length === 0
        ? "The token names no tenant."
        : "The token names several tenants: choose one with X-Tenant-Id.",
    );
  if (!allowed.includes(chosen))
    throw new Problem("tenant_forbidden", "The credential does not cover the tenant in X-Tenant-Id.");
  const tenantId = parseTenantId(chosen);
  if (tenantId === null) throw new Problem("tenant_invalid", "The token's tenant is not a tenant id.");
  return tenantId;
}
