import { describe, expect, it } from "vitest";
import {
  cancel,
  changeEndpoint,
  endpointOf,
  Hand,
  hold,
  IDLE,
  inside,
  live,
  submit,
} from "../support/delivery-hands";
import { eventually, freshTenant, type TestTenant } from "../support/tenants";
import { feed, happen, hook, hookTo, TestReceiver, type Event } from "../support/webhooks";

const LATER = { "retry-after": "3600" };

const subjectsOf = (events: readonly Event[]): string[] => events.map(({ subject }) => subject);
const typesOf = (events: readonly Event[]): string[] => events.map(({ type }) => type);

/** Nobody holds the endpoint any more, and this many events wait for it. */
const settled = (tenant: TestTenant, id: string, waiting: number) =>
  eventually(
    () => endpointOf(tenant, id).then(async ({ lease }) => ({ lease, ...(await hook(tenant, id)).delivery })),
    (now) => now.lease === null && now.waiting === waiting && now.sequence === now.last_sequence,
  );

/** Nothing is delivered any more until a time to come: at the earliest, when the last lease would have run out. */
async function isAtRest(tenant: TestTenant): Promise<void> {
  const dueMs = await inside(
    tenant,
    (_stores, sql) =>
      sql.exec<{ due: number }>(`SELECT due_ms AS due FROM timers WHERE kind = 'deliveries'`).one().due,
  );
  expect(dueMs).toBeGreaterThan(Date.now() + 10_000);
}

describe("a lane", () => {
  it("fifo: lets nothing overtake what waits", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver);
    const [first = ""] = await submit(tenant);
    await receiver.got(2);
    await receiver.answer({ status: 500, headers: LATER });
    await cancel(tenant, first);
    await receiver.got(3);
    await submit(tenant, 2);
    const standing = await eventually(
      () => hook(tenant, id),
      ({ delivery }) => delivery.waiting === 1,
    );
    expect(await receiver.events()).toHaveLength(3);
    expect(standing.delivery).toMatchObject({ failures_in_a_row: 1, dead_letters: 0 });
  });

  it("fifo: loses nothing of a backlog that is longer than one step, when its first one is tried again", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver);
    const message = await hold(tenant, id);
    await submit(tenant, 70);
    let fails = 1;
    const hand = new Hand(() => new Response(null, { status: fails-- > 0 ? 500 : 200 }));
    await hand.deliver(message);
    const wanted = (await feed(tenant)).slice(-71).map((event) => event.id);
    expect([...new Set(hand.ids)]).toEqual(wanted);
    expect(hand.ids).toHaveLength(72);
  });

  it("per_job: one stuck subject holds only itself, and its later events cost nothing until it is due", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver, { lane: "per_job", event_types: ["job.*"] });
    const [stuck = "", other = ""] = await submit(tenant, 2);
    await receiver.got(2);
    await receiver.answer({ status: 500, headers: LATER, ifBodyHas: `job:${stuck}` });
    await cancel(tenant, stuck);
    await receiver.got(3);
    await cancel(tenant, other);
    await receiver.got(4);
    await settled(tenant, id, 1);
    const [third = ""] = await submit(tenant);
    expect(subjectsOf(await receiver.got(5)).slice(2)).toEqual([
      `job:${stuck}`,
      `job:${other}`,
      `job:${third}`,
    ]);
  });

  it("per_job: what is held behind a stuck one gets a row, and the endpoint rests until that one is due", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver, { lane: "per_job", event_types: ["job.*"] });
    await receiver.answer({ status: 500, headers: LATER });
    const [stuck = ""] = await submit(tenant);
    await settled(tenant, id, 1);
    await cancel(tenant, stuck);
    await settled(tenant, id, 2);
    expect(await receiver.events()).toHaveLength(1);
    await isAtRest(tenant);
    // Once it is due, both go out in their order.
    await receiver.answer({ status: 200 });
    await live(tenant, ({ stores, commands }) =>
      commands.run(() => {
        const [first] = stores.deliveries.waiting(id);
        if (first) stores.deliveries.saveWaiting(id, { ...first, dueMs: 0 });
        stores.timers.set("deliveries", Date.now());
      }),
    );
    expect(typesOf(await receiver.got(3))).toEqual(["job.submitted", "job.submitted", "job.cancelled"]);
  });

  it("per_job: with the circuit open, what is tried again pushes no fresh event out of the log", async () => {
    const tenant = await freshTenant(IDLE);
    const { id } = await hookTo(tenant, new TestReceiver(), { lane: "per_job", event_types: ["job.*"] });
    const message = await hold(tenant, id);
    const [stuck = ""] = await submit(tenant);
    const down = new Hand(() => new Response(null, { status: 500, headers: { "retry-after": "0" } }));
    await down.deliver(message);
    await changeEndpoint(tenant, id, (stored) => ({
      ...stored,
      endpoint: { ...stored.endpoint, failures: 9, openUntilMs: null },
    }));
    await inside(tenant, ({ deliveries }) => {
      deliveries.eraseAll();
      const waits = { epoch: 1, eventSeq: 1, id: "none", type: "job.submitted", laneKey: "job:none" };
      deliveries.saveWaiting(id, { ...waits, attempts: 1, dueMs: 0 });
    });
    const again = await hold(tenant, id);
    await submit(tenant, 2);
    const hand = new Hand();
    await hand.deliver(again);
    expect(subjectsOf(hand.sent).filter((subject) => subject !== `job:${stuck}`)).toHaveLength(3);
  });

  it("parallel: one that fails holds nothing, not even of its own subject", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver, { lane: "parallel", event_types: ["job.*"] });
    await receiver.answer({ status: 500, headers: LATER, ifBodyHas: "job.submitted" });
    const [job = ""] = await submit(tenant);
    await receiver.got(1);
    await cancel(tenant, job);
    expect(typesOf(await receiver.got(2))).toEqual(["job.submitted", "job.cancelled"]);
    expect(await settled(tenant, id, 1)).toMatchObject({ dead_letters: 0 });
  });
});

describe("what is sent", () => {
  it("are the wanted types alone, by name or by noun", async () => {
    const tenant = await freshTenant(IDLE);
    const [byNoun, byName] = [new TestReceiver(), new TestReceiver()];
    const { id } = await hookTo(tenant, byNoun, { event_types: ["job.*"] });
    await hookTo(tenant, byName, { event_types: ["job.cancelled", "file.uploaded"] });
    const [job = ""] = await submit(tenant);
    await cancel(tenant, job);
    expect(typesOf(await byNoun.got(2))).toEqual(["job.submitted", "job.cancelled"]);
    expect(typesOf(await byName.got(2))).toEqual(["file.uploaded", "job.cancelled"]);
    await tenant.json("PATCH", `/v1/webhooks/${id}`, { event_types: ["file.*"] });
    await happen(tenant);
    expect(typesOf(await byNoun.got(3)).at(-1)).toBe("file.uploaded");
  });

  it("is thin where ids are enough, and the old envelope where it is asked for", async () => {
    const tenant = await freshTenant(IDLE);
    const [thin, legacy] = [new TestReceiver(), new TestReceiver()];
    await hookTo(tenant, thin, { payload: "thin", event_types: ["job.*"] });
    await hookTo(tenant, legacy, { format: "legacy", event_types: ["job.*"] });
    const [job = ""] = await submit(tenant, 1, { seller_id: "s-1" });
    const [event] = await thin.got(1);
    expect(event?.data).toEqual({ tenant_id: tenant.id, job_id: job });
    const [old] = await legacy.got(1);
    expect(old).toMatchObject({
      schema_version: "1",
      tenant_id: tenant.id,
      data: { job_id: job, seller_id: "s-1" },
    });
    expect(old).not.toHaveProperty("sequence");
    const [sent] = await legacy.received();
    expect(sent?.headers["content-type"]).toBe("application/json");
    const [structured] = await thin.received();
    expect(structured?.headers["content-type"]).toMatch(/^application\/cloudevents\+json/);
  });
});
