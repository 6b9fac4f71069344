import { log } from "../../../src/telemetry/logger";
import type { CommandQueue } from "../command";
import type { Stores } from "../stores";
import type { TimerKind } from "../timers";
import type { Sink } from "./drain";

/** Queues take at most this many messages in one sendBatch. */
export const SEND_BATCH_MAX = 100;

export interface QueueTerms<Message> {
  /** Whose failures are counted. */
  readonly name: string;
  /** When what could not be sent is granted again. */
  readonly timer: TimerKind;
  /** Takes back what a message stands for that was not sent; inside a command. */
  readonly giveBack: (message: Message) => void;
}

/** What was granted, to a queue: it is the leases in the object that are kept, and no message is sent a second time. */
export function queueSink<Message>(
  granted: readonly Message[],
  queue: Pick<Queue<Message>, "sendBatch">,
  { name, timer, giveBack }: QueueTerms<Message>,
  { sinks, timers }: Stores,
  commands: CommandQueue,
): Sink<readonly Message[]> {
  let batch: readonly Message[] | null = granted.length > 0 ? granted : null;
  const settle = (failures: number) => sinks.save(name, { epoch: 0, seq: 0, failures });
  return {
    load: () => batch,
    send: async (messages) => {
      await queue.sendBatch(messages.map((body) => ({ body })));
    },
    taken: async () => {
      batch = null;
      if (sinks.cursor(name).failures > 0) await commands.run(() => settle(0));
    },
    failed: async (messages, error, retryAtMs) => {
      batch = null;
      log.warn("relay.failed", { sink: name, messages: messages.length, error: String(error) });
      await commands.run(() => {
        for (const message of messages) giveBack(message);
        settle(sinks.cursor(name).failures + 1);
        timers.replace(timer, retryAtMs);
      });
    },
    failures: () => sinks.cursor(name).failures,
  };
}
