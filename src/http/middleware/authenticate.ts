import { createMiddleware } from "hono/factory";
import { normaliseTenantHeader, parseTenantId, type TenantId } from "../../domain/tenant-id";
import { readConfig, type Config } from "../../env";
import type { OperatorEnv, TenantEnv } from "../context";
import { Problem } from "../problem";
import { tokenVerifier, type VerifiedToken } from "../token-verifier";

const ADMIN_AUDIENCE = "validahub-admin";

const verifiers = new WeakMap<
  Config,
  Readonly<Record<"tenant" | "operator", ReturnType<typeof tokenVerifier>>>
>();

function verifierOf(config: Config, plane: "tenant" | "operator") {
  let known = verifiers.get(config);
  if (!known) {
    known = {
      tenant: tokenVerifier(config.jwt),
      operator: tokenVerifier({ ...config.jwt, audience: ADMIN_AUDIENCE }),
    };
    verifiers.set(config, known);
  }
  return known[plane];
}

async function verify(
  authorization: string | undefined,
  config: Config,
  plane: "tenant" | "operator",
): Promise<VerifiedToken> {
  const token = /^Bearer +([^ ]+)$/i.exec(authorization ?? "")?.[1];
  const verified = token === undefined ? null : await verifierOf(config, plane)(token, Date.now());
  if (verified) return verified;
  throw new Problem(
    "unauthenticated",
    authorization === undefined
      ? "Send a bearer token in the Authorization header."
      : "The bearer token is not valid for this API: check its signature, issuer, audience and expiry.",
    { headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' } },
  );
}

/** Tenant plane: the tenant comes from the verified token, and `X-Tenant-Id`, when sent, must agree (CONTRACT §3). */
export const authenticateTenant = createMiddleware<TenantEnv>(async (c, next) => {
  const token = await verify(c.req.header("authorization"), readConfig(c.env), "tenant");
  c.set("scopes", token.scopes);
  c.set("caller", {
    tenantId: tenantOf(token, c.req.header("x-tenant-id")),
    actorId: token.subject,
    requestId: c.var.requestId,
    traceparent: c.var.traceparent,
  });
  await next();
});

/** Operator plane: same issuers and keys, an audience of its own. */
export const authenticateOperator = createMiddleware<OperatorEnv>(async (c, next) => {
  const token = await verify(c.req.header("authorization"), readConfig(c.env), "operator");
  c.set("scopes", token.scopes);
  c.set("actorId", token.subject);
  await next();
});

export const requireScope = (scope: string) =>
  createMiddleware<{ Variables: { scopes: ReadonlySet<string> } }>(async (c, next) => {
    if (!c.var.scopes.has(scope))
      throw new Problem("insufficient_scope", `This call needs the scope ${scope}.`, {
        headers: { "WWW-Authenticate": `Bearer error="insufficient_scope", scope="${scope}"` },
      });
    await next();
  });

function tenantOf(token: VerifiedToken, header: string | undefined): TenantId {
  const allowed = token.tenantId === null ? token.tenants : [token.tenantId];
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
    throw new Problem("tenant_forbidden", "The token does not cover the tenant in X-Tenant-Id.");
  const tenantId = parseTenantId(chosen);
  if (tenantId === null) throw new Problem("tenant_invalid", "The token's tenant is not a tenant id.");
  return tenantId;
}
