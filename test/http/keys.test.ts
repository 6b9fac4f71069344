import { env } from "cloudflare:workers";
import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { KEY_LIFE_MS } from "../../src/domain/tier";
import { problemOf } from "../support/problems";
import { SealedTenant } from "../support/sealed-tenant";
import { freshTenant, freshTenantId, request } from "../support/tenants";
import { adminToken } from "../support/tokens";

const SETTINGS = {
  region: "sa-east-1",
  key_id: "1234abcd-12ab-34cd-56ef-1234567890ab",
  access_key_id: "AKIAEXAMPLE",
  secret_access_key: "secret",
  endpoint: "http://127.0.0.1:1",
};

describe("a tenant's key, seen by an operator", () => {
  it("shows versions, who wraps them and when the next is due, and never a key", async () => {
    const sealed = await SealedTenant.fresh();
    const text = await (await sealed.operate("GET", "/keys")).text();
    expect(JSON.parse(text)).toMatchObject({
      versions: [{ version: 1, status: "current", has_recovery: false, destroyed_at: null }],
      rotation: null,
    });
    expect(text).toMatch(/"wrapper":"root:[0-9a-f]{16}"/);
    const kept = await sealed.inside(({ dataKeys }) => dataKeys.list()[0]?.kept);
    for (const secret of [kept?.wrapped.text, kept?.commitment]) expect(text).not.toContain(secret);
    expect(await sealed.auditTypes()).toContain("operator.access");
  });

  it("is due by the tier, and by the new one after a change", async () => {
    const tenant = await freshTenant({ tier: "basic" });
    const operate = async (method: string, path: string, body?: unknown) =>
      request(method, `/admin/v1/tenants/${tenant.id}${path}`, {
        token: await adminToken(),
        ...(body !== undefined && { body }),
      });
    const due = async () => {
      const { due_at, versions } = await (
        await operate("GET", "/keys")
      ).json<{
        due_at: string;
        versions: { created_at: string }[];
      }>();
      return Date.parse(due_at) - Date.parse(versions[0]?.created_at ?? "");
    };
    expect(await due()).toBe(KEY_LIFE_MS.basic);
    await operate("PATCH", "", { tier: "premium" });
    expect(await due()).toBe(KEY_LIFE_MS.premium);
  });

  it.each(["GET", "POST"])("of a tenant that is none is 404: %s", async (method) => {
    const path = `/admin/v1/tenants/${freshTenantId()}/keys${method === "POST" ? "/rotate" : ""}`;
    await problemOf(await request(method, path, { token: await adminToken() }), 404, "tenant_not_found");
  });
});

describe("the report of overdue keys", () => {
  it("lists who was due a day ago as the last sweep found it, and nobody else", async () => {
    const [late, good] = [await SealedTenant.fresh(), await SealedTenant.fresh()];
    const sweep = async () => request("POST", "/admin/v1/sweep", { token: await adminToken() });
    const overdue = async () =>
      (await request("GET", "/admin/v1/keys/overdue", { token: await adminToken() })).json<{
        data: { tenant_id: string; key_version: number }[];
        meta: { overdue: number };
      }>();
    await sweep();
    expect((await overdue()).meta.overdue).toBe(0);
    await late.inside((_stores, sql) =>
      sql.exec(
        `UPDATE data_keys SET created_at_ms = created_at_ms - ?`,
        KEY_LIFE_MS.enterprise + 2 * 86_400_000,
      ),
    );
    await evictDurableObject(late.stub);
    await sweep();
    const report = await overdue();
    expect(report.data).toMatchObject([{ tenant_id: late.id, key_version: 1 }]);
    expect(JSON.stringify(report)).not.toContain(good.id);
    await late.rotated(2);
    await sweep();
    expect((await overdue()).meta.overdue).toBe(0);

    // One that has begun and does not end is no less late.
    await late.inside(({ keyState }) => {
      const rotation = keyState.rotation();
      if (rotation)
        keyState.saveRotation({ ...rotation, completedAtMs: null, phase: "destroy", startedAtMs: 1 });
    });
    await late.inside(({ timers }) => timers.replace("key_rotation", Date.now() + 60_000));
    await sweep();
    expect((await overdue()).meta.overdue).toBe(1);
  });
});

describe("a key that cannot be had", () => {
  it("is 403 where its half is destroyed: nothing sealed is answered, everything else is", async () => {
    const sealed = await SealedTenant.fresh();
    const { id } = await sealed.submit({ metadata: { a: 1 } });
    await env.KEYS.delete(`${sealed.id}/1`);
    await evictDurableObject(sealed.stub);
    for (const path of [`/v1/jobs/${id}`, "/v1/jobs", "/v1/events"])
      await problemOf(await sealed.tenant.call("GET", path), 403, "tenant_suspended");
    expect((await sealed.tenant.call("GET", "/v1/tenant")).status).toBe(200);
    expect((await sealed.tenant.call("GET", "/v1/api-keys")).status).toBe(200);
  });
});

describe("a key of the customer's own", () => {
  it("is for the enterprise tier, needs good settings and a KMS that answers", async () => {
    const basic = await freshTenant({ tier: "basic" });
    const put = async (id: string, body: unknown) =>
      request("PUT", `/admin/v1/tenants/${id}/customer-key`, { token: await adminToken(), body });
    await problemOf(await put(basic.id, SETTINGS), 409, "invalid_state_transition");
    const sealed = await SealedTenant.fresh();
    const alias = await put(sealed.id, { ...SETTINGS, key_id: "alias/x" });
    const text = JSON.stringify(await problemOf(alias, 400, "validation_error"));
    expect(text).not.toContain(SETTINGS.secret_access_key);
    await problemOf(await put(sealed.id, SETTINGS), 503, "temporarily_unavailable");
    expect((await sealed.standing()).rotation).toBeNull();
    const removed = await sealed.operate("DELETE", "/customer-key");
    expect([removed.status, await removed.json()]).toEqual([202, { rotation: null }]);
  });
});

describe("the way back after a loss", () => {
  it("is refused for what is not the key that was lost", async () => {
    const sealed = await SealedTenant.fresh();
    await problemOf(await sealed.operate("GET", "/keys/1/recovery"), 404, "not_found");
    const kept = await sealed.inside(({ dataKeys }) => dataKeys.list()[0]?.kept);
    const other = await SealedTenant.fresh();
    const theirs = await other.inside(({ dataKeys }) => dataKeys.list()[0]?.kept);
    const restore = (version: number, wrapped: string) =>
      sealed.operate("POST", `/keys/${version}/restore`, { wrapper: kept?.wrapped.wrapperId, wrapped });
    await problemOf(await restore(1, theirs?.wrapped.text ?? ""), 409, "invalid_state_transition");
    await problemOf(await restore(2, kept?.wrapped.text ?? ""), 404, "not_found");
    expect((await restore(1, kept?.wrapped.text ?? "")).status).toBe(204);
    expect(await sealed.auditTypes()).toContain("data_key.rewrapped");
  });
});
