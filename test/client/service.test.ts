import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { MemoryStore } from "../../client/src/memory-store";
import { replayRequester, type Fetch } from "../../client/src/replay-requester";
import { WebhookConsumer, type Receipt, type ConsumerOptions } from "../../client/src/webhook-consumer";
import { eventually, freshTenant, request, type TestTenant } from "../support/tenants";
import { feed, happen, hook, hookTo, TestReceiver } from "../support/webhooks";

/** The consumer and the service itself. Between them a receiver that takes all, of which the consumer gets what it is given. */

const send: Fetch = (url, init) => exports.default.fetch(new Request(url, init));
const publishedKeys = async () => (await request("GET", "/.well-known/jwks.json")).json();

async function connected(tenant: TestTenant, options: Partial<ConsumerOptions> = {}) {
  const receiver = new TestReceiver();
  const { id, secret, delivery } = await hookTo(tenant, receiver, { event_types: ["file.*"] });
  const handled: string[] = [];
  const consumer = new WebhookConsumer({
    tenantId: tenant.id,
    webhookId: id,
    secrets: [secret],
    store: new MemoryStore(),
    startAfter: delivery.sequence,
    onEvent: (event) => void handled.push(event.id),
    requestReplay: replayRequester({
      baseUrl: "https://api.test/",
      webhookId: id,
      token: tenant.token,
      fetch: send,
    }),
    ...options,
  });
  let given = 0;
  /** Gives on what came since, but what is lost; what it was answered. */
  const giveOn = async (isLost: (body: string) => boolean = () => false): Promise<Receipt[]> => {
    const messages = (await receiver.received()).slice(given);
    given += messages.length;
    const receipts: Receipt[] = [];
    for (const { headers, body } of messages.filter((message) => !isLost(message.body)))
      receipts.push(await consumer.receive(headers, new TextEncoder().encode(body)));
    return receipts;
  };
  return { id, consumer, handled, receiver, giveOn };
}

interface Beat {
  readonly type: string;
  readonly data: { readonly last: string };
}

/** Once a heartbeat has spoken of everything that there is. */
const spokenOf = async (tenant: TestTenant, id: string, receiver: TestReceiver): Promise<string> => {
  const { last_sequence: last } = (await hook(tenant, id)).delivery;
  await eventually(
    async () => (await receiver.received()).map(({ body }) => JSON.parse(body) as Beat),
    (all) => all.some(({ type, data }) => type === "webhook.heartbeat" && data.last === last),
  );
  return last;
};

describe("a consumer of the service", () => {
  it("lacks nothing of what came, and says so", async () => {
    const tenant = await freshTenant();
    const { id, consumer, handled, receiver, giveOn } = await connected(tenant);
    await tenant.json("POST", `/v1/webhooks/${id}/test`);
    await happen(tenant, 3);
    const last = await spokenOf(tenant, id, receiver);
    for (const { status } of await giveOn()) expect(status).toBe(204);
    const files = (await feed(tenant)).filter(({ type }) => type.startsWith("file."));
    expect(handled).toEqual(files.map(({ id: eventId }) => eventId));
    expect(await consumer.status()).toEqual({ provedUpTo: last, isComplete: true, gaps: [] });
  });

  it("finds what was lost by a heartbeat, has it sent again, and takes it once", async () => {
    const tenant = await freshTenant();
    const trust = { secrets: [], jwks: publishedKeys };
    const { id, consumer, handled, receiver, giveOn } = await connected(tenant, trust);
    await happen(tenant, 4);
    const events = await receiver.got(4);
    await spokenOf(tenant, id, receiver);
    const lost = events[1]?.id ?? "";
    expect((await giveOn((body) => body.includes(lost))).at(-1)).toEqual({
      status: 204,
      reason: "incomplete",
    });
    expect((await consumer.status()).gaps).toMatchObject([{ replays: 1 }]);
    await eventually(
      () => receiver.events(),
      (all) => all.filter((event) => event.id === lost).length === 2,
    );
    await giveOn();
    expect(await consumer.status()).toMatchObject({ isComplete: true });
    expect(handled.toSorted()).toEqual(events.map((event) => event.id).toSorted());
    expect(handled.at(-1)).toBe(lost);
  });

  it("fills the hole that a lost heartbeat leaves", async () => {
    const tenant = await freshTenant();
    const { id, consumer, handled, receiver, giveOn } = await connected(tenant);
    await happen(tenant, 2);
    await spokenOf(tenant, id, receiver);
    await giveOn(() => true);
    await happen(tenant, 1);
    await spokenOf(tenant, id, receiver);
    expect((await giveOn()).at(-1)).toEqual({ status: 204, reason: "incomplete" });
    await receiver.got(6);
    await happen(tenant, 1);
    await spokenOf(tenant, id, receiver);
    await giveOn();
    expect(await consumer.status()).toMatchObject({ isComplete: true, gaps: [] });
    expect(new Set(handled).size).toBe(4);
    expect(handled).toHaveLength(4);
  });

  it("does not take another tenant's, though one key signs for both", async () => {
    const trust = { secrets: [], jwks: publishedKeys };
    const [own, other] = [await freshTenant(), await freshTenant()];
    const { consumer, handled } = await connected(own, trust);
    const { receiver } = await connected(other);
    await happen(other);
    await receiver.got(1);
    for (const { headers, body } of await receiver.received())
      expect(await consumer.receive(headers, new TextEncoder().encode(body))).toEqual({
        status: 401,
        reason: "wrong_tenant",
      });
    expect(handled).toEqual([]);
  });
});

describe("a requester of replays", () => {
  const asked = { fromSequence: "1-3", idempotencyKey: "gap-1-3-1-4-1764000000000" };
  const answering = (status: number, body: string) => {
    const calls: unknown[] = [];
    const answer: Fetch = async (url, { signal: _signal, ...init }) => {
      calls.push({ url, ...init });
      return { status, text: async () => body };
    };
    return { calls, answer };
  };

  it("posts from where, under the key it is given, by the token of now", async () => {
    const { calls, answer } = answering(202, '{"after":"1-2","to":"1-9"}');
    const options = { baseUrl: "https://api.test", webhookId: "a/b", fetch: answer };
    const request1 = replayRequester({ ...options, token: async () => "t1" });
    expect(await request1(asked)).toMatchObject({ to: "1-9" });
    expect(calls).toEqual([
      {
        url: "https://api.test/v1/webhooks/a%2Fb/replay",
        method: "POST",
        headers: {
          authorization: "Bearer t1",
          "content-type": "application/json",
          "idempotency-key": asked.idempotencyKey,
        },
        body: '{"from_sequence":"1-3"}',
        redirect: "manual",
      },
    ]);
  });

  it.each([200, 302, 400, 401, 404, 409, 500])(
    "throws for an answer %i, with how it began",
    async (status) => {
      const { answer } = answering(status, "x".repeat(2_000));
      const ask = replayRequester({ baseUrl: "https://api.test", webhookId: "w", token: "t", fetch: answer });
      const thrown: unknown = await ask(asked).catch((error: unknown) => error);
      expect(String(thrown)).toContain(`A replay was answered ${status}: xxx`);
      expect(String(thrown).length).toBeLessThan(600);
    },
  );
});
