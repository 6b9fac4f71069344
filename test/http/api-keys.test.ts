import { env } from "cloudflare:workers";
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { Stores } from "../../durable-objects/tenant/stores";
import { mintApiKey } from "../../src/auth/api-key-text";
import { tenantObjectName } from "../../src/domain/tenant";
import { readConfig } from "../../src/env";
import { callerOf } from "../support/callers";
import { problemOf } from "../support/problems";
import { freshTenant, freshTenantId, request, type TestTenant } from "../support/tenants";
import { tenantToken } from "../support/tokens";

interface KeyAnswer {
  readonly id: string;
  readonly key?: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly status: string;
  readonly last_used_at: string | null;
  readonly previous_valid_until: string | null;
}

const create = (tenant: TestTenant, scopes: readonly string[] = ["jobs:read"], more = {}) =>
  tenant.json<KeyAnswer & { key: string }>("POST", "/v1/api-keys", { name: "Importer", scopes, ...more });

const get = (key: string, path = "/v1/jobs", headers: Record<string, string> = {}) =>
  request("GET", path, { token: key, headers });

const stubOf = (tenant: TestTenant) => env.TENANTS.getByName(tenantObjectName(tenant.id));

const auditTypes = (tenant: TestTenant) =>
  runInDurableObject(stubOf(tenant), (_object, { storage }) =>
    new Stores(storage.sql).log.after(0, 0, 1000).map(({ type, actorId }) => `${type} by ${actorId}`),
  );

describe("an API key", () => {
  it("is shown once, opens what its scopes say and nothing else, and acts in its own name", async () => {
    const tenant = await freshTenant();
    const { key, id } = await create(tenant, ["jobs:read", "files:write"]);
    expect(key).toMatch(new RegExp(`^vh_test_${tenant.id}\\.${id}\\.[A-Za-z0-9_-]{43}\\.[A-Za-z0-9_-]{43}$`));
    expect((await get(key)).status).toBe(200);
    expect((await get(key, "/v1/jobs", { "x-tenant-id": tenant.id.toUpperCase() })).status).toBe(200);
    const refused = await get(key, "/v1/events");
    await problemOf(refused, 403, "insufficient_scope");
    expect(refused.headers.get("www-authenticate")).toContain('scope="events:read"');
    expect(refused.headers.has("ratelimit")).toBe(true);
    await problemOf(await get(key, "/v1/jobs", { "x-tenant-id": "t_other" }), 403, "tenant_forbidden");

    const upload = { filename: "a.csv", size: 0 };
    expect((await request("POST", "/v1/uploads", { token: key, body: upload })).status).toBe(201);
    const listed = await tenant.json<{ data: KeyAnswer[] }>("GET", "/v1/api-keys");
    expect(listed.data).toMatchObject([{ id, status: "active", name: "Importer" }]);
    expect(JSON.stringify(listed)).not.toContain(key.split(".")[2]);
    expect(listed.data[0]?.last_used_at).not.toBeNull();
  });

  it("is kept as a hash: the object's tables hold no secret", async () => {
    const tenant = await freshTenant();
    const { key } = await create(tenant);
    const [, , secret = "", mac = ""] = key.split(".");
    await runInDurableObject(stubOf(tenant), (_object, { storage: { sql } }) => {
      for (const { name } of sql.exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table'",
      )) {
        if (name.startsWith("_cf_")) continue;
        const rows = JSON.stringify(sql.exec(`SELECT * FROM ${name}`).toArray());
        expect(rows).not.toContain(secret);
        expect(rows).not.toContain(mac);
      }
    });
  });

  it("comes again without its text for the same Idempotency-Key, and is made once", async () => {
    const tenant = await freshTenant();
    const body = { name: "Importer", scopes: ["jobs:read"] };
    const headers = { "idempotency-key": "create-the-key-once" };
    const first = await tenant.call("POST", "/v1/api-keys", { body, headers });
    const again = await tenant.call("POST", "/v1/api-keys", { body, headers });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    const [{ key, ...made }, replayed] = [await first.json<KeyAnswer>(), await again.json<KeyAnswer>()];
    expect(key).toBeDefined();
    expect(replayed).toEqual(made);
    await tenant.call("PATCH", `/v1/api-keys/${made.id}`, { body: { name: "renamed" } });
    await tenant.call("DELETE", `/v1/api-keys/${made.id}`);
    expect(await (await tenant.call("POST", "/v1/api-keys", { body, headers })).json()).toEqual(made);
    const other = await tenant.call("POST", "/v1/api-keys", { body: { ...body, name: "X" }, headers });
    await problemOf(other, 409, "idempotency_conflict");
    expect((await tenant.json<{ data: unknown[] }>("GET", "/v1/api-keys")).data).toHaveLength(1);
  });

  it("is refused with its next call once revoked, for good, and cannot use up the tenant's rate", async () => {
    const tenant = await freshTenant({ overrides: { rate: { sustained: 1, burst: 50 } } });
    const { key, id } = await create(tenant);
    expect((await get(key)).status).toBe(200);
    expect((await tenant.call("DELETE", `/v1/api-keys/${id}`)).status).toBe(204);
    await problemOf(await get(key), 401, "unauthenticated");
    const remaining = async () =>
      (await tenant.json<{ remaining: { requests: number } }>("GET", "/v1/tenant")).remaining.requests;
    const before = await remaining();
    for (let n = 0; n < 20; n++) expect((await get(key)).status).toBe(401);
    expect(await remaining()).toBeGreaterThanOrEqual(before - 1);
    expect((await tenant.call("DELETE", `/v1/api-keys/${id}`)).status).toBe(204);
    const patch = await tenant.call("PATCH", `/v1/api-keys/${id}`, { body: { expires_at: null } });
    await problemOf(patch, 409, "invalid_state_transition");
    await problemOf(await tenant.call("POST", `/v1/api-keys/${id}/rotate`), 409, "invalid_state_transition");
    expect(await auditTypes(tenant)).toEqual([
      expect.stringContaining("tenant.provisioned"),
      "key.created by user_1",
      "key.revoked by user_1",
    ]);
  });

  it("stays refused after the object was evicted", async () => {
    const tenant = await freshTenant();
    const kept = await create(tenant);
    const revoked = await create(tenant);
    await tenant.call("DELETE", `/v1/api-keys/${revoked.id}`);
    await evictDurableObject(stubOf(tenant));
    expect((await get(revoked.key)).status).toBe(401);
    expect((await get(kept.key)).status).toBe(200);
  });

  it("is refused once it has expired", async () => {
    const tenant = await freshTenant();
    const { key, id } = await create(tenant, ["jobs:read"], {
      expires_at: new Date(Date.now() + 60_000).toISOString(),
    });
    expect((await get(key)).status).toBe(200);
    await runInDurableObject(stubOf(tenant), (_object, { storage: { sql } }) => {
      sql.exec("UPDATE api_keys SET expires_at_ms = 1 WHERE id = ?", id);
    });
    await evictDurableObject(stubOf(tenant));
    await problemOf(await get(key), 401, "unauthenticated");
    expect(await tenant.json("GET", `/v1/api-keys/${id}`)).toMatchObject({ status: "expired" });
  });

  it("keeps its old secret for the overlap after a rotation, and no longer", async () => {
    const tenant = await freshTenant();
    const { key: first, id } = await create(tenant);
    const rotated = await tenant.json<KeyAnswer & { key: string }>("POST", `/v1/api-keys/${id}/rotate`);
    expect(rotated).toMatchObject({ id, previous_valid_until: expect.any(String) });
    expect([(await get(first)).status, (await get(rotated.key)).status]).toEqual([200, 200]);
    const again = await tenant.json<KeyAnswer & { key: string }>("POST", `/v1/api-keys/${id}/rotate`, {
      overlap_seconds: 0,
    });
    const statuses = [first, rotated.key, again.key].map(async (key) => (await get(key)).status);
    expect(await Promise.all(statuses)).toEqual([401, 401, 200]);
    const events = await tenant.json<{ data: { type: string; data: unknown }[] }>("GET", "/v1/events");
    expect(events.data.filter(({ type }) => type === "key.rotated")).toMatchObject([
      { data: { key_id: id, tenant_id: tenant.id } },
      { data: { previous_valid_until: null } },
    ]);
  });

  it("keeps the secret in use when a rotation's answer was lost and it is made again", async () => {
    const tenant = await freshTenant();
    const { key, id } = await create(tenant);
    await tenant.call("POST", `/v1/api-keys/${id}/rotate`);
    const again = await tenant.json<{ key: string }>("POST", `/v1/api-keys/${id}/rotate`);
    expect([(await get(key)).status, (await get(again.key)).status]).toEqual([200, 200]);
  });

  it("lets a secret in its overlap go on with its work, and have no say over keys", async () => {
    const tenant = await freshTenant();
    const { key, id } = await create(tenant, ["jobs:read", "keys:read", "keys:write"]);
    const { key: current } = await tenant.json<{ key: string }>("POST", `/v1/api-keys/${id}/rotate`);
    expect((await get(key)).status).toBe(200);
    const rotate = (token: string) =>
      request("POST", `/v1/api-keys/${id}/rotate`, { token, body: { overlap_seconds: 0 } });
    await problemOf(await rotate(key), 403, "insufficient_scope");
    await problemOf(await request("DELETE", `/v1/api-keys/${id}`, { token: key }), 403, "insufficient_scope");
    expect((await get(current)).status).toBe(200);
    expect((await rotate(current)).status).toBe(200);
    expect((await get(key)).status).toBe(401);
  });

  it("does not end a key's new secret when the old one is refused", async () => {
    const tenant = await freshTenant();
    const { key: first, id } = await create(tenant);
    const { key } = await tenant.json<{ key: string }>("POST", `/v1/api-keys/${id}/rotate`, {
      overlap_seconds: 0,
    });
    expect((await get(first)).status).toBe(401);
    expect((await get(key)).status).toBe(200);
  });
});

describe("whoever makes or takes over a key", () => {
  it("cannot give it scopes that they lack, be it a token or a key", async () => {
    const tenant = await freshTenant();
    const strong = await create(tenant, ["jobs:read", "jobs:write"]);
    const narrow = await tenantToken(tenant.id, "keys:write jobs:read");
    const key = await create(tenant, ["keys:write", "jobs:read"]);
    for (const token of [narrow, key.key]) {
      const body = { name: "x", scopes: ["jobs:read", "audit:read"] };
      const refused = await problemOf(
        await request("POST", "/v1/api-keys", { token, body }),
        403,
        "insufficient_scope",
      );
      expect(refused.details.field_errors).toEqual({ scopes: ["You do not hold audit:read."] });
      const patch = { scopes: ["jobs:write"] };
      await problemOf(
        await request("PATCH", `/v1/api-keys/${key.id}`, { token, body: patch }),
        403,
        "insufficient_scope",
      );
      await problemOf(
        await request("POST", `/v1/api-keys/${strong.id}/rotate`, { token }),
        403,
        "insufficient_scope",
      );
      const allowed = { name: "x", scopes: ["jobs:read"] };
      expect((await request("POST", "/v1/api-keys", { token, body: allowed })).status).toBe(201);
    }
  });

  it("cannot change a key that has more, nor make itself or another live longer", async () => {
    const tenant = await freshTenant();
    const strong = await create(tenant, ["jobs:read", "jobs:write"]);
    const expires_at = new Date(Date.now() + 60_000).toISOString();
    const { key: token, id } = await create(tenant, ["keys:write"], { expires_at });
    const patch = (keyId: string, body: unknown) =>
      request("PATCH", `/v1/api-keys/${keyId}`, { token, body });
    for (const body of [{ expires_at: null }, { name: "mine" }, { scopes: ["keys:write"] }])
      await problemOf(await patch(strong.id, body), 403, "insufficient_scope");
    await problemOf(await patch(id, { expires_at: null }), 403, "insufficient_scope");
    const later = new Date(Date.now() + 120_000).toISOString();
    await problemOf(await patch(id, { expires_at: later }), 403, "insufficient_scope");
    const make = (more: object) =>
      request("POST", "/v1/api-keys", { token, body: { name: "x", scopes: ["keys:write"], ...more } });
    await problemOf(await make({}), 403, "insufficient_scope");
    await problemOf(await make({ expires_at: later }), 403, "insufficient_scope");
    expect((await make({ expires_at })).status).toBe(201);
    expect((await patch(id, { name: "still mine" })).status).toBe(200);
  });

  it.each([
    ["no name", { scopes: ["jobs:read"] }],
    ["no scope", { name: "x", scopes: [] }],
    ["an unknown scope", { name: "x", scopes: ["admin:read"] }],
    ["a scope twice", { name: "x", scopes: ["jobs:read", "jobs:read"] }],
    ["a time that has passed", { name: "x", scopes: ["jobs:read"], expires_at: "2020-01-01T00:00:00Z" }],
    ["an unknown member", { name: "x", scopes: ["jobs:read"], secret: "mine" }],
  ])("is told what is wrong with %s", async (_name, body) => {
    const tenant = await freshTenant();
    await problemOf(await tenant.call("POST", "/v1/api-keys", { body }), 400, "validation_error");
  });

  it("is stopped at the most keys a tenant may have", async () => {
    const tenant = await freshTenant();
    await runInDurableObject(stubOf(tenant), (_object, { storage: { sql } }) => {
      sql.exec(
        `INSERT INTO api_keys (id, kind, name, scopes, secret_hash, previous, created_by, created_at_ms, updated_at_ms)
         SELECT 'k' || value, 'key', 'x', '[]', 'h', '[]', 'x', 1, 1 FROM json_each(?)`,
        JSON.stringify(Array.from({ length: 500 }, (_, index) => index)),
      );
    });
    const body = { name: "x", scopes: ["jobs:read"] };
    await problemOf(await tenant.call("POST", "/v1/api-keys", { body }), 429, "quota_exceeded");
  });

  it("pages through keys, newest first", async () => {
    const tenant = await freshTenant();
    const made: string[] = [];
    for (let n = 0; n < 5; n++) made.unshift((await create(tenant)).id);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: { data: { id: string }[]; meta: { next_cursor: string | null } } = await tenant.json(
        "GET",
        `/v1/api-keys?limit=2${cursor ? `&cursor=${cursor}` : ""}`,
      );
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.meta.next_cursor;
    } while (cursor);
    expect(seen).toEqual(made);
  });
});

describe("a forged key", () => {
  it("of any edit is refused by its MAC alone and reaches no tenant's object", async () => {
    const tenant = await freshTenant();
    const victim = await freshTenant();
    const { key } = await create(tenant);
    const [head = "", id = "", secret = "", mac = ""] = key.split(".");
    const flipped = (text: string, at: number) =>
      `${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`;
    const edits = [
      key.replace(tenant.id, victim.id),
      key.replace("vh_test_", "vh_production_"),
      key.replace("vh_", "VH_"),
      [head, crypto.randomUUID(), secret, mac].join("."),
      ...[0, 10, 42].map((at) => [head, id, flipped(secret, at), mac].join(".")),
      ...[0, 10, 42].map((at) => [head, id, secret, flipped(mac, at)].join(".")),
      [head, id, secret].join("."),
      [head, id, secret, ""].join("."),
      [head, id, secret, mac, mac].join("."),
      `${key}=`,
      `${key}A`,
      key.toUpperCase(),
      `${key}${"x".repeat(10_000)}`,
    ];
    const remaining = async () =>
      (await victim.json<{ remaining: { requests: number } }>("GET", "/v1/tenant")).remaining.requests;
    const before = await remaining();
    for (const edited of edits) {
      const refused = await get(edited);
      expect(refused.headers.has("ratelimit")).toBe(false);
      await problemOf(refused, 401, "unauthenticated");
    }
    expect(await remaining()).toBeGreaterThanOrEqual(before - 1);
  });

  it("with a right MAC but no such key is refused by the object; for no such tenant it is 404", async () => {
    const tenant = await freshTenant();
    const { environment, apiKeyMacKeys } = readConfig(env);
    const mint = (tenantId: TestTenant["id"]) =>
      mintApiKey(apiKeyMacKeys[0], { environment, tenantId, keyId: crypto.randomUUID() }).text;
    const refused = await get(mint(tenant.id));
    expect(refused.headers.has("ratelimit")).toBe(true);
    await problemOf(refused, 401, "unauthenticated");
    await problemOf(await get(mint(freshTenantId())), 404, "tenant_not_found");
  });
});

describe("a key's last use", () => {
  it("costs one write a minute, and survives an eviction", async () => {
    const tenant = await freshTenant();
    const { key, id } = await create(tenant);
    for (let n = 0; n < 5; n++) await get(key);
    const stored = () =>
      runInDurableObject(stubOf(tenant), (_object, { storage: { sql } }) =>
        sql.exec<{ at: number | null }>("SELECT last_used_at_ms AS at FROM api_keys WHERE id = ?", id).one(),
      );
    const first = await stored();
    expect(first.at).not.toBeNull();
    for (let n = 0; n < 5; n++) await get(key);
    expect(await stored()).toEqual(first);
    await evictDurableObject(stubOf(tenant));
    const shown = await tenant.json<KeyAnswer>("GET", `/v1/api-keys/${id}`);
    expect(shown.last_used_at).toBe(new Date(first.at ?? 0).toISOString());
  });
});

describe("a rolled back command", () => {
  it("leaves what is known of keys as it was", async () => {
    const tenant = await freshTenant();
    const { key, id } = await create(tenant);
    await runInDurableObject(stubOf(tenant), async (object, { storage }) => {
      storage.sql.exec(
        "CREATE TRIGGER planted BEFORE UPDATE ON api_keys BEGIN SELECT RAISE(ABORT, 'planted'); END",
      );
      await expect(object.endKey(callerOf(tenant.id), id)).rejects.toThrow(/planted/);
      storage.sql.exec("DROP TRIGGER planted");
    });
    expect((await get(key)).status).toBe(200);
  });
});
