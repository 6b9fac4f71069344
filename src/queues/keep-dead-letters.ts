import type { PlatformAudit } from "../directory/platform-audit";
import { log } from "../telemetry/logger";
import { v7 as uuidV7 } from "uuid";
import { bodyText, DeadLetter } from "./messages";

/**
 * The end of the line: each message is kept for operators, with an entry in the platform's audit, in one
 * transaction. It acts on nothing that a message says. What Queues itself gave up on arrives as it was.
 */
export async function keepDeadLetters(
  batch: MessageBatch<unknown>,
  audit: PlatformAudit,
  nowMs: () => number,
): Promise<void> {
  for (const message of batch.messages) {
    const letter = letterOf(message);
    try {
      await audit.keepDeadLetter(letter, uuidV7(), nowMs());
      log.error("queue.dead_letter", { queue: letter.queue, messageId: letter.id, reason: letter.reason });
      message.ack();
    } catch (error) {
      log.error("queue.dead_letter", { messageId: letter.id, error: String(error) });
      message.retry({ delaySeconds: 600 });
    }
  }
}

function letterOf({ id, body }: Message<unknown>): DeadLetter {
  const refused = DeadLetter.safeParse(body);
  if (refused.success) return refused.data;
  return {
    version: 1,
    id,
    queue: "unknown",
    reason: "The message was retried as often as its queue allows.",
    body: bodyText(body),
  };
}
