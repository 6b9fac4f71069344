import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { StepReport } from "../../durable-objects/tenant/operations/deliveries";
import type { DeliveryStep } from "../../durable-objects/tenant/operations/delivery-steps";
import { drain } from "../../durable-objects/tenant/relay/drain";
import { grantDeliveries, wakeUpSink } from "../../durable-objects/tenant/relay/wake-ups";
import type { DeliveryMessage } from "../../src/queues/messages";
import { tenantObject } from "../../src/tenant-object";
import { messageKeys } from "../support/callers";
import {
  deaf,
  deliveryMessage,
  endpointOf,
  Hand,
  held,
  hold,
  IDLE,
  idsOf,
  inside,
  leaseRunsOut,
  live,
  stubOf,
  withObject,
} from "../support/delivery-hands";
import { eventually, freshTenant } from "../support/tenants";
import { hook } from "../support/webhooks";

describe("a worker", () => {
  it("that dies between sending and saying so has it all sent again, in order, and nothing is lost", async () => {
    const { tenant, receiver, id, message, ids } = await held(3);
    const hand = new Hand(undefined, { env: deaf(false) });
    const { verdict, fault } = await hand.deliver(message);
    expect(verdict.type).toBe("done");
    expect(fault).toBeInstanceOf(Error);
    expect(hand.ids).toEqual(ids);
    expect((await hook(tenant, id)).delivery).toMatchObject({ waiting: 0, failures_in_a_row: 0 });
    await leaseRunsOut(tenant, id);
    expect(idsOf(await receiver.got(3))).toEqual(ids);
  });

  it("that dies after it was heard leaves the next step to another, and nothing is sent twice", async () => {
    const { tenant, receiver, id, message, ids } = await held(40);
    const hand = new Hand(undefined, { env: deaf(true) });
    await hand.deliver(message);
    expect(hand.ids).toEqual(ids.slice(0, 32));
    await leaseRunsOut(tenant, id);
    expect(idsOf(await receiver.got(8))).toEqual(ids.slice(32));
  });

  it("begins once for a message that comes twice, at once or late", async () => {
    const { tenant, id, message, ids } = await held(3);
    const hand = new Hand();
    const verdicts = await Promise.all([hand.deliver(message), hand.deliver(message)]);
    verdicts.push(await hand.deliver(message));
    expect(verdicts.map(({ verdict }) => verdict.type).sort()).toEqual(["discard", "discard", "done"]);
    expect(hand.ids).toEqual(ids);
    expect((await hook(tenant, id)).delivery.waiting).toBe(0);
  });

  it("does nothing for a message that a later one has overtaken", async () => {
    const { tenant, id, message, ids } = await held(3);
    const later = await hold(tenant, id);
    const hand = new Hand();
    expect((await hand.deliver(message)).verdict.type).toBe("discard");
    expect(hand.ids).toEqual([]);
    expect((await hand.deliver(later)).verdict.type).toBe("done");
    expect((await hand.deliver(message)).verdict.type).toBe("discard");
    expect(hand.ids).toEqual(ids);
  });

  it("refuses a message that was altered, and one of another tenant or epoch does nothing", async () => {
    const { tenant, id, message } = await held(2);
    const other = await held(2);
    const altered: DeliveryMessage[] = [
      { ...message, context: { ...message.context, tenantId: other.tenant.id } },
      { ...message, context: { ...message.context, tenantId: "../x" } },
      { ...message, context: { ...message.context, epoch: 2 } },
      {
        ...message,
        context: { ...message.context, traceparent: `00-${"1".repeat(32)}-${"1".repeat(16)}-01` },
      },
      { ...message, context: { ...message.context, mac: "" } },
      { ...message, endpointId: other.id },
      { ...message, token: crypto.randomUUID() },
      { ...message, context: other.message.context },
    ];
    const hand = new Hand();
    for (const each of altered) expect((await hand.deliver(each)).verdict.type).toBe("refuse");
    const foreign = [
      deliveryMessage(other.tenant.id, id, message.token),
      deliveryMessage(other.tenant.id, other.id, message.token),
      deliveryMessage(tenant.id, other.id, message.token),
      deliveryMessage(tenant.id, id, message.token, 2),
      deliveryMessage(tenant.id, "callbacks", message.token),
    ];
    for (const each of foreign) expect((await hand.deliver(each)).verdict.type).toBe("discard");
    expect(hand.sent).toEqual([]);
    for (const world of [{ tenant, id, message }, other])
      expect((await endpointOf(world.tenant, world.id)).lease).toMatchObject({
        token: world.message.token,
        pass: null,
      });
  });

  it("that answers after its lease was taken over changes nothing", async () => {
    const { tenant, receiver, id, message, ids } = await held(3);
    const before = await endpointOf(tenant, id);
    const hand = new Hand(async () => {
      if (hand.sent.length === 1) {
        await leaseRunsOut(tenant, id);
        await receiver.got(3);
        await eventually(
          () => endpointOf(tenant, id),
          ({ lease }) => lease === null,
        );
      }
      return new Response("no", { status: 500 });
    });
    await hand.deliver(message);
    expect(idsOf(await receiver.events())).toEqual(ids);
    const after = await endpointOf(tenant, id);
    expect(after.endpoint).toMatchObject({ failures: 0, firstFailureAtMs: null });
    expect(after.cursor.eventSeq).toBe(before.cursor.eventSeq + 3);
    const attempts = await inside(tenant, (stores) =>
      stores.attempts.list(id, { outcome: "failed", eventId: null }, { limit: 9, after: null }),
    );
    expect(attempts).toEqual([]);
  });

  it("cannot move what is not its own: a report of other places, or of none, settles nothing else", async () => {
    const { tenant, id, message, ids } = await held(3);
    const context = { tenantId: tenant.id, epoch: 1, traceparent: null };
    const object = tenantObject(env, tenant.id);
    const begun = await object.beginDelivery(context, id, message.token);
    const step = begun.ok ? (begun.value as DeliveryStep) : null;
    if (!step) throw new Error("It did not begin.");
    const place = step.groups[0]?.[0];
    const report: StepReport = {
      results: [
        {
          epoch: 1,
          eventSeq: (place?.eventSeq ?? 0) + 50,
          atMs: 0,
          durationMs: 0,
          outcome: { type: "answered", status: 200, retryAfter: null },
          snippet: null,
        },
      ],
      heartbeat: null,
      goesOn: false,
    };
    const foreign = { ...context, tenantId: (await freshTenant(IDLE)).id };
    expect(await object.reportDelivery(foreign, id, step.token, report)).toMatchObject({ ok: false });
    expect(await object.reportDelivery(context, id, message.token, report)).toMatchObject({ ok: false });
    const cursor = (await endpointOf(tenant, id)).cursor;
    const hand = new Hand();
    expect(await object.reportDelivery(context, id, step.token, report)).toEqual({ ok: true, value: null });
    expect((await endpointOf(tenant, id)).cursor).toEqual(cursor);
    await hand.deliver(await hold(tenant, id));
    expect(hand.ids).toEqual(ids);
  });
});

describe("the queue", () => {
  it("that takes nothing has the leases given back, and what is due goes out later", async () => {
    const { tenant, receiver, id, ids } = await held(2);
    const refused = await live(tenant, async ({ stores, commands }) => {
      const granted = await commands.run(() => {
        const stored = stores.endpoints.find(id);
        if (stored) stores.endpoints.saveLease(id, null);
        const terms = { tenantId: tenant.id, messageKeys: messageKeys(), leaseMs: 60_000 };
        return grantDeliveries(stores, terms, Date.now());
      });
      const queue = { sendBatch: () => Promise.reject(new Error("The queue is down.")) };
      const nowMs = Date.now();
      const limits = { maxBatches: 5, sendTimeoutMs: 100, nowMs: () => nowMs, random: () => 0.5 };
      const ended = await drain(wakeUpSink(granted, queue as never, stores, commands), limits);
      const { failures } = stores.sinks.cursor("wake_ups");
      const waitMs = (stores.timers.nextMs() ?? 0) - nowMs;
      return { granted: granted.length, ended, failures, waitMs, lease: stores.endpoints.find(id)?.lease };
    });
    expect(refused).toEqual({
      granted: 1,
      ended: "failed",
      failures: 1,
      waitMs: expect.any(Number),
      lease: null,
    });
    expect(refused.waitMs).toBeLessThanOrEqual(500);
    expect(idsOf(await receiver.got(2))).toEqual(ids);
  });

  it("is given no more messages at once than it takes; the others follow", async () => {
    const { tenant, id } = await held(1);
    const [first, second, third] = await live(tenant, ({ stores, commands }) =>
      commands.run(() => {
        const stored = stores.endpoints.find(id);
        if (!stored) throw new Error("It is gone.");
        for (let n = 0; n < 149; n++)
          stores.endpoints.insert({
            ...stored,
            endpoint: { ...stored.endpoint, id: `w${n}` },
            sealed: null,
          });
        stores.endpoints.saveLease(id, null);
        const terms = { tenantId: tenant.id, messageKeys: messageKeys(), leaseMs: 60_000 };
        const nowMs = Date.now();
        const grant = () => {
          const granted = grantDeliveries(stores, terms, nowMs).map(({ endpointId }) => endpointId);
          return { granted, nextMs: (stores.timers.nextMs() ?? 0) - nowMs };
        };
        return [grant(), grant(), grant()] as const;
      }),
    );
    expect(first.granted).toHaveLength(100);
    expect(first.nextMs).toBeLessThanOrEqual(0);
    expect(second.granted).toHaveLength(50);
    expect(new Set([...first.granted, ...second.granted]).size).toBe(150);
    expect(third.granted).toEqual([]);
  });
});

describe("an object", () => {
  it("that is evicted between two steps goes on where it was", async () => {
    const { tenant, id, message, ids } = await held(70);
    const evicting = withObject((object) => ({
      beginDelivery: (...args: never[]) => object["beginDelivery"]?.(...args),
      renewDelivery: async () => true,
      reportDelivery: async (...args: never[]) => {
        await evictDurableObject(stubOf(tenant));
        return object["reportDelivery"]?.(...args);
      },
    }));
    const hand = new Hand(undefined, { env: evicting });
    const { fault } = await hand.deliver(message);
    expect(fault).toBeNull();
    expect(hand.ids).toEqual(ids);
    expect((await hook(tenant, id)).delivery).toMatchObject({ waiting: 0, dead_letters: 0 });
  });

  it("that is evicted with a lease out and events waiting wakes up by itself", async () => {
    const { tenant, receiver, id, ids } = await held(3);
    await evictDurableObject(stubOf(tenant));
    await leaseRunsOut(tenant, id);
    await evictDurableObject(stubOf(tenant));
    expect(idsOf(await receiver.got(3))).toEqual(ids);
  });
});
