import { describe, expect, it } from "vitest";
import { parseWebhookSecret, verifyWebhook } from "../../src/crypto/webhook-signature";
import { cancel, endpointOf, Hand, hold, IDLE, inside, submit } from "../support/delivery-hands";
import { SealedTenant } from "../support/sealed-tenant";
import { eventually, freshTenant, type TestTenant } from "../support/tenants";
import { feed, hook, TestReceiver, type Event } from "../support/webhooks";

const LATER = { "retry-after": "3600" };
const CALLBACKS = "callbacks";

const typesOf = (events: readonly Event[]): string[] => events.map(({ type }) => type);

const submitTo = async (tenant: TestTenant, receiver: TestReceiver): Promise<string> => {
  const [id = ""] = await submit(tenant, 1, { callback_url: receiver.url });
  return id;
};

const expected = (tenant: TestTenant): Promise<string[]> =>
  inside(tenant, (_stores, sql) =>
    sql
      .exec<{ job_id: string }>(`SELECT job_id FROM callbacks`)
      .toArray()
      .map((row) => row.job_id),
  );

const endedFor = (tenant: TestTenant) =>
  eventually(
    () => expected(tenant),
    (jobs) => jobs.length === 0,
  );

describe("a callback_url", () => {
  it("gets exactly its own job's events, in order, as the feed has them, and then no more", async () => {
    const sealed = await SealedTenant.fresh(4);
    const { tenant } = sealed;
    const [receiver, other] = [new TestReceiver(), new TestReceiver()];
    const [job, another] = await Promise.all([
      sealed.run({ callback_url: receiver.url, seller_id: "s-1" }),
      sealed.run({ callback_url: other.url }),
      sealed.run(),
    ]);
    await endedFor(tenant);
    const all = await feed(tenant);
    const of = (id: string) => all.filter(({ subject }) => subject === `job:${id}`);
    expect(await receiver.events()).toEqual(of(job.id));
    expect(await other.events()).toEqual(of(another.id));
    expect(typesOf(await receiver.events())).toEqual(["job.submitted", "job.started", "job.succeeded"]);
    const standing = await hook(tenant, CALLBACKS);
    expect(standing).toMatchObject({ url: null, delivery: { waiting: 0, dead_letters: 0 } });
  });

  it("is tried again in its place like any webhook", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    await receiver.answer({ status: 500 }, { status: 503 }, { status: 200 });
    const job = await submitTo(tenant, receiver);
    await cancel(tenant, job);
    const events = await receiver.got(4);
    expect(typesOf(events)).toEqual(["job.submitted", "job.submitted", "job.submitted", "job.cancelled"]);
    await endedFor(tenant);
  });

  it("that does not answer holds up no other job's", async () => {
    const tenant = await freshTenant(IDLE);
    const [dead, well] = [new TestReceiver(), new TestReceiver()];
    await dead.answer({ status: 500, headers: LATER });
    const stuck = await submitTo(tenant, dead);
    await dead.got(1);
    const job = await submitTo(tenant, well);
    await cancel(tenant, stuck);
    await cancel(tenant, job);
    expect(typesOf(await well.got(2))).toEqual(["job.submitted", "job.cancelled"]);
    await eventually(
      () => expected(tenant),
      (jobs) => jobs.length === 1,
    );
    expect(await expected(tenant)).toEqual([stuck]);
    expect(await dead.events()).toHaveLength(1);
    expect(await hook(tenant, CALLBACKS)).toMatchObject({ status: "enabled", delivery: { waiting: 2 } });
  });

  it("that is gone ends its own job's calls alone", async () => {
    const tenant = await freshTenant(IDLE);
    const [gone, well] = [new TestReceiver(), new TestReceiver()];
    await gone.answer({ status: 410 });
    const ended = await submitTo(tenant, gone);
    const job = await submitTo(tenant, well);
    await eventually(
      () => expected(tenant),
      (jobs) => jobs.length === 1,
    );
    await cancel(tenant, ended);
    await cancel(tenant, job);
    await well.got(2);
    await endedFor(tenant);
    expect(await gone.events()).toHaveLength(1);
    expect(await hook(tenant, CALLBACKS)).toMatchObject({ status: "enabled", delivery: { waiting: 0 } });
  });

  it("takes what waited for it along when it is gone", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    await receiver.answer({ status: 500, headers: LATER });
    const job = await submitTo(tenant, receiver);
    await cancel(tenant, job);
    await eventually(
      () => hook(tenant, CALLBACKS),
      ({ delivery }) => delivery.waiting === 2,
    );
    await inside(tenant, ({ deliveries }) => {
      const [first] = deliveries.waiting(CALLBACKS);
      if (first) deliveries.saveWaiting(CALLBACKS, { ...first, dueMs: 0 });
    });
    await new Hand(() => new Response(null, { status: 410 })).deliver(await hold(tenant, CALLBACKS));
    expect(await expected(tenant)).toEqual([]);
    expect(await hook(tenant, CALLBACKS)).toMatchObject({ delivery: { waiting: 0, dead_letters: 2 } });
  });

  it("that gave up is called again when its dead letters are replayed, though the job has ended", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    await receiver.answer({ status: 500 });
    const job = await submitTo(tenant, receiver);
    await cancel(tenant, job);
    await eventually(
      () => hook(tenant, CALLBACKS),
      ({ delivery }) => delivery.dead_letters === 2,
    );
    await endedFor(tenant);
    await receiver.answer({ status: 200 });
    const before = (await receiver.events()).length;
    const replayed = await tenant.json("POST", `/v1/webhooks/${CALLBACKS}/dead-letters/replay`);
    expect(replayed).toEqual({ replayed: 2 });
    const events = await receiver.got(before + 2);
    expect(typesOf(events.slice(before))).toEqual(["job.submitted", "job.cancelled"]);
    await eventually(
      () => hook(tenant, CALLBACKS),
      ({ delivery }) => delivery.waiting === 0 && delivery.dead_letters === 0,
    );
    expect(await expected(tenant)).toEqual([]);
  });

  it("that was shredded is called no more, not even for what waits", async () => {
    const sealed = await SealedTenant.fresh();
    const { tenant } = sealed;
    const [receiver, well] = [new TestReceiver(), new TestReceiver()];
    await receiver.answer({ status: 500, headers: LATER });
    const job = await submitTo(tenant, receiver);
    await receiver.got(1);
    await cancel(tenant, job);
    await eventually(
      () => hook(tenant, CALLBACKS),
      ({ delivery }) => delivery.waiting === 2,
    );
    const body = {
      scope: "field",
      job_id: job,
      fields: ["callback_url"],
      reason: "Asked for by its receiver.",
    };
    expect((await sealed.operate("POST", "/shred", body)).ok).toBe(true);
    expect(await expected(tenant)).toEqual([]);
    await receiver.answer({ status: 200 });
    await inside(tenant, ({ deliveries }) => {
      for (const event of deliveries.waiting(CALLBACKS))
        deliveries.saveWaiting(CALLBACKS, { ...event, dueMs: 0 });
    });
    await submitTo(tenant, well);
    await well.got(1);
    await eventually(
      () => hook(tenant, CALLBACKS),
      ({ delivery }) => delivery.waiting === 0,
    );
    expect(await receiver.events()).toHaveLength(1);
  });

  it("is signed by the platform, and by a secret as well once the tenant has asked for one", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    await submitTo(tenant, receiver);
    await receiver.got(1);
    const { id, secret } = await tenant.json<{ id: string; secret: string }>(
      "POST",
      `/v1/webhooks/${CALLBACKS}/rotate-secret`,
    );
    expect(id).toBe(CALLBACKS);
    await submitTo(tenant, receiver);
    await receiver.got(2);
    const [before, after] = await receiver.received();
    expect(before?.headers["webhook-signature"]).toMatch(/^v1a,\S+$/);
    const key = parseWebhookSecret(secret);
    const trust = {
      secrets: key.ok ? [key.value] : [],
      nowSeconds: Date.now() / 1000,
      toleranceSeconds: 60,
    };
    expect((await verifyWebhook(new Headers(after?.headers), after?.body ?? "", trust)).ok).toBe(true);
  });

  it("may be given a secret before the first job that asks to be called back", async () => {
    const tenant = await freshTenant(IDLE);
    await tenant.json("POST", `/v1/webhooks/${CALLBACKS}/rotate-secret`);
    const receiver = new TestReceiver();
    await submitTo(tenant, receiver);
    await receiver.got(1);
    const [message] = await receiver.received();
    expect(message?.headers["webhook-signature"]).toMatch(/^v1,\S+ v1a,\S+$/);
  });

  it("is not told what happened while nobody was to be called back", async () => {
    const tenant = await freshTenant(IDLE);
    const first = new TestReceiver();
    await cancel(tenant, await submitTo(tenant, first));
    await first.got(2);
    await endedFor(tenant);
    await submit(tenant, 3);
    const receiver = new TestReceiver();
    await submitTo(tenant, receiver);
    expect(typesOf(await receiver.got(1))).toEqual(["job.submitted"]);
    const { cursor } = await eventually(
      () => endpointOf(tenant, CALLBACKS),
      ({ lease }) => lease === null,
    );
    expect(`${cursor.epoch}-${cursor.eventSeq}`).toBe((await hook(tenant, CALLBACKS)).delivery.last_sequence);
  });
});
