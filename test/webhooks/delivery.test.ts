import { describe, expect, it } from "vitest";
import { eventually, freshTenant } from "../support/tenants";
import { feed, happen, hook, hookTo, TestReceiver } from "../support/webhooks";

const LIMITS = { overrides: { rate: { sustained: 10_000, burst: 10_000 } } };

describe("delivery", () => {
  it("sends what happens after it was asked for, in order, as the feed has it", async () => {
    const tenant = await freshTenant(LIMITS);
    await happen(tenant, 2);
    const receiver = new TestReceiver();
    await hookTo(tenant, receiver);
    await happen(tenant, 5);
    const events = await receiver.got(5);
    expect(events).toEqual((await feed(tenant)).slice(-5));
  });

  it("tries again what failed, in its place and before anything behind it", async () => {
    const tenant = await freshTenant(LIMITS);
    const receiver = new TestReceiver();
    await receiver.answer({ status: 200 }, { status: 500 }, { status: 503 }, { status: 200 });
    const { id } = await hookTo(tenant, receiver);
    await happen(tenant, 4);
    const events = await receiver.got(6);
    const [, second] = events;
    expect(events.slice(1, 4).map(({ id: event }) => event)).toEqual([second?.id, second?.id, second?.id]);
    const unique = [...new Map(events.map((event) => [event.id, event])).values()];
    expect(unique).toEqual((await feed(tenant)).slice(-4));
    expect((await hook(tenant, id)).delivery).toMatchObject({ waiting: 0, dead_letters: 0 });
  });

  it("parks what fails to the end and goes on; a replay of the dead letter sends it again", async () => {
    const tenant = await freshTenant(LIMITS);
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver);
    await happen(tenant);
    const [first] = await receiver.got(1);
    await receiver.answer(...Array.from({ length: 4 }, () => ({ status: 500, body: "no" })), { status: 200 });
    await happen(tenant, 2);
    await receiver.got(6);
    const standing = await eventually(
      () => hook(tenant, id),
      ({ delivery }) => delivery.dead_letters === 1,
    );
    expect(standing.status).toBe("enabled");
    const dead = await tenant.json<{ data: { sequence: string; attempts: number }[] }>(
      "GET",
      `/v1/webhooks/${id}/dead-letters`,
    );
    expect(dead.data).toMatchObject([{ attempts: 4 }]);
    const failed = await tenant.json<{ data: { response: string; status_code: number }[] }>(
      "GET",
      `/v1/webhooks/${id}/deliveries?outcome=failed`,
    );
    expect(failed.data).toHaveLength(4);
    expect(failed.data[0]).toMatchObject({ status_code: 500, response: "no" });
    await tenant.json("POST", `/v1/webhooks/${id}/dead-letters/replay`);
    const events = await receiver.got(7);
    expect(events.at(-1)?.id).toBe(events[1]?.id);
    expect(first?.id).not.toBe(events[1]?.id);
  });
});
