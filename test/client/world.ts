import { createHash } from "node:crypto";
import { MemoryStore } from "../../client/src/memory-store";
import { WebhookConsumer, type ConsumerOptions, type Receipt } from "../../client/src/webhook-consumer";
import type { ReplayRequest } from "../../client/src/replays";
import { signWebhook, type WebhookSigners } from "../../src/crypto/webhook-signature";
import { controlContent, eventContent } from "../../src/webhooks/messages";
import { SECRET, SECRET_TEXT } from "../crypto/webhooks";

/** Messages as the service itself makes them, for a consumer that shares no code with it. */

export const TENANT = "t_acme";
export const WEBHOOK = "0192f0c1-2c5a-7a4e-8b7d-1f0e8d9c4b5a";
export const START_MS = Date.parse("2026-11-24T08:00:00Z");

export interface Sent {
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

export interface TestEvent {
  readonly id: string;
  readonly place: string;
  readonly type?: "job.started" | "file.deleted";
}

const split = (place: string): readonly [epoch: number, sequence: number] => {
  const [epoch = 0, sequence = 0] = place.split("-").map(Number);
  return [epoch, sequence];
};

export async function sent(
  id: string,
  body: string,
  atMs: number,
  signers: WebhookSigners = { secrets: [SECRET] },
): Promise<Sent> {
  const bytes = new TextEncoder().encode(body);
  const headers = await signWebhook({ id, timestampSeconds: Math.floor(atMs / 1000), body: bytes }, signers);
  if (!headers.ok) throw new Error(headers.error);
  return { headers: { ...headers.value }, body: bytes };
}

export function eventBody({ id, place, type = "job.started" }: TestEvent, tenantId = TENANT): string {
  const [epoch, eventSeq] = split(place);
  const event = {
    epoch,
    eventSeq,
    id,
    type,
    subject: "job:1",
    timeMs: START_MS,
    actorId: "a",
    traceparent: null,
    payload: '{"job_id":"1"}',
  };
  return eventContent(tenantId, event, { format: "cloudevents", payload: "full" }).body;
}

export const controlBody = (
  id: string,
  type: "webhook.test" | "webhook.heartbeat",
  data: Record<string, unknown>,
  tenantId = TENANT,
): string =>
  controlContent(tenantId, {
    id,
    type,
    webhookId: WEBHOOK,
    timeMs: START_MS,
    data: { webhook_id: WEBHOOK, ...data },
  }).body;

export const heartbeatData = (after: string, last: string, ids: readonly string[]) => ({
  after,
  last,
  events: ids.length,
  ids_digest: createHash("sha256")
    .update(ids.map((id) => `${id}\n`).join(""))
    .digest("hex"),
});

/** A consumer, its clock, and what became of what it was sent. */
export class TestConsumer {
  nowMs = START_MS;
  readonly handled: string[] = [];
  readonly asked: ReplayRequest[] = [];
  readonly epochs: unknown[] = [];
  readonly store: MemoryStore;
  readonly consumer: WebhookConsumer;
  /** What a replay is answered. */
  replay: () => Promise<{ to: string }> = async () => ({ to: "1-1000" });
  onEvent: (id: string) => Promise<void> = async () => undefined;

  constructor(options: Partial<ConsumerOptions> & { readonly store?: MemoryStore } = {}) {
    this.store = options.store ?? new MemoryStore();
    this.consumer = new WebhookConsumer({
      tenantId: TENANT,
      secrets: [SECRET_TEXT],
      onEvent: async ({ id }) => {
        await this.onEvent(id);
        this.handled.push(id);
      },
      requestReplay: (request) => {
        this.asked.push(request);
        return this.replay();
      },
      onEpoch: (change) => {
        this.epochs.push(change);
      },
      nowMs: () => this.nowMs,
      ...options,
      store: this.store,
    });
  }

  async take(id: string, body: string): Promise<Receipt> {
    const message = await sent(id, body, this.nowMs);
    return this.consumer.receive(message.headers, message.body);
  }

  event(id: string, place: string): Promise<Receipt> {
    return this.take(id, eventBody({ id, place }));
  }

  /** `ids`: what there was for it in the log. */
  heartbeat(after: string, last: string, ids: readonly string[]): Promise<Receipt> {
    const id = crypto.randomUUID();
    return this.take(id, controlBody(id, "webhook.heartbeat", heartbeatData(after, last, ids)));
  }

  /** `e1` at `1-1` and so on. */
  async events(first: number, last: number): Promise<string[]> {
    const ids = Array.from({ length: last - first + 1 }, (_, index) => `e${first + index}`);
    for (const id of ids) await this.event(id, `1-${id.slice(1)}`);
    return ids;
  }
}
