import { v7 as uuidV7 } from "uuid";
import type { StepReport } from "../../durable-objects/tenant/operations/deliveries";
import type { DeliveryItem, DeliveryStep } from "../../durable-objects/tenant/operations/delivery-steps";
import type { DeliveryResult } from "../../durable-objects/tenant/operations/delivery-verdicts";
import type { HeartbeatMessage } from "../../durable-objects/tenant/operations/heartbeats";
import { openContext, type WorkContext } from "../crypto/sealed-context";
import { cloudEvent } from "../domain/cloud-event";
import { placeText } from "../domain/delivery-plan";
import type { LogEntry } from "../domain/event";
import type { TenantId } from "../domain/tenant-id";
import type { Env } from "../env";
import { cloudEventAttributes } from "../telemetry/cloud-event-attributes";
import { log, withLogContext } from "../telemetry/logger";
import { tenantObject } from "../tenant-object";
import { controlContent, eventContent } from "../webhooks/messages";
import { sendWebhook, type SendPorts, type SendResult } from "../webhooks/send";
import type { Verdict } from "./consume";
import { deliveryMessageParts, type DeliveryMessage } from "./messages";

/** What is not begun by then waits for another message: the lease, and what may run in the background, last longer. */
const BUDGET_MS = 15_000;
/** A step that has run for so long begins nothing more, so that what it did is written down. */
const STEP_MS = 2_000;
/** What a queue takes: 128 KB. */
const QUEUE_MESSAGE_BYTES = 128_000;
/** An invocation has six connections; one is left for the tenant's object. */
const CONNECTIONS = 5;

export interface DeliverPorts {
  readonly messageKeys: readonly Uint8Array[];
  readonly send: SendPorts;
  /** Where the operator has events routed that are to be in a queue. */
  readonly routed: Pick<Queue<unknown>, "send">;
  /** Goes on with work after the message was acknowledged. */
  readonly inBackground: (work: Promise<unknown>) => void;
}

/**
 * Acknowledges a message at once and delivers behind it: neither a slow receiver nor a slow object may hold up the
 * queue, and should the work die, its lease runs out and another message is sent. A message that nobody sent is refused.
 */
export async function deliverBehind(
  env: Env,
  ports: DeliverPorts,
  message: DeliveryMessage,
): Promise<Verdict> {
  const context = openContext(ports.messageKeys, message.context, deliveryMessageParts(message));
  if (context === null) return ALTERED;
  ports.inBackground(
    deliverEvents(env, ports, message).then(({ type }) => {
      if (type === "discard")
        log.warn("queue.discarded", { queue: "events", endpointId: message.endpointId });
    }),
  );
  return { type: "done" };
}

const ALTERED: Verdict = { type: "refuse", reason: "The message's context was altered." };

/**
 * Delivers what is due to one endpoint, step by step. Late or doubled the message changes nothing: its token is not in
 * force any more.
 */
export async function deliverEvents(
  env: Env,
  { messageKeys, send, routed, inBackground }: DeliverPorts,
  message: DeliveryMessage,
): Promise<Verdict> {
  const context = openContext(messageKeys, message.context, deliveryMessageParts(message));
  if (context === null) return ALTERED;
  return withLogContext({ tenantId: context.tenantId }, async (): Promise<Verdict> => {
    const { endpointId, token } = message;
    const begun = await tenantObject(env, context.tenantId).beginDelivery(context, endpointId, token);
    if (!begun.ok) return { type: "discard", reason: "The endpoint does not wait for it any more." };
    if (begun.value) inBackground(new Worker(env, context, endpointId, send, routed).work(begun.value));
    return { type: "done" };
  });
}

class Worker {
  #untilMs: number;

  constructor(
    private readonly env: Env,
    private readonly context: WorkContext,
    private readonly endpointId: string,
    private readonly ports: SendPorts,
    private readonly routed: DeliverPorts["routed"],
  ) {
    this.#untilMs = ports.nowMs() + BUDGET_MS;
  }

  async work(first: DeliveryStep): Promise<void> {
    let step: DeliveryStep | null = first;
    while (step !== null) {
      const report = await this.#leased(step);
      const object = tenantObject(this.env, this.context.tenantId);
      const next = await object.reportDelivery(this.context, this.endpointId, step.token, report);
      step = next.ok ? next.value : null;
    }
  }

  /** Keeps the endpoint while a slow receiver is waited for; once another worker has it, nothing more is begun. */
  async #leased(step: DeliveryStep): Promise<StepReport> {
    const renewal = setInterval(() => void this.#renew(step), step.leaseMs / 3);
    try {
      return await this.#step(step);
    } finally {
      clearInterval(renewal);
    }
  }

  async #renew({ token }: DeliveryStep): Promise<void> {
    const object = tenantObject(this.env, this.context.tenantId);
    const isOurs = await object.renewDelivery(this.context, this.endpointId, token).catch(() => true);
    if (!isOurs) this.#untilMs = 0;
  }

  /** Groups side by side, over as many connections as there are. */
  async #step(step: DeliveryStep): Promise<StepReport> {
    const results: DeliveryResult[] = [];
    const endMs = this.ports.nowMs() + STEP_MS;
    const groups = [...step.groups];
    const lines = Array.from({ length: Math.min(CONNECTIONS, groups.length) }, async () => {
      for (let group = groups.shift(); group; group = groups.shift())
        for (const item of group) {
          if (this.ports.nowMs() > Math.min(endMs, this.#untilMs)) return;
          const result = await this.#deliver(item, step);
          results.push(result);
          if (!isDone(result)) break;
        }
    });
    await Promise.all(lines);
    const mayBeat = this.ports.nowMs() < this.#untilMs;
    const heartbeat = mayBeat && step.heartbeat && (await this.#beat(step.heartbeat, step.secrets));
    return { results, heartbeat: heartbeat || null, goesOn: this.ports.nowMs() < this.#untilMs };
  }

  async #deliver({ epoch, eventSeq, event, to }: DeliveryItem, step: DeliveryStep): Promise<DeliveryResult> {
    const place = { epoch, eventSeq };
    // Trimmed before it could be sent: that is a dead letter, and nothing that went well.
    if (event === null) return { ...place, ...this.#refusal("event_expired") };
    if (to === null)
      return {
        ...place,
        atMs: this.ports.nowMs(),
        durationMs: 0,
        outcome: { type: "passed_over" },
        snippet: null,
      };
    const content = eventContent(this.#tenantId(), event, step.form);
    const { id, traceparent } = event;
    const sent =
      to.type === "queue"
        ? await this.#enqueue(content.body)
        : await sendWebhook({ id, url: to.url, traceparent, secrets: step.secrets, ...content }, this.ports);
    const result = { ...place, ...sent };
    if (!isDone(result)) this.#logFailure(result, event);
    return result;
  }

  /** To the operator's own queue: the CloudEvent as it is. */
  async #enqueue(body: string): Promise<SendResult> {
    if (new TextEncoder().encode(body).length > QUEUE_MESSAGE_BYTES)
      return this.#refusal("message_too_large");
    const atMs = this.ports.nowMs();
    const outcome = await this.routed.send(JSON.parse(body)).then(
      () => ({ type: "answered", status: 202, retryAfter: null }) as const,
      () => ({ type: "network_error" }) as const,
    );
    return { atMs, durationMs: this.ports.nowMs() - atMs, outcome, snippet: null };
  }

  /** Trying again would change nothing. */
  #refusal(fault: string): SendResult {
    return { atMs: this.ports.nowMs(), durationMs: 0, outcome: { type: "refused", fault }, snippet: null };
  }

  /** A failure, by the names that OpenTelemetry has for its parts; what went well is among the attempts. */
  #logFailure({ outcome, durationMs }: DeliveryResult, event: LogEntry): void {
    log.warn("delivery.failed", {
      ...cloudEventAttributes(cloudEvent(this.#tenantId(), event, "thin")),
      "error.type": outcome.type,
      ...(outcome.type === "answered" && { "http.response.status_code": outcome.status }),
      endpointId: this.endpointId,
      durationMs,
    });
  }

  /** The place it spoke for, if it was taken. */
  async #beat(
    heartbeat: HeartbeatMessage,
    secrets: readonly string[],
  ): Promise<HeartbeatMessage["last"] | null> {
    const { url, webhookId, after, last, events, idsDigest } = heartbeat;
    if (url === null) return null;
    const id = uuidV7();
    const data = {
      webhook_id: webhookId,
      after: placeText(after),
      last: placeText(last),
      events,
      ids_digest: idsDigest,
    };
    const timeMs = this.ports.nowMs();
    const content = controlContent(this.#tenantId(), {
      id,
      type: "webhook.heartbeat",
      webhookId,
      timeMs,
      data,
    });
    const { outcome } = await sendWebhook({ id, url, traceparent: null, secrets, ...content }, this.ports);
    return outcome.type === "answered" && isSuccess(outcome.status) ? last : null;
  }

  #tenantId(): TenantId {
    return this.context.tenantId;
  }
}

/** Whether what comes after it in its group may go out. */
const isDone = ({ outcome }: DeliveryResult): boolean =>
  outcome.type === "passed_over" || (outcome.type === "answered" && isSuccess(outcome.status));

const isSuccess = (status: number): boolean => status >= 200 && status <= 299;
