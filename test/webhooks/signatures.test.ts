import { importJWK, type JWK } from "jose";
import { describe, expect, it } from "vitest";
import { parseWebhookSecret, verifyWebhook, type WebhookTrust } from "../../src/crypto/webhook-signature";
import { IDLE } from "../support/delivery-hands";
import type { Received } from "../support/node/receiver";
import { eventually, freshTenant, request, type TestTenant } from "../support/tenants";
import { happen, hookTo, TestReceiver, type Hook } from "../support/webhooks";

const keyOf = (secret: string): Uint8Array => {
  const key = parseWebhookSecret(secret);
  if (!key.ok) throw new Error(key.error);
  return key.value;
};

const verified = async (
  { headers, body }: Received,
  trust: Partial<WebhookTrust>,
  nowSeconds = Date.now() / 1000,
): Promise<boolean> =>
  (await verifyWebhook(new Headers(headers), body, { nowSeconds, toleranceSeconds: 60, ...trust })).ok;

async function publicKeys(): Promise<CryptoKey[]> {
  const { keys } = await (await request("GET", "/.well-known/jwks.json")).json<{ keys: JWK[] }>();
  return Promise.all(keys.map((key) => importJWK(key, "EdDSA") as Promise<CryptoKey>));
}

const rotate = (tenant: TestTenant, id: string, body?: object) =>
  tenant.json<Hook>("POST", `/v1/webhooks/${id}/rotate-secret`, body);

/** The message that a test sends, as it came. */
async function tested(tenant: TestTenant, id: string, receiver: TestReceiver): Promise<Received> {
  await tenant.json("POST", `/v1/webhooks/${id}/test`);
  const last = (await receiver.received()).at(-1);
  if (!last) throw new Error("Nothing came.");
  return last;
}

describe("a signature", () => {
  it("is the endpoint's own and the platform's, over what was sent and when", async () => {
    const tenant = await freshTenant(IDLE);
    const [receiver, other] = [new TestReceiver(), new TestReceiver()];
    const { secret } = await hookTo(tenant, receiver);
    const { secret: foreign } = await hookTo(tenant, other);
    await happen(tenant);
    const [event] = await receiver.got(1);
    const [message] = await receiver.received();
    if (!message) throw new Error("Nothing came.");
    expect(message.headers["webhook-id"]).toBe(event?.id);
    const mine = { secrets: [keyOf(secret)] };
    const platform = { publicKeys: await publicKeys() };
    expect(await verified(message, mine)).toBe(true);
    expect(await verified(message, platform)).toBe(true);
    expect(await verified(message, { secrets: [keyOf(foreign)] })).toBe(false);
    for (const trust of [mine, platform]) {
      expect(await verified({ ...message, body: `${message.body} ` }, trust)).toBe(false);
      const renamed = { ...message.headers, "webhook-id": crypto.randomUUID() };
      expect(await verified({ ...message, headers: renamed }, trust)).toBe(false);
      const seconds = Number(message.headers["webhook-timestamp"]);
      const moved = { ...message.headers, "webhook-timestamp": String(seconds + 1) };
      expect(await verified({ ...message, headers: moved }, trust)).toBe(false);
      expect(await verified(message, trust, seconds + 61)).toBe(false);
    }
  });

  it("of an attempt that is made again is of its own time, under the same id", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { secret } = await hookTo(tenant, receiver);
    await receiver.answer({ status: 500, headers: { "retry-after": "1" } }, { status: 200 });
    await happen(tenant);
    await receiver.got(2);
    const [first, second] = await receiver.received();
    if (!first || !second) throw new Error("Too little came.");
    expect(second.headers["webhook-id"]).toBe(first.headers["webhook-id"]);
    expect(Number(second.headers["webhook-timestamp"])).toBeGreaterThan(
      Number(first.headers["webhook-timestamp"]),
    );
    expect(second.body).toBe(first.body);
    for (const message of [first, second])
      expect(await verified(message, { secrets: [keyOf(secret)] })).toBe(true);
  });
});

describe("a secret that is rotated", () => {
  it("signs beside the new one for the overlap, and then no more", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id, secret: former } = await hookTo(tenant, receiver);
    const { secret } = await rotate(tenant, id, { overlap_seconds: 1 });
    const during = await tested(tenant, id, receiver);
    expect(await verified(during, { secrets: [keyOf(secret)] })).toBe(true);
    expect(await verified(during, { secrets: [keyOf(former)] })).toBe(true);
    const later = await eventually(
      () => tested(tenant, id, receiver),
      ({ headers }) => headers["webhook-signature"]?.split(" ").length === 2,
    );
    expect(await verified(later, { secrets: [keyOf(secret)] })).toBe(true);
    expect(await verified(later, { secrets: [keyOf(former)] })).toBe(false);
  });

  it("ends at once where no overlap is asked for, and events are signed by the new one alone", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id, secret: former } = await hookTo(tenant, receiver);
    const rotated = await rotate(tenant, id, { overlap_seconds: 0 });
    expect(rotated).toMatchObject({ id, former_secret_valid_until: null });
    await happen(tenant);
    await receiver.got(1);
    const [message] = await receiver.received();
    if (!message) throw new Error("Nothing came.");
    expect(await verified(message, { secrets: [keyOf(rotated.secret)] })).toBe(true);
    expect(await verified(message, { secrets: [keyOf(former)] })).toBe(false);
  });

  it("overlaps for a day unless it is said otherwise", async () => {
    const tenant = await freshTenant(IDLE);
    const { id } = await hookTo(tenant, new TestReceiver());
    const rotated = await rotate(tenant, id);
    const until = Date.parse(
      (rotated as unknown as Record<string, string>)["former_secret_valid_until"] ?? "",
    );
    expect(Math.abs(until - Date.now() - 86_400_000)).toBeLessThan(10_000);
  });
});
