import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  changeEndpoint,
  endpointOf,
  cancel,
  Hand,
  hold,
  IDLE,
  inside,
  submit,
} from "../support/delivery-hands";
import { problemOf } from "../support/problems";
import { eventually, freshTenant, type TestTenant } from "../support/tenants";
import { feed, happen, hook, hookTo, TestReceiver, type Event } from "../support/webhooks";

const LATER = { "retry-after": "3600" };

const idsOf = (events: readonly { readonly id: string }[]): string[] => events.map(({ id }) => id);
const replay = (tenant: TestTenant, id: string, body: object) =>
  tenant.json<{ after: string; to: string }>("POST", `/v1/webhooks/${id}/replay`, body);
const dead = (tenant: TestTenant, id: string) =>
  tenant.json<{ data: { sequence: string; event_id: string }[] }>("GET", `/v1/webhooks/${id}/dead-letters`);
const parked = (tenant: TestTenant, id: string, count: number) =>
  eventually(
    () => hook(tenant, id),
    ({ delivery }) => delivery.dead_letters === count && delivery.waiting === 0,
  );

describe("a replay", () => {
  it("by sequence sends everything from there on once more, with the ids it had, in order", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver);
    await happen(tenant, 5);
    const first = await receiver.got(5);
    const from = first[2];
    const answer = await replay(tenant, id, { from_sequence: Number(from?.sequence) });
    expect(answer).toEqual({ after: `1-${Number(from?.sequence) - 1}`, to: `1-${first[4]?.sequence}` });
    expect((await receiver.got(8)).slice(5)).toEqual(first.slice(2));
    await replay(tenant, id, { from_sequence: `${from?.epoch}-${from?.sequence}` });
    expect((await receiver.got(11)).slice(8)).toEqual(first.slice(2));
  });

  it("by time sends what happened then or later, in the order of the log", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver);
    await happen(tenant, 2);
    await receiver.got(2);
    const since = Date.now() + 1;
    while (Date.now() < since) await Promise.resolve();
    await happen(tenant, 2);
    const first = await receiver.got(4);
    await replay(tenant, id, { since: new Date(since).toISOString() });
    expect((await receiver.got(6)).slice(4)).toEqual(first.slice(2));
    await replay(tenant, id, { since: "2000-01-01T00:00:00+03:00" });
    expect((await receiver.got(11)).slice(6)).toEqual(await feed(tenant));
  });

  it.each([
    ["a sequence that is not there yet", { from_sequence: 999_999 }],
    ["the newest there can be", { from_sequence: 999_999_999_999_999 }],
    ["an epoch that is not there yet", { from_sequence: "7-1" }],
    ["a time to come", { since: "2999-01-01T00:00:00Z" }],
  ])("from %s passes over nothing that is still to be sent", async (_what, body) => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver);
    await hold(tenant, id);
    await happen(tenant, 2);
    const before = (await hook(tenant, id)).delivery;
    const answer = await replay(tenant, id, body);
    expect(answer).toEqual({ after: before.sequence, to: before.last_sequence });
    await happen(tenant);
    expect(await receiver.got(3)).toEqual((await feed(tenant)).slice(-3));
  });

  it("gives up the pass that is under way, and nobody gets anything out of order", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver);
    const message = await hold(tenant, id);
    await happen(tenant, 4);
    const all = (await feed(tenant)).slice(-4);
    const hand = new Hand(async () => {
      if (hand.sent.length === 2) {
        await replay(tenant, id, { from_sequence: all[0]?.sequence });
        await receiver.got(4);
      }
      return new Response(null, { status: 500 + hand.sent.length * -150 });
    });
    await hand.deliver(message);
    expect((await receiver.events()).slice(0, 4)).toEqual(all);
    const standing = await endpointOf(tenant, id);
    expect(standing.endpoint.failures).toBe(0);
    expect((await hook(tenant, id)).delivery).toMatchObject({ waiting: 0, dead_letters: 0 });
  });

  it("takes up again what waits and what was parked since, each once", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver, { lane: "per_job", event_types: ["job.*"] });
    await receiver.answer({ status: 500 });
    const [job = ""] = await submit(tenant);
    await parked(tenant, id, 1);
    await receiver.answer({ status: 500, headers: LATER });
    await cancel(tenant, job);
    await eventually(
      () => hook(tenant, id),
      ({ delivery }) => delivery.waiting === 1,
    );
    await receiver.answer({ status: 200 });
    const before = (await receiver.events()).length;
    await replay(tenant, id, { from_sequence: 1 });
    const events = await receiver.got(before + 2);
    expect(events.slice(before).map(({ type }) => type)).toEqual(["job.submitted", "job.cancelled"]);
    await eventually(
      () => hook(tenant, id),
      ({ delivery }) => delivery.sequence === delivery.last_sequence,
    );
    await parked(tenant, id, 0);
    expect(await receiver.events()).toHaveLength(before + 2);
  });

  it("of what the object has no more is refused, with where it begins", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver);
    await happen(tenant, 3);
    await receiver.got(3);
    await inside(tenant, (_stores, sql) => void sql.exec(`DELETE FROM log WHERE event_seq <= 2`));
    const refused = await tenant.call("POST", `/v1/webhooks/${id}/replay`, { body: { from_sequence: 2 } });
    const problem = await problemOf(refused, 400, "validation_error");
    expect(problem.details.field_errors).toEqual({ from_sequence: ["Begin at 1-3 or later."] });
    expect((await replay(tenant, id, { from_sequence: 3 })).after).toBe("1-2");
  });

  it("is made once for an Idempotency-Key, and stands in the audit log", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver);
    await happen(tenant, 2);
    await receiver.got(2);
    const call = { body: { from_sequence: 1 }, headers: { "idempotency-key": "replay-it-only-once" } };
    const first = await tenant.call("POST", `/v1/webhooks/${id}/replay`, call);
    const answer = await first.json();
    await receiver.got(5);
    const again = await tenant.call("POST", `/v1/webhooks/${id}/replay`, call);
    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await again.json()).toEqual(answer);
    await happen(tenant);
    expect(await receiver.got(6)).toHaveLength(6);
    const audited = await inside(tenant, ({ log }) =>
      log.after(0, 0, 1000).filter(({ type }) => type === "webhook.replayed"),
    );
    expect(audited).toHaveLength(1);
  });
});

describe("dead letters", () => {
  it("are replayed one by one or all at once, in their order, before anything newer", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver);
    await receiver.answer({ status: 500 });
    await happen(tenant, 3);
    await parked(tenant, id, 3);
    const letters = (await dead(tenant, id)).data;
    expect(letters.map(({ event_id: event }) => event)).toEqual(idsOf((await feed(tenant)).slice(-3)));
    await receiver.answer({ status: 200 });
    const before = (await receiver.events()).length;
    const one = `/v1/webhooks/${id}/dead-letters/${letters[1]?.sequence}/replay`;
    expect(await tenant.json("POST", one)).toEqual({ replayed: 1 });
    await receiver.got(before + 1);
    await problemOf(await tenant.call("POST", one), 404, "not_found");
    expect(await tenant.json("POST", `/v1/webhooks/${id}/dead-letters/replay`)).toEqual({ replayed: 2 });
    const events = await receiver.got(before + 3);
    expect(idsOf(events.slice(before))).toEqual([1, 0, 2].map((n) => letters[n]?.event_id));
    await parked(tenant, id, 0);
    expect(await tenant.json("POST", `/v1/webhooks/${id}/dead-letters/replay`)).toEqual({ replayed: 0 });
    for (const sequence of ["1-999", "0-0", "1", "x", "99999999999999999999-1"])
      await problemOf(
        await tenant.call("POST", `/v1/webhooks/${id}/dead-letters/${sequence}/replay`),
        404,
        "not_found",
      );
  });

  it("have all their attempts again", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver);
    await receiver.answer({ status: 500 });
    await happen(tenant);
    await parked(tenant, id, 1);
    await tenant.json("POST", `/v1/webhooks/${id}/dead-letters/replay`);
    await receiver.got(8);
    await parked(tenant, id, 1);
    expect(await receiver.events()).toHaveLength(8);
  });

  it("of a long outage are all sent, with the backlog behind them", async () => {
    const tenant = await freshTenant(IDLE);
    const { id } = await hookTo(tenant, new TestReceiver());
    const message = await hold(tenant, id);
    await submit(tenant, 80);
    const all = (await feed(tenant)).slice(-81);
    await inside(tenant, ({ deliveries, endpoints }) => {
      const stored = endpoints.find(id);
      if (!stored) return;
      for (const { id: eventId, epoch, sequence, type } of all.slice(0, 40)) {
        const event = { epoch, eventSeq: Number(sequence), id: eventId, type, laneKey: "", attempts: 4 };
        deliveries.park(id, { ...event, dueMs: 0 }, Date.now());
      }
      endpoints.save({ ...stored, cursor: { epoch: 1, eventSeq: Number(all[39]?.sequence) } });
    });
    expect(await tenant.json("POST", `/v1/webhooks/${id}/dead-letters/replay`)).toEqual({ replayed: 40 });
    const hand = new Hand();
    await hand.deliver(message);
    expect(hand.ids).toEqual(idsOf(all));
    expect((await hook(tenant, id)).delivery).toMatchObject({ waiting: 0, dead_letters: 0 });
  });
});

interface Beat {
  readonly after: string;
  readonly last: string;
  readonly events: number;
  readonly ids_digest: string;
}

/** The heartbeats that came, and what each may be compared with. */
async function beats(receiver: TestReceiver): Promise<Beat[]> {
  return (await receiver.received())
    .map(({ body }) => JSON.parse(body) as { type: string; data: Beat })
    .filter(({ type }) => type === "webhook.heartbeat")
    .map(({ data }) => data);
}

const beat = (receiver: TestReceiver, count: number): Promise<Beat[]> =>
  eventually(
    () => beats(receiver),
    (all) => all.length >= count,
  );

/** What a receiver reckons over the events that it has of a heartbeat's span. */
function reckoned({ after, last }: Pick<Beat, "after" | "last">, got: readonly Event[]) {
  const [from = 0, to = 0] = [after, last].map((place) => Number(place.split("-")[1]));
  const byId = new Map(got.map((event) => [event.id, event]));
  const span = [...byId.values()]
    .filter(({ sequence }) => Number(sequence) > from && Number(sequence) <= to)
    .sort((a, b) => Number(a.sequence) - Number(b.sequence));
  const digest = createHash("sha256").update(span.map(({ id }) => `${id}\n`).join(""));
  return { events: span.length, ids_digest: digest.digest("hex") };
}

describe("a heartbeat", () => {
  it("says how many events there were since the last one, and which: a receiver reckons the same", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver);
    await happen(tenant, 3);
    const [first] = await beat(receiver, 1);
    if (!first) throw new Error("None came.");
    expect(first).toMatchObject(reckoned(first, await receiver.events()));
    expect(first).toMatchObject({ webhook_id: id, events: 3 });
    await happen(tenant, 2);
    const [, second] = await beat(receiver, 2);
    if (!second) throw new Error("None came.");
    expect(second).toMatchObject({ after: first.last, events: 2 });
    expect(second).toMatchObject(reckoned(second, await receiver.events()));
  });

  it("speaks of the wanted events alone, and of others after the filter was changed", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver, { event_types: ["job.cancelled"] });
    const [job = ""] = await submit(tenant, 3);
    await cancel(tenant, job);
    const [first] = await beat(receiver, 1);
    expect(first).toMatchObject({ events: 1 });
    expect(first).toMatchObject(reckoned(first as Beat, await receiver.events()));
    await submit(tenant, 2);
    await eventually(
      () => hook(tenant, id),
      ({ delivery }) => delivery.sequence === delivery.last_sequence,
    );
    await tenant.json("PATCH", `/v1/webhooks/${id}`, { event_types: ["job.*"] });
    await submit(tenant);
    const [, second] = await beat(receiver, 2);
    expect(second).toMatchObject(reckoned(second as Beat, await receiver.events()));
  });

  it("shows a receiver that it lacks an event that was parked", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver, { event_types: ["job.*"] });
    const [job = ""] = await submit(tenant, 2);
    await beat(receiver, 1);
    await eventually(
      () => endpointOf(tenant, id),
      ({ endpoint }) => endpoint.heartbeat.dueMs === null,
    );
    await receiver.answer({ status: 500, ifBodyHas: "job.cancelled" });
    await cancel(tenant, job);
    const lost = await parked(tenant, id, 1);
    const all = await eventually(
      () => beats(receiver),
      (told) => told.at(-1)?.last === lost.delivery.last_sequence,
    );
    const last = all.at(-1) as Beat;
    const taken = (await receiver.events()).filter(({ type }) => type !== "job.cancelled");
    expect(reckoned(last, taken).ids_digest).not.toBe(last.ids_digest);
    expect(reckoned(last, (await feed(tenant)).slice(-1)).ids_digest).toBe(last.ids_digest);
  });

  it("is sent again until it is taken, and says nothing of what still waits", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver, { event_types: ["job.*"], lane: "per_job" });
    await receiver.answer({ status: 500, headers: LATER, ifBodyHas: "job.cancelled" });
    const [job = ""] = await submit(tenant);
    await cancel(tenant, job);
    await submit(tenant);
    const [first] = await beat(receiver, 1);
    expect(first).toMatchObject({ events: 1 });
    await eventually(
      () => hook(tenant, id),
      ({ delivery }) => delivery.waiting === 1,
    );
    await receiver.answer({ status: 500, headers: LATER, ifBodyHas: "webhook.heartbeat" });
    await changeEndpoint(tenant, id, (stored) => ({
      ...stored,
      endpoint: {
        ...stored.endpoint,
        heartbeat: { ...stored.endpoint.heartbeat, after: { epoch: 1, eventSeq: 0 } },
      },
    }));
    await submit(tenant);
    const refused = await beat(receiver, 3);
    expect(refused.at(-1)).toEqual(refused.at(-2));
  });

  it("speaks only of what the object still has", async () => {
    const tenant = await freshTenant(IDLE);
    const { id } = await hookTo(tenant, new TestReceiver());
    await hold(tenant, id);
    await submit(tenant, 4);
    await inside(tenant, ({ endpoints }, sql) => {
      sql.exec(`DELETE FROM log WHERE event_seq <= 3`);
      const stored = endpoints.find(id);
      if (stored) endpoints.save({ ...stored, cursor: { epoch: 1, eventSeq: 5 } });
    });
    const message = await hold(tenant, id);
    await changeEndpoint(tenant, id, ({ endpoint, ...stored }) => ({
      ...stored,
      endpoint: { ...endpoint, heartbeat: { after: { epoch: 1, eventSeq: 1 }, dueMs: 0 } },
    }));
    const told: object[] = [];
    await new Hand((event) => {
      if (event.type === "webhook.heartbeat") told.push(event.data);
      return new Response(null, { status: 200 });
    }).deliver(message);
    expect(told[0]).toMatchObject({ after: "1-3", last: "1-5", events: 2 });
  });

  it("is not sent when nothing is new", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver);
    await happen(tenant);
    await beat(receiver, 1);
    const { endpoint, lease } = await eventually(
      () => endpointOf(tenant, id),
      (now) => now.lease === null && now.endpoint.heartbeat.dueMs === null,
    );
    expect(lease).toBeNull();
    const { last_sequence: last } = (await hook(tenant, id)).delivery;
    expect(`${endpoint.heartbeat.after.epoch}-${endpoint.heartbeat.after.eventSeq}`).toBe(last);
    const came: string[] = [];
    const hand = new Hand(({ type }) => {
      came.push(type);
      return new Response(null, { status: 200 });
    });
    const message = await hold(tenant, id);
    await changeEndpoint(tenant, id, (stored) => ({
      ...stored,
      endpoint: { ...stored.endpoint, heartbeat: { ...stored.endpoint.heartbeat, dueMs: 0 } },
    }));
    await hand.deliver(message);
    expect(came).toEqual([]);
    expect((await endpointOf(tenant, id)).endpoint.heartbeat.dueMs).toBeNull();
  });
});
