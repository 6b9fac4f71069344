import { env } from "cloudflare:workers";
import { importJWK, SignJWT, type JWTPayload } from "jose";

const TENANT_SCOPES =
  "jobs:read jobs:write files:read files:write rules:read rules:write events:read webhooks:read webhooks:write usage:read audit:read keys:read keys:write";

interface TokenOptions {
  readonly claims?: JWTPayload;
  readonly header?: Record<string, unknown>;
  readonly ttlSeconds?: number;
}

/** A token of the tests' own issuer; `claims` and `header` replace what a good token carries. */
export async function sign(claims: JWTPayload, options: TokenOptions = {}): Promise<string> {
  const key = await importJWK(JSON.parse(env.TEST_SIGNING_JWK), "ES256");
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    iss: env.JWT_ISSUER,
    aud: env.JWT_AUDIENCE,
    sub: "user_1",
    iat: now,
    exp: now + (options.ttlSeconds ?? 3600),
    ...claims,
    ...options.claims,
  })
    .setProtectedHeader({ alg: "ES256", kid: "test", typ: "JWT", ...options.header })
    .sign(key);
}

export const tenantToken = (tenantId: string, scope = TENANT_SCOPES): Promise<string> =>
  sign({ tenant_id: tenantId, scope });

export const adminToken = (scope = "admin:read admin:write"): Promise<string> =>
  sign({ aud: "validahub-admin", scope });
