import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Tenant } from "../../durable-objects/tenant";
import type { TenantCore } from "../../durable-objects/tenant/core";
import type { StoredEndpoint } from "../../durable-objects/tenant/endpoint-store";
import { Stores } from "../../durable-objects/tenant/stores";
import { sealSecrets } from "../../durable-objects/tenant/operations/endpoint-secrets";
import { sealContext } from "../../src/crypto/sealed-context";
import { tenantObjectName } from "../../src/domain/tenant";
import type { TenantId } from "../../src/domain/tenant-id";
import type { EndpointSecrets } from "../../src/domain/webhook-endpoint";
import type { Env } from "../../src/env";
import type { Verdict } from "../../src/queues/consume";
import { deliverEvents } from "../../src/queues/deliver-events";
import { deliveryMessageParts, type DeliveryMessage } from "../../src/queues/messages";
import { outbound } from "../../src/webhooks/outbound";
import type { SendPorts } from "../../src/webhooks/send";
import { messageKeys } from "./callers";
import { freshTenant, type TestTenant } from "./tenants";
import { feed, hookTo, TestReceiver, type Event } from "./webhooks";

const HOUR_MS = 3_600_000;

export const stubOf = ({ id }: Pick<TestTenant, "id">) => env.TENANTS.getByName(tenantObjectName(id));

export const inside = <T>(
  tenant: TestTenant,
  look: (stores: Stores, sql: SqlStorage) => T | Promise<T>,
): Promise<T> =>
  runInDurableObject(stubOf(tenant), (_object, { storage }) => look(new Stores(storage.sql), storage.sql));

/** The live object's own parts, its caches included. */
export const live = <T>(tenant: TestTenant, look: (core: TenantCore) => T | Promise<T>): Promise<T> =>
  runInDurableObject(stubOf(tenant), (object: Tenant) =>
    look((object as unknown as { core: TenantCore }).core),
  );

export const endpointOf = (tenant: TestTenant, id: string): Promise<StoredEndpoint> =>
  inside(tenant, ({ endpoints }) => {
    const stored = endpoints.find(id);
    if (!stored) throw new Error(`There is no endpoint ${id}.`);
    return stored;
  });

/** What an endpoint has stored is changed behind the API's back. */
export const changeEndpoint = (
  tenant: TestTenant,
  id: string,
  change: (stored: StoredEndpoint) => StoredEndpoint,
): Promise<void> =>
  live(tenant, ({ stores: { endpoints } }) => {
    const stored = endpoints.find(id);
    if (stored) endpoints.save(change(stored));
  });

export const changeSecrets = (tenant: TestTenant, id: string, secrets: EndpointSecrets): Promise<void> =>
  live(tenant, ({ keys, stores }) => {
    const seal = keys.seal(tenant.id, Date.now());
    if (!seal) throw new Error("The tenant's keys are not at hand.");
    stores.endpoints.saveSealed(id, sealSecrets(seal, id, secrets));
  });

/** A delivery's message, sealed as its tenant's object would. */
export function deliveryMessage(
  tenantId: TenantId,
  endpointId: string,
  token: string,
  epoch = 1,
): DeliveryMessage {
  const parts = { endpointId, token };
  const context = { tenantId, epoch, traceparent: null };
  return { version: 1, context: sealContext(messageKeys(), context, deliveryMessageParts(parts)), ...parts };
}

/** Takes an endpoint's lease, so that the platform delivers nothing to it, and gives the message that uses it. */
export async function hold(tenant: TestTenant, id: string, forMs = HOUR_MS): Promise<DeliveryMessage> {
  const token = crypto.randomUUID();
  await changeEndpoint(tenant, id, ({ endpoint, ...stored }) => ({
    ...stored,
    endpoint: { ...endpoint, heartbeat: { ...endpoint.heartbeat, dueMs: null } },
    lease: { token, expiresAtMs: Date.now() + forMs, pass: null },
  }));
  return deliveryMessage(tenant.id, id, token);
}

type Answers = (event: Event, request: RequestInit) => Response | Promise<Response>;

/** Sends by hand what a message stands for, to a receiver of the test's own. */
export class Hand {
  /** What was sent, as it was sent. */
  readonly sent: Event[] = [];

  constructor(
    private readonly answers: Answers = () => new Response(null, { status: 200 }),
    private readonly options: { readonly env?: Env; readonly send?: Partial<SendPorts> } = {},
  ) {}

  /** The verdict on the message once the work behind it has ended, and how that ended. */
  async deliver(message: DeliveryMessage): Promise<{ verdict: Verdict; fault: unknown }> {
    const background: Promise<unknown>[] = [];
    const on = this.options.env ?? env;
    const ports = {
      messageKeys: messageKeys(),
      send: { ...outbound(on), fetchWebhook: this.#fetch, ...this.options.send },
      routed: env.ROUTED_EVENTS,
      inBackground: (work: Promise<unknown>) => void background.push(work),
    };
    const verdict = await deliverEvents(on, ports, message);
    const [ended] = await Promise.allSettled(background);
    return { verdict, fault: ended?.status === "rejected" ? ended.reason : null };
  }

  get ids(): string[] {
    return this.sent.map(({ id }) => id);
  }

  readonly #fetch = async (_url: string, request: RequestInit): Promise<Response> => {
    const event = JSON.parse(new TextDecoder().decode(request.body as Uint8Array)) as Event;
    if (!event.type.startsWith("webhook.")) this.sent.push(event);
    return this.answers(event, request);
  };
}

/** The Worker's environment with a tenant's object that is reached through `through`. */
export const withObject = (
  through: (object: Record<string, (...args: never[]) => Promise<unknown>>) => object,
): Env => ({
  ...env,
  TENANTS: {
    getByName: (name: string) => through(env.TENANTS.getByName(name) as never),
  } as unknown as Env["TENANTS"],
});

/** Jobs that nobody runs: each is an event of its own subject. */
export async function submit(tenant: TestTenant, times = 1, members: object = {}): Promise<string[]> {
  const file = await tenant.upload("a.csv", "sku,title,price\n1,x,2\n");
  const ids: string[] = [];
  for (let n = 0; n < times; n++) {
    const job = { channel: "default", type: "validation", file_ref: file, rules_profile_id: "default@1.0.0" };
    ids.push((await tenant.json<{ id: string }>("POST", "/v1/jobs", { ...job, ...members })).id);
  }
  return ids;
}

export const cancel = (tenant: TestTenant, jobId: string): Promise<unknown> =>
  tenant.json("POST", `/v1/jobs/${jobId}/cancel`);

/** Nothing of its jobs runs by itself. */
export const IDLE = { overrides: { running_jobs: 0, rate: { sustained: 10_000, burst: 10_000 } } };

export const idsOf = (events: readonly Event[]): string[] => events.map(({ id }) => id);

/** Of the newest events in the feed, in its order. */
export const newest = async (tenant: TestTenant, count: number): Promise<string[]> =>
  idsOf((await feed(tenant)).slice(-count));

/** A webhook whose lease is in the test's hands, and what happened since. */
export async function held(count: number, options: Record<string, unknown> = {}) {
  const tenant = await freshTenant(IDLE);
  const receiver = new TestReceiver();
  const { id } = await hookTo(tenant, receiver, options);
  const message = await hold(tenant, id);
  await submit(tenant, count - 1);
  return { tenant, receiver, id, message, ids: await newest(tenant, count) };
}

/** The lease has run out, and the platform notices. */
export async function leaseRunsOut(tenant: TestTenant, id: string): Promise<void> {
  await changeEndpoint(tenant, id, (stored) => ({
    ...stored,
    lease: stored.lease && { ...stored.lease, expiresAtMs: Date.now() - 1 },
  }));
  await live(tenant, ({ stores, commands }) =>
    commands.run(() => stores.timers.set("deliveries", Date.now())),
  );
}

/** An object whose reports never arrive, and may have been carried out all the same. */
export const deaf = (isCarriedOut: boolean): Env =>
  withObject((object) => ({
    beginDelivery: (...args: never[]) => object["beginDelivery"]?.(...args),
    renewDelivery: async () => true,
    reportDelivery: async (...args: never[]) => {
      if (isCarriedOut) await object["reportDelivery"]?.(...args);
      throw new Error("The network was cut.");
    },
  }));
