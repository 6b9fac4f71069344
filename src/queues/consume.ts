import { log } from "../telemetry/logger";
import type { ErrorReporter } from "../telemetry/error-reporter";
import type * as z from "zod";
import { bodyText, DeliveryMessage, JobMessage, ResealMessage, type DeadLetter } from "./messages";

const RESEAL_QUEUE = "reseal";
const EVENTS_QUEUE = "events";

/** What became of a message; the consumer alone acknowledges. */
export type Verdict =
  | { readonly type: "done" }
  | { readonly type: "retry"; readonly delaySeconds: number }
  /** Harmless and expected: late, doubled, overtaken. */
  | { readonly type: "discard"; readonly reason: string }
  /** Nobody sent this: nothing is done for the tenant it names, and an operator should look. */
  | { readonly type: "refuse"; readonly reason: string };

export interface ConsumePorts {
  readonly runJob: (message: JobMessage) => Promise<Verdict>;
  readonly resealFiles: (message: ResealMessage) => Promise<Verdict>;
  readonly deliverEvents: (message: DeliveryMessage) => Promise<Verdict>;
  readonly deadLetters: Pick<Queue<DeadLetter>, "send">;
  readonly report: ErrorReporter;
}

/** Handles a batch, each message by itself: a throw in one must not redeliver the others. */
export async function consume(batch: MessageBatch<unknown>, ports: ConsumePorts): Promise<void> {
  await Promise.all(
    batch.messages.map(async (message) => {
      const { queue } = batch;
      const verdict = await processed(message.body, queue, ports);
      switch (verdict.type) {
        case "done":
          return message.ack();
        case "retry":
          return message.retry({ delaySeconds: verdict.delaySeconds });
        case "discard":
          log.warn("queue.discarded", { queue: batch.queue, messageId: message.id, reason: verdict.reason });
          return message.ack();
        case "refuse":
          log.error("message.refused", { queue: batch.queue, messageId: message.id, reason: verdict.reason });
          return refuse(batch.queue, message, verdict.reason, ports);
      }
    }),
  );
}

/** Acknowledged only once the dead letter is sent: sent twice, it is kept once. */
async function refuse(
  queue: string,
  message: Message<unknown>,
  reason: string,
  { deadLetters, report }: ConsumePorts,
): Promise<void> {
  const body = bodyText(message.body);
  try {
    await deadLetters.send({ version: 1, id: message.id, queue, reason, body });
    message.ack();
  } catch (error) {
    report(error, { event: "message.refused", queue });
    message.retry({ delaySeconds: 5 });
  }
}

function processed(body: unknown, queue: string, ports: ConsumePorts): Promise<Verdict> {
  if (queue.startsWith(RESEAL_QUEUE))
    return process(body, ResealMessage, ports.resealFiles, queue, ports.report);
  if (queue.startsWith(EVENTS_QUEUE))
    return process(body, DeliveryMessage, ports.deliverEvents, queue, ports.report);
  return processJob(body, queue, ports);
}

async function processJob(body: unknown, queue: string, { runJob, report }: ConsumePorts): Promise<Verdict> {
  if (isOfFirstRelease(body))
    return { type: "discard", reason: "Its form is no more; its lease brings the job back." };
  return process(body, JobMessage, runJob, queue, report);
}

async function process<M>(
  body: unknown,
  schema: z.ZodType<M>,
  work: (message: M) => Promise<Verdict>,
  queue: string,
  report: ErrorReporter,
): Promise<Verdict> {
  const message = schema.safeParse(body);
  if (!message.success) return { type: "refuse", reason: "The message does not fit its schema." };
  try {
    return await work(message.data);
  } catch (error) {
    // A lease brings the work back should this message be lost as well.
    report(error, { event: "queue.work_failed", queue });
    return { type: "retry", delaySeconds: 1 };
  }
}

/** Messages of version 1 had no sealed context: they may still be on their way while this version is deployed. */
const isOfFirstRelease = (body: unknown): boolean =>
  typeof body === "object" && body !== null && "version" in body && body.version === 1;
