import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { Stores } from "../../durable-objects/tenant/stores";
import { tenantObjectName } from "../../src/domain/tenant";
import { eventually, freshTenant, freshTenantId, request, type TestTenant } from "../support/tenants";
import { adminToken } from "../support/tokens";
import { happen, hookTo, TestReceiver } from "../support/webhooks";

/** As test/vitest.config.ts configures it: the events of `file.*` of every basic tenant. */
const ROUTE = "route:audit-trail";
const SINK = "https://hooks.example.com/routed";

interface Routed {
  readonly type: string;
  readonly tenantid: string;
  readonly data: Record<string, unknown>;
}

const routed = async (): Promise<Routed[]> =>
  (await (await fetch(SINK)).json<{ body: string }[]>()).map(({ body }) => JSON.parse(body) as Routed);

const of = async ({ id }: TestTenant): Promise<Routed[]> =>
  (await routed()).filter(({ tenantid }) => tenantid === id);

const LIMITS = { rate: { sustained: 10_000, burst: 10_000 } };
const relay = async ({ id }: TestTenant) =>
  (await request("GET", `/admin/v1/tenants/${id}/relay`, { token: await adminToken() })).json<{
    endpoints: { id: string; kind: string; sequence: string }[];
    sinks: { sink: string; behind: number }[];
    last_sequence: string;
    pending_since: string | null;
  }>();

describe("an operator's route", () => {
  it("gets the chosen events of the chosen tenants, with nothing private, from the same log", async () => {
    const chosen = await freshTenant({ tier: "basic", overrides: LIMITS });
    const other = await freshTenant({ tier: "premium", overrides: LIMITS });
    await happen(chosen, 3);
    await happen(other, 3);
    const got = await eventually(
      () => of(chosen),
      (events) => events.length >= 3,
    );
    expect(got.map(({ type }) => type)).toEqual(["file.uploaded", "file.uploaded", "file.uploaded"]);
    for (const { data } of got) expect(Object.keys(data).sort()).toEqual(["file_id", "tenant_id"]);
    expect(await of(other)).toEqual([]);
  });

  it("follows a tenant's tier, and is none of the tenant's business", async () => {
    const tenant = await freshTenant({ tier: "premium", overrides: LIMITS });
    await happen(tenant);
    const patched = await request("PATCH", `/admin/v1/tenants/${tenant.id}`, {
      token: await adminToken(),
      body: { tier: "basic" },
    });
    expect(patched.status).toBe(200);
    await happen(tenant);
    await eventually(
      () => of(tenant),
      (events) => events.length === 1,
    );
    expect(await tenant.json("GET", "/v1/webhooks")).toEqual({ data: [] });
    expect((await tenant.call("GET", `/v1/webhooks/${ROUTE}`)).status).toBe(404);
    expect((await tenant.call("DELETE", `/v1/webhooks/${ROUTE}`)).status).toBe(404);
    expect((await relay(tenant)).endpoints).toMatchObject([{ id: ROUTE, kind: "route" }]);
    await request("PATCH", `/admin/v1/tenants/${tenant.id}`, {
      token: await adminToken(),
      body: { tier: "premium" },
    });
    expect((await relay(tenant)).endpoints).toEqual([]);
  });
});

describe("the relay's standing", () => {
  it("says how far each sink and endpoint is behind, to operators alone", async () => {
    const tenant = await freshTenant({ overrides: LIMITS });
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver);
    await happen(tenant, 2);
    await receiver.got(2);
    const standing = await eventually(
      async () => {
        await runDurableObjectAlarm(env.TENANTS.getByName(tenantObjectName(tenant.id)));
        return relay(tenant);
      },
      ({ endpoints, last_sequence: last }) => endpoints[0]?.sequence === last,
    );
    expect(standing.endpoints).toMatchObject([{ id, kind: "webhook" }]);
    expect(standing.sinks.map(({ sink }) => sink)).toEqual(["shard", "archive"]);
    const unknown = await request("GET", `/admin/v1/tenants/${freshTenantId()}/relay`, {
      token: await adminToken(),
    });
    expect(unknown.status).toBe(404);
  });
});

describe("back-pressure", () => {
  it("puts commands off while a sink is too far behind, and lets reads go on", async () => {
    const tenant = await freshTenant({ overrides: LIMITS });
    const stub = env.TENANTS.getByName(tenantObjectName(tenant.id));
    const setBack = (seq: number) =>
      runInDurableObject(stub, (object, { storage }) => {
        const { stores } = (object as unknown as { core: { stores: Stores } }).core;
        storage.transactionSync(() => {
          stores.timers.replace("relay", Date.now() + 3_600_000);
          stores.sinks.save("shard", { epoch: 1, seq, failures: 0 });
        });
      });
    await setBack(-1_000_000);
    const refused = await tenant.call("POST", "/v1/uploads", { body: { filename: "a.csv", size: 1 } });
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("10");
    expect(await refused.json()).toMatchObject({ code: "temporarily_unavailable" });
    expect((await tenant.call("GET", "/v1/events")).status).toBe(200);
    expect((await tenant.call("GET", "/v1/jobs")).status).toBe(200);
    await setBack(0);
    expect((await tenant.call("POST", "/v1/uploads", { body: { filename: "a.csv", size: 1 } })).status).toBe(
      201,
    );
  });
});
