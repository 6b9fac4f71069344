import { describe, expect, it } from "vitest";
import {
  changeEndpoint,
  changeSecrets,
  endpointOf,
  Hand,
  hold,
  IDLE,
  inside,
  submit,
} from "../support/delivery-hands";
import { problemOf } from "../support/problems";
import { eventually, freshTenant, type TestTenant } from "../support/tenants";
import { feed, happen, hook, hookTo, TestReceiver, type Event } from "../support/webhooks";

const DAY_MS = 86_400_000;

const typesOf = (events: readonly Event[]): string[] => events.map(({ type }) => type);

/** Nobody holds the endpoint any more, and this many events wait for it. */
const settled = (tenant: TestTenant, id: string, waiting: number) =>
  eventually(
    () => endpointOf(tenant, id).then(async ({ lease }) => ({ lease, ...(await hook(tenant, id)).delivery })),
    (now) => now.lease === null && now.waiting === waiting && now.sequence === now.last_sequence,
  );

describe("a receiver", () => {
  it.each([429, 503])(
    "that answers %i with Retry-After is left alone for so long, in every lane",
    async (status) => {
      const tenant = await freshTenant(IDLE);
      const receiver = new TestReceiver();
      const { id } = await hookTo(tenant, receiver, { lane: "per_job", event_types: ["job.*"] });
      await receiver.answer({ status, headers: { "retry-after": "1" } }, { status: 200 });
      await submit(tenant);
      await receiver.got(1);
      const paused = await eventually(
        () => endpointOf(tenant, id),
        ({ endpoint }) => endpoint.openUntilMs !== null,
      );
      expect((paused.endpoint.openUntilMs ?? 0) - Date.now()).toBeGreaterThan(500);
      await submit(tenant);
      const [first, ...others] = await receiver.got(3);
      expect(others.map((event) => event.id)).toContain(first?.id);
      const [refused, ...later] = await receiver.received();
      for (const { atMs } of later) expect(atMs - (refused?.atMs ?? 0)).toBeGreaterThanOrEqual(990);
    },
  );

  it("that is gone is disabled with an event that says so, and told nothing more until it is enabled", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const watcher = new TestReceiver();
    const { id } = await hookTo(tenant, receiver);
    await hookTo(tenant, watcher, { event_types: ["tenant.*"] });
    await receiver.answer({ status: 410 }, { status: 200 });
    await happen(tenant, 2);
    const [told] = await watcher.got(1);
    expect(told).toMatchObject({
      type: "tenant.webhook_disabled",
      subject: `webhook:${id}`,
      actorid: "platform",
      data: { webhook_id: id, reason: "gone" },
    });
    expect(await hook(tenant, id)).toMatchObject({
      status: "disabled",
      disabled_reason: "gone",
      delivery: { waiting: 0, dead_letters: 1 },
    });
    expect(await receiver.events()).toHaveLength(1);
    for (const path of ["replay", "dead-letters/replay"])
      await problemOf(
        await tenant.call("POST", `/v1/webhooks/${id}/${path}`, { body: { from_sequence: 1 } }),
        409,
        "invalid_state_transition",
      );

    await tenant.json("PATCH", `/v1/webhooks/${id}`, { status: "enabled" });
    await happen(tenant);
    const last = (await feed(tenant)).at(-1);
    expect((await receiver.got(2)).at(-1)).toEqual(last);
    await tenant.json("POST", `/v1/webhooks/${id}/dead-letters/replay`);
    const events = await receiver.got(3);
    expect(events[2]).toEqual(events[0]);
  });

  it("that redirects has failed, and nobody follows it", async () => {
    const tenant = await freshTenant(IDLE);
    const [receiver, other] = [new TestReceiver(), new TestReceiver()];
    const { id } = await hookTo(tenant, receiver);
    for (const status of [301, 302, 303, 307, 308]) {
      await receiver.answer({ status, headers: { location: other.url } }, { status: 200 });
      const before = (await receiver.events()).length;
      await happen(tenant);
      await receiver.got(before + 2);
    }
    expect(await other.received()).toEqual([]);
    await settled(tenant, id, 0);
    const { data } = await tenant.json<{ data: { status_code: number }[] }>(
      "GET",
      `/v1/webhooks/${id}/deliveries?outcome=failed`,
    );
    expect(data.map(({ status_code: status }) => status)).toEqual([308, 307, 303, 302, 301]);
  });

  it("that has failed for five days is disabled; one success in time keeps it", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver);
    const failingFor = (ms: number) =>
      changeEndpoint(tenant, id, (stored) => ({
        ...stored,
        endpoint: { ...stored.endpoint, failures: 9, firstFailureAtMs: Date.now() - ms },
      }));
    await failingFor(6 * DAY_MS);
    await happen(tenant);
    await receiver.got(1);
    await settled(tenant, id, 0);
    expect((await hook(tenant, id)).status).toBe("enabled");
    await failingFor(5 * DAY_MS - 60_000);
    await receiver.answer({ status: 500 }, { status: 200 });
    await happen(tenant);
    await receiver.got(3);
    await settled(tenant, id, 0);
    expect((await hook(tenant, id)).status).toBe("enabled");

    await failingFor(5 * DAY_MS);
    await receiver.answer({ status: 500 });
    await happen(tenant);
    const off = await eventually(
      () => hook(tenant, id),
      ({ status }) => status === "disabled",
    );
    expect(off).toMatchObject({ disabled_reason: "failing", delivery: { waiting: 0 } });
    expect((await feed(tenant)).at(-1)).toMatchObject({
      type: "tenant.webhook_disabled",
      data: { webhook_id: id, reason: "failing" },
    });
  });
});

describe("a webhook", () => {
  it("that is switched off is sent nothing of that time, until a replay asks for it", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver);
    await tenant.json("PATCH", `/v1/webhooks/${id}`, { status: "disabled" });
    expect(await hook(tenant, id)).toMatchObject({ status: "disabled", disabled_reason: "requested" });
    await happen(tenant, 2);
    const missed = (await feed(tenant)).slice(-2);
    await tenant.json("PATCH", `/v1/webhooks/${id}`, { status: "enabled" });
    await happen(tenant);
    expect(await receiver.got(1)).toEqual((await feed(tenant)).slice(-1));
    await tenant.json("POST", `/v1/webhooks/${id}/replay`, { from_sequence: missed[0]?.sequence });
    expect((await receiver.got(4)).slice(1)).toEqual((await feed(tenant)).slice(-3));
  });

  it("that is switched off in mid-flight takes no answer of that flight any more", async () => {
    const tenant = await freshTenant(IDLE);
    const { id } = await hookTo(tenant, new TestReceiver());
    const message = await hold(tenant, id);
    await happen(tenant, 3);
    const hand = new Hand(async () => {
      if (hand.sent.length === 1) await tenant.json("PATCH", `/v1/webhooks/${id}`, { status: "disabled" });
      return new Response(null, { status: 500 });
    });
    await hand.deliver(message);
    expect(hand.sent).toHaveLength(1);
    expect(await hook(tenant, id)).toMatchObject({
      status: "disabled",
      delivery: { waiting: 0, dead_letters: 0, failures_in_a_row: 0 },
    });
  });

  it("that is deleted in mid-flight leaves nothing behind", async () => {
    const tenant = await freshTenant(IDLE);
    const { id } = await hookTo(tenant, new TestReceiver());
    const message = await hold(tenant, id);
    await happen(tenant, 3);
    const hand = new Hand(async () => {
      if (hand.sent.length === 1) await tenant.call("DELETE", `/v1/webhooks/${id}`);
      return new Response("no", { status: 500 });
    });
    await hand.deliver(message);
    const rows = await inside(tenant, (_stores, sql) =>
      ["endpoints", "deliveries", "attempts"].flatMap((table) =>
        sql.exec(`SELECT * FROM ${table}`).toArray(),
      ),
    );
    expect(rows).toEqual([]);
    await problemOf(await tenant.call("GET", `/v1/webhooks/${id}`), 404, "not_found");
  });

  it("is one of 250 at most", async () => {
    const tenant = await freshTenant(IDLE);
    const { id } = await hookTo(tenant, new TestReceiver());
    await inside(
      tenant,
      (_stores, sql) =>
        void sql.exec(
          `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 249)
           INSERT INTO endpoints (id, kind, body, sealed, cursor_epoch, cursor_event_seq, lease)
           SELECT id || '-' || i, kind, json_set(body, '$.id', id || '-' || i), NULL, cursor_epoch, cursor_event_seq, NULL
           FROM endpoints, n`,
        ),
    );
    const body = { url: new TestReceiver().url };
    const refused = await problemOf(
      await tenant.call("POST", "/v1/webhooks", { body }),
      429,
      "quota_exceeded",
    );
    expect(refused.detail).toContain("250");
    await tenant.call("DELETE", `/v1/webhooks/${id}-1`);
    expect((await tenant.call("POST", "/v1/webhooks", { body })).status).toBe(201);
  });
});

describe("an address", () => {
  it("that may not be called any more when it is time is not called: the event is parked, and says why", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id, secret } = await hookTo(tenant, receiver);
    const inner = `https://169.254.169.254/${crypto.randomUUID()}`;
    await changeSecrets(tenant, id, { url: inner, secrets: [{ secret, untilMs: null }] });
    await happen(tenant);
    await eventually(
      () => hook(tenant, id),
      ({ delivery }) => delivery.dead_letters === 1,
    );
    const { data } = await tenant.json<{ data: object[] }>("GET", `/v1/webhooks/${id}/deliveries`);
    expect(data).toEqual([
      expect.objectContaining({
        outcome: "failed",
        status_code: null,
        next_attempt_at: null,
        fault: "private_address",
        response: expect.stringContaining("169.254.0.0/16"),
      }),
    ]);
    expect(await (await fetch(inner)).json()).toEqual([]);
  });

  it("that does not open is called by no other name: its events are parked until it is given again", async () => {
    const tenant = await freshTenant(IDLE);
    const callback = new TestReceiver();
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver, { event_types: ["job.*"] });
    await inside(tenant, ({ endpoints }) => endpoints.saveSealed(id, "s1.1.AAAA"));
    await submit(tenant, 1, { callback_url: callback.url });
    await callback.got(1);
    await eventually(
      () => hook(tenant, id),
      ({ delivery }) => delivery.dead_letters === 1,
    );
    expect(await callback.events()).toHaveLength(1);
    await tenant.json("PATCH", `/v1/webhooks/${id}`, { url: receiver.url });
    await tenant.json("POST", `/v1/webhooks/${id}/dead-letters/replay`);
    expect(typesOf(await receiver.got(1))).toEqual(["job.submitted"]);
  });
});
