import { createExecutionContext, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../src/app";
import { Stores } from "../../durable-objects/tenant/stores";
import { PlatformAudit } from "../../src/directory/platform-audit";
import { tenantObjectName } from "../../src/domain/tenant";
import type { Env } from "../../src/env";
import { migratedDirectory } from "../support/d1";
import { problemOf } from "../support/problems";
import { freshTenant, request } from "../support/tenants";
import { adminToken, sign, tenantToken } from "../support/tokens";

beforeAll(() => migratedDirectory());

const app = createApp();
const callWith = (more: Partial<Env>, path: string, headers: Record<string, string>) =>
  app.fetch(
    new Request(`https://api.test${path}`, { headers }),
    { ...env, ...more },
    createExecutionContext(),
  );

const audit = async () => (await new PlatformAudit(env.DIRECTORY).list({ limit: 100, cursor: null })).rows;

describe("the operator plane", () => {
  it.each(["/admin/v1/tenants", "/admin/v1/audit", "/admin/v1/dead-letters"])(
    "takes no tenant's token at %s, and the tenant plane no operator's",
    async (path) => {
      const tenant = await freshTenant();
      await problemOf(await request("GET", path, { token: tenant.token }), 401, "unauthenticated");
      const both = await sign({ aud: ["validahub-admin"], tenant_id: tenant.id, scope: "jobs:read" });
      await problemOf(await request("GET", "/v1/jobs", { token: both }), 401, "unauthenticated");
      await problemOf(await request("GET", path, { token: both }), 403, "insufficient_scope");
      await problemOf(await request("GET", path), 401, "unauthenticated");
    },
  );

  it("writes each look at a tenant into that tenant's own log", async () => {
    const tenant = await freshTenant();
    const path = `/admin/v1/tenants/${tenant.id}`;
    await request("GET", path, { token: await adminToken() });
    await request("PATCH", path, { token: await adminToken(), body: { name: "New" } });
    const entries = await runInDurableObject(
      env.TENANTS.getByName(tenantObjectName(tenant.id)),
      (_object, { storage }) =>
        new Stores(storage.sql).log.after(0, 0, 100).map(({ type, actorId, kind }) => [kind, type, actorId]),
    );
    expect(entries).toEqual([
      ["event", "tenant.provisioned", "operator:user_1"],
      ["audit", "operator.access", "operator:user_1"],
      ["event", "tenant.updated", "operator:user_1"],
    ]);
  });

  it("writes what belongs to no tenant into the platform's audit, with who and on which request", async () => {
    const token = await sign({
      aud: "validahub-admin",
      scope: "admin:read admin:write",
      sub: crypto.randomUUID(),
    });
    const id = crypto.randomUUID();
    await request("GET", "/admin/v1/tenants?limit=1", { token, headers: { "x-request-id": id } });
    await request("GET", "/admin/v1/dead-letters", { token });
    await request("POST", "/admin/v1/sweep", { token });
    const shown = await (
      await request("GET", "/admin/v1/audit?limit=100", { token })
    ).json<{
      data: { type: string; actor_id: string; request_id: string }[];
    }>();
    const mine = shown.data.filter(({ actor_id: actor }) => actor === `operator:${subOf(token)}`);
    expect(mine.map(({ type }) => type)).toEqual([
      "operator.audit_read",
      "operator.swept",
      "operator.dead_letters_read",
      "operator.tenants_listed",
    ]);
    expect(mine.at(-1)?.request_id).toBe(id);
  });

  it("does nothing that it cannot write down", async () => {
    const failing = {
      prepare: () => ({ bind: () => ({ run: () => Promise.reject(new Error("D1 is down")) }) }),
    };
    const response = await callWith({ DIRECTORY: failing as unknown as D1Database }, "/admin/v1/audit", {
      authorization: `Bearer ${await adminToken()}`,
    });
    await problemOf(response, 503, "temporarily_unavailable");
  });
});

describe("a token that was taken back", () => {
  it("of a tenant is refused with its next call, there alone, although it was cached", async () => {
    const tenant = await freshTenant();
    const jti = crypto.randomUUID();
    const token = await sign({ tenant_id: tenant.id, scope: "jobs:read", jti });
    expect((await request("GET", "/v1/jobs", { token })).status).toBe(200);
    const path = `/admin/v1/tenants/${tenant.id}/token-revocations`;
    const made = await request("POST", path, { token: await adminToken(), body: { token_id: jti } });
    expect(made.status).toBe(201);
    for (let n = 0; n < 3; n++)
      await problemOf(await request("GET", "/v1/jobs", { token }), 401, "unauthenticated");
    expect((await tenant.call("GET", "/v1/jobs")).status).toBe(200);
    const other = await freshTenant();
    const same = await sign({ tenant_id: other.id, scope: "jobs:read", jti });
    expect((await request("GET", "/v1/jobs", { token: same })).status).toBe(200);
  });

  it("of an operator is refused with its next call", async () => {
    const jti = crypto.randomUUID();
    const token = await sign({ aud: "validahub-admin", scope: "admin:read", jti });
    expect((await request("GET", "/admin/v1/tenants", { token })).status).toBe(200);
    const body = { token_id: jti, expires_at: new Date(Date.now() + 3_600_000).toISOString() };
    const made = await request("POST", "/admin/v1/token-revocations", { token: await adminToken(), body });
    expect(made.status).toBe(201);
    await problemOf(await request("GET", "/admin/v1/tenants", { token }), 401, "unauthenticated");
    expect(
      (await audit()).some(({ type, data }) => type === "operator.token_revoked" && data["token_id"] === jti),
    ).toBe(true);
  });

  it("stays taken back, whatever is said afterwards, and until its leeway is over", async () => {
    const jti = crypto.randomUUID();
    const token = await sign({ aud: "validahub-admin", scope: "admin:read", jti });
    const revoke = async (body: object) =>
      (
        await request("POST", "/admin/v1/token-revocations", {
          token: await adminToken(),
          body: { token_id: jti, ...body },
        })
      ).status;
    const soon = new Date(Date.now() + 1_000).toISOString();
    expect(await revoke({ expires_at: soon })).toBe(201);
    const audit = new PlatformAudit(env.DIRECTORY);
    expect(await audit.isRevoked(jti, Date.parse(soon) + 30_000)).toBe(true);
    expect(await revoke({})).toBe(201);
    expect(await revoke({ expires_at: soon })).toBe(201);
    expect(await audit.isRevoked(jti, Date.parse(soon) + 1e12)).toBe(true);
    for (const expires_at of ["2020-01-01T00:00:00Z", "1960-01-01T00:00:00Z"])
      expect(await revoke({ expires_at })).toBe(400);
    await problemOf(await request("GET", "/admin/v1/tenants", { token }), 401, "unauthenticated");
  });

  it("keeps everybody out while the list of such tokens cannot be read", async () => {
    const token = await sign({ aud: "validahub-admin", scope: "admin:read", jti: "x" });
    const failing = {
      prepare: () => {
        throw new Error("D1 is down");
      },
    };
    const response = await callWith({ DIRECTORY: failing as unknown as D1Database }, "/admin/v1/tenants", {
      authorization: `Bearer ${token}`,
    });
    expect(response.headers.get("retry-after")).toBe("2");
    await problemOf(response, 503, "temporarily_unavailable");
  });
});

describe("Cloudflare Access before the operator plane", () => {
  const issuer = "https://team.cloudflareaccess.com";
  const audience = "f".repeat(64);

  async function access() {
    const { publicKey, privateKey } = await generateKeyPair("RS256");
    const jwk = { ...(await exportJWK(publicKey)), kid: "access", alg: "RS256", use: "sig" };
    const assertion = (claims: Record<string, unknown> = {}) =>
      new SignJWT({ sub: "ana", email: "ana@example.com", ...claims })
        .setProtectedHeader({ alg: "RS256", kid: "access", typ: "JWT" })
        .setIssuer(String(claims["iss"] ?? issuer))
        .setAudience(claims["aud"] === undefined ? [audience] : String(claims["aud"]))
        .setIssuedAt()
        .setExpirationTime("5m")
        .sign(privateKey);
    return { ACCESS: JSON.stringify({ issuer, audience, jwks: { keys: [jwk] } }), assertion };
  }

  it("asks for both: the operator's token and Access's own assertion", async () => {
    const { ACCESS, assertion } = await access();
    const authorization = `Bearer ${await adminToken()}`;
    const call = (headers: Record<string, string>) => callWith({ ACCESS }, "/admin/v1/tenants", headers);
    const good = await assertion();
    expect((await call({ authorization, "cf-access-jwt-assertion": good })).status).toBe(200);
    const service = await assertion({ sub: "", email: undefined, common_name: "ci.access" });
    expect((await call({ authorization, "cf-access-jwt-assertion": service })).status).toBe(200);
    const actors = (await audit()).map(({ actorId }) => actorId);
    expect(actors).toEqual(
      expect.arrayContaining(["operator:user_1 (ana@example.com)", "operator:user_1 (ci.access)"]),
    );
    await problemOf(await call({ authorization }), 401, "unauthenticated");
    await problemOf(await call({ "cf-access-jwt-assertion": good }), 401, "unauthenticated");
    for (const bad of [
      await assertion({ iss: "https://evil.cloudflareaccess.com" }),
      await assertion({ aud: "other" }),
      await (await access()).assertion(),
      `${good}x`,
      await adminToken(),
      "",
    ])
      await problemOf(await call({ authorization, "cf-access-jwt-assertion": bad }), 401, "unauthenticated");
    const tenantsOwn = `Bearer ${await tenantToken((await freshTenant()).id)}`;
    expect((await callWith({ ACCESS }, "/v1/jobs", { authorization: tenantsOwn })).status).toBe(200);
  });
});

describe("further issuers", () => {
  it("speak for their own tenants with their own keys, and for no operator", async () => {
    const tenant = await freshTenant();
    const other = await freshTenant();
    const { publicKey, privateKey } = await generateKeyPair("EdDSA", { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: "own", alg: "EdDSA", use: "sig" };
    const issuer = "https://idp.customer.example/";
    const JWT_ISSUERS = JSON.stringify([{ issuer, jwks: { keys: [jwk] }, tenants: [tenant.id] }]);
    const token = (claims: Record<string, unknown>, iss = issuer) =>
      new SignJWT({ scope: "jobs:read admin:read", aud: env.JWT_AUDIENCE, sub: "ana", ...claims })
        .setProtectedHeader({ alg: "EdDSA", kid: "own", typ: "at+jwt" })
        .setIssuer(iss)
        .setExpirationTime("5m")
        .sign(privateKey);
    const status = async (bearer: string, path = "/v1/jobs") =>
      (await callWith({ JWT_ISSUERS }, path, { authorization: `Bearer ${bearer}` })).status;
    expect(await status(await token({ tenant_id: tenant.id }))).toBe(200);
    const made = new Request("https://api.test/v1/uploads", {
      method: "POST",
      headers: {
        authorization: `Bearer ${await token({ tenant_id: tenant.id, scope: "files:write" })}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ filename: "a.csv", size: 1 }),
    });
    const announced = await app.fetch(made, { ...env, JWT_ISSUERS }, createExecutionContext());
    const { upload_url: url } = await announced.json<{ upload_url: string }>();
    await request("PUT", url, { body: "x", headers: { "content-type": "text/csv" } });
    expect(await status(await token({ tenant_id: other.id }))).toBe(401);
    expect(await status(await token({ tenant_id: tenant.id }, env.JWT_ISSUER))).toBe(401);
    expect(
      await status(await token({ aud: "validahub-admin", tenant_id: tenant.id }), "/admin/v1/tenants"),
    ).toBe(401);
    expect(await status(await tenantToken(other.id))).toBe(200);
    const { data } = await tenant.json<{ data: { actorid: string }[] }>("GET", "/v1/events");
    expect(data.map(({ actorid }) => actorid)).toEqual(["operator:user_1", "signed_link"]);
  });

  it.each([
    ["JWT_ISSUERS", { JWT_ISSUERS: "[" }],
    ["JWT_ISSUERS", { JWT_ISSUERS: "{}" }],
    ["JWT_ISSUERS", { JWT_ISSUERS: '[{"issuer":"https://a/"}]' }],
    ["JWT_ISSUERS", { JWT_ISSUERS: '[{"issuer":"https://a/","jwks_url":"http://a/jwks"}]' }],
    ["ACCESS", { ACCESS: '{"issuer":"https://a/"}' }],
    ["JWT_JWKS", { JWT_JWKS: "{}" }],
  ])("and a malformed %s stop the first request, saying which variable it is", async (_name, more) => {
    const response = await callWith(more, "/v1/jobs", { authorization: "Bearer x" });
    await problemOf(response, 500, "internal_error");
  });
});

const subOf = (token: string): string =>
  (JSON.parse(atob((token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"))) as { sub: string })
    .sub;
