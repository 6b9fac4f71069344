import { env } from "cloudflare:workers";
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { Stores } from "../../durable-objects/tenant/stores";
import { tenantObjectName } from "../../src/domain/tenant";
import { problemOf } from "../support/problems";
import { eventually, freshTenant, freshTenantId, request, type TestTenant } from "../support/tenants";
import { adminToken, sign } from "../support/tokens";

interface Grant {
  readonly id: string;
  readonly key: string;
  readonly status: string;
  readonly scopes: readonly string[];
}

const REASON = "Ticket 4711: report cannot be downloaded";

const operator = () => sign({ aud: "validahub-admin", scope: "admin:read admin:write", sub: "ana" });

async function grant(tenant: TestTenant, body: Record<string, unknown> = {}): Promise<Grant> {
  const made = await request("POST", `/admin/v1/tenants/${tenant.id}/support-access`, {
    token: await operator(),
    body: { reason: REASON, ...body },
  });
  expect(made.status).toBe(201);
  return made.json<Grant>();
}

const logOf = (tenant: TestTenant) =>
  runInDurableObject(env.TENANTS.getByName(tenantObjectName(tenant.id)), (_object, { storage }) =>
    new Stores(storage.sql).log
      .after(0, 0, 1000)
      .map(({ type, actorId, payload }) => ({ type, actorId, payload })),
  );

describe("support access", () => {
  it("looks at one tenant, changes nothing there, and each look is in the tenant's log with who and what", async () => {
    const tenant = await freshTenant();
    const other = await freshTenant();
    const { key, scopes } = await grant(tenant);
    expect(scopes.every((scope) => scope.endsWith(":read"))).toBe(true);

    expect((await request("GET", "/v1/jobs", { token: key })).status).toBe(200);
    expect((await request("GET", "/v1/events", { token: key })).status).toBe(200);
    const post = await request("POST", "/v1/uploads", { token: key, body: { filename: "a.csv", size: 1 } });
    await problemOf(post, 403, "insufficient_scope");
    const elsewhere = await request("GET", "/v1/jobs", { token: key, headers: { "x-tenant-id": other.id } });
    await problemOf(elsewhere, 403, "tenant_forbidden");
    await problemOf(await request("GET", "/admin/v1/tenants", { token: key }), 401, "unauthenticated");

    const looks = (await logOf(tenant)).filter(({ type }) => type === "support.access");
    expect(looks.map(({ actorId }) => actorId)).toEqual(["support:ana", "support:ana"]);
    expect(looks.map(({ payload }) => (JSON.parse(payload) as { operation: string }).operation)).toEqual([
      "listJobs",
      "listEvents",
    ]);
    expect((JSON.parse(looks[0]?.payload ?? "") as { target: string }).target).toBe("/v1/jobs");
    expect((await logOf(other)).map(({ type }) => type)).toEqual(["tenant.provisioned"]);
  });

  it("is seen by the tenant with its reason and its end, as event and in a list, and the tenant can end it", async () => {
    const tenant = await freshTenant();
    const { id, key } = await grant(tenant, { minutes: 30 });
    const listed = await tenant.json<{ data: Record<string, unknown>[] }>("GET", "/v1/support-access");
    expect(listed.data).toMatchObject([{ id, operator: "ana", reason: REASON, status: "active" }]);
    const { data } = await tenant.json<{ data: { type: string; actorid: string; data: unknown }[] }>(
      "GET",
      "/v1/events",
    );
    expect(data.find(({ type }) => type === "tenant.support_access_granted")).toMatchObject({
      actorid: "operator:ana",
      data: { support_access_id: id, reason: REASON, operator: "ana" },
    });

    expect((await tenant.call("DELETE", `/v1/support-access/${id}`)).status).toBe(204);
    await problemOf(await request("GET", "/v1/jobs", { token: key }), 401, "unauthenticated");
    expect((await tenant.call("DELETE", `/v1/support-access/${id}`)).status).toBe(204);
    expect((await logOf(tenant)).filter(({ type }) => type === "tenant.support_access_ended")).toMatchObject([
      { actorId: "user_1" },
    ]);
    const unknown = await tenant.call("DELETE", `/v1/support-access/${crypto.randomUUID()}`);
    await problemOf(unknown, 404, "not_found");
  });

  it("gets links that are good for a minute at most", async () => {
    const tenant = await freshTenant();
    const { id } = await tenant.json<{ id: string }>("POST", "/v1/jobs", {
      channel: "default",
      type: "validation",
      file_ref: await tenant.upload("a.csv", "sku,title,price\n1,x,2\n"),
      rules_profile_id: "default@1.0.0",
    });
    await eventually(
      () => tenant.json<{ status: string }>("GET", `/v1/jobs/${id}`),
      ({ status }) => status === "succeeded",
    );
    const { key } = await grant(tenant);
    const life = async (token: string) => {
      const answer = await request("GET", `/v1/jobs/${id}/download?artifact=report`, { token });
      return Date.parse((await answer.json<{ expires_at: string }>()).expires_at) - Date.now();
    };
    expect(await life(key)).toBeLessThanOrEqual(60_000);
    expect(await life(tenant.token)).toBeGreaterThan(600_000);
  });

  it("is not given for a tenant that was offboarded", async () => {
    const tenant = await freshTenant();
    const token = await operator();
    await request("POST", `/admin/v1/tenants/${tenant.id}/offboard`, { token });
    const path = `/admin/v1/tenants/${tenant.id}`;
    const body = { reason: REASON };
    await problemOf(
      await request("POST", `${path}/support-access`, { token, body }),
      409,
      "invalid_state_transition",
    );
    await problemOf(
      await request("PATCH", path, { token, body: { name: "x" } }),
      409,
      "invalid_state_transition",
    );
  });

  it("ends by itself when its time is over", async () => {
    const tenant = await freshTenant();
    const { id, key } = await grant(tenant, { minutes: 1 });
    const stub = env.TENANTS.getByName(tenantObjectName(tenant.id));
    await runInDurableObject(stub, (_object, { storage: { sql } }) => {
      sql.exec("UPDATE api_keys SET expires_at_ms = 1 WHERE id = ?", id);
    });
    await evictDurableObject(stub);
    await problemOf(await request("GET", "/v1/jobs", { token: key }), 401, "unauthenticated");
  });

  it("is no API key: the tenant's key routes neither list, rotate nor change it", async () => {
    const tenant = await freshTenant();
    const { id } = await grant(tenant);
    expect((await tenant.json<{ data: unknown[] }>("GET", "/v1/api-keys")).data).toEqual([]);
    await problemOf(await tenant.call("GET", `/v1/api-keys/${id}`), 404, "not_found");
    await problemOf(await tenant.call("POST", `/v1/api-keys/${id}/rotate`), 404, "not_found");
    const body = { expires_at: null };
    await problemOf(await tenant.call("PATCH", `/v1/api-keys/${id}`, { body }), 404, "not_found");
    await problemOf(await tenant.call("DELETE", `/v1/api-keys/${id}`), 404, "not_found");
  });

  it.each([
    ["no reason", {}],
    ["a reason that is none", { reason: "x" }],
    ["no end", { reason: REASON, minutes: 100_000 }],
    ["a scope that writes", { reason: REASON, scopes: ["jobs:write"] }],
    ["a scope of operators", { reason: REASON, scopes: ["admin:read"] }],
  ])("is not given for %s", async (_name, body) => {
    const tenant = await freshTenant();
    const path = `/admin/v1/tenants/${tenant.id}/support-access`;
    await problemOf(await request("POST", path, { token: await operator(), body }), 400, "validation_error");
  });

  it("is given once for one Idempotency-Key, and ended by the operator", async () => {
    const tenant = await freshTenant();
    const path = `/admin/v1/tenants/${tenant.id}/support-access`;
    const headers = { "idempotency-key": "support-grant-once" };
    const call = async () =>
      request("POST", path, { token: await operator(), body: { reason: REASON }, headers });
    const first = await (await call()).json<Grant>();
    const again = await (await call()).json<Grant>();
    expect(again).not.toHaveProperty("key");
    expect(again.id).toBe(first.id);
    const token = await operator();
    const list = await (await request("GET", path, { token })).json<{ data: unknown[] }>();
    expect(list.data).toHaveLength(1);
    expect((await request("DELETE", `${path}/${first.id}`, { token })).status).toBe(204);
    await problemOf(await request("GET", "/v1/jobs", { token: first.key }), 401, "unauthenticated");
    await problemOf(await request("DELETE", `${path}/${crypto.randomUUID()}`, { token }), 404, "not_found");
  });

  it("is given for no tenant that there is not", async () => {
    const path = `/admin/v1/tenants/${freshTenantId()}/support-access`;
    const body = { reason: REASON };
    await problemOf(
      await request("POST", path, { token: await adminToken(), body }),
      404,
      "tenant_not_found",
    );
  });
});
