import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { endpointOf, Hand, hold, idsOf, leaseRunsOut, newest, submit } from "../support/delivery-hands";
import { SealedTenant } from "../support/sealed-tenant";
import { eventually } from "../support/tenants";
import { feed, happen, hook, hookTo, TestReceiver } from "../support/webhooks";

describe("a tenant", () => {
  it("that is suspended is told nothing; resumed, it gets all of it in order", async () => {
    const sealed = await SealedTenant.fresh();
    const { tenant } = sealed;
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver);
    const message = await hold(tenant, id);
    await submit(tenant, 2);
    await sealed.operate("POST", "/suspend", { reason: "unpaid" });
    const hand = new Hand();
    expect((await hand.deliver(message)).verdict.type).toBe("discard");
    await leaseRunsOut(tenant, id);
    await runDurableObjectAlarm(sealed.stub);
    expect(hand.sent).toEqual([]);
    expect(await receiver.received()).toEqual([]);
    await sealed.operate("POST", "/resume", { reason: "paid" });
    const events = await receiver.got(5);
    expect(events).toEqual((await feed(tenant)).slice(-5));
    expect(events.slice(-2).map(({ type }) => type)).toEqual(["tenant.suspended", "tenant.resumed"]);
  });

  it("that is suspended while it is being told loses nothing of what nobody wrote down", async () => {
    const sealed = await SealedTenant.fresh();
    const { tenant } = sealed;
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver);
    const message = await hold(tenant, id);
    await submit(tenant, 2);
    const ids = await newest(tenant, 3);
    const hand = new Hand(async () => {
      if (hand.sent.length === 1) await sealed.operate("POST", "/suspend", { reason: "unpaid" });
      return new Response(null, { status: 500 });
    });
    await hand.deliver(message);
    expect((await endpointOf(tenant, id)).endpoint.failures).toBe(0);
    await leaseRunsOut(tenant, id);
    await sealed.operate("POST", "/resume", { reason: "paid" });
    expect(idsOf(await receiver.got(5)).slice(0, 3)).toEqual(ids);
  });

  it("whose key is rotated has addresses, secrets and answers sealed by no former one, and is told as before", async () => {
    const sealed = await SealedTenant.fresh();
    const { tenant } = sealed;
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver);
    await tenant.json("POST", "/v1/webhooks/callbacks/rotate-secret");
    await receiver.answer({ status: 500, body: "no" }, { status: 200 });
    await happen(tenant);
    await receiver.got(2);
    const sealedBy = () =>
      sealed.inside((_stores, sql) =>
        ["endpoints", "attempts"].flatMap((table) =>
          sql
            .exec<{ sealed: string }>(`SELECT sealed FROM ${table} WHERE sealed IS NOT NULL`)
            .toArray()
            .map((row) => `${table} ${row.sealed.split(".")[1]}`),
        ),
      );
    await eventually(sealedBy, (rows) => rows.length === 3);
    expect(await sealedBy()).toEqual(["endpoints 1", "endpoints 1", "attempts 1"]);
    await sealed.rotate();
    await sealed.rotated(2);
    await evictDurableObject(sealed.stub);
    expect(await sealedBy()).toEqual(["endpoints 2", "endpoints 2"]);
    const { data } = await tenant.json<{ data: { response: null }[] }>(
      "GET",
      `/v1/webhooks/${id}/deliveries`,
    );
    expect(data.map(({ response }) => response)).toEqual([null, null]);
    expect((await tenant.json<{ url: string }>("GET", `/v1/webhooks/${id}`)).url).toBe(receiver.url);
    await happen(tenant);
    expect(await receiver.got(3)).toHaveLength(3);
    const signatures = (await receiver.received()).map(({ headers }) => headers["webhook-signature"]);
    for (const signature of signatures) expect(signature).toMatch(/^v1,\S+ v1a,\S+$/);
  });

  it("that is shredded has no endpoint, no dead letter and no attempt left, and is told nothing", async () => {
    const sealed = await SealedTenant.fresh();
    const { tenant } = sealed;
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver);
    await receiver.answer({ status: 500 });
    await submit(tenant, 1, { callback_url: receiver.url });
    await eventually(
      () => hook(tenant, id),
      ({ delivery }) => delivery.dead_letters === 2,
    );
    const message = await hold(tenant, id);
    const body = { scope: "tenant", confirm: tenant.id, reason: "Asked for by its owner." };
    expect((await sealed.operate("POST", "/shred", body)).status).toBe(202);
    const rows = await sealed.inside((_stores, sql) =>
      ["endpoints", "deliveries", "attempts", "callbacks"].flatMap((table) =>
        sql.exec(`SELECT * FROM ${table}`).toArray(),
      ),
    );
    expect(rows).toEqual([]);
    const hand = new Hand();
    expect((await hand.deliver(message)).verdict.type).toBe("discard");
    expect(hand.sent).toEqual([]);
  });
});
