import type { Env } from "../env";
import type { ErrorReporter } from "../telemetry/error-reporter";
import { JobMessage } from "./messages";
import { runJob } from "./run-job";

/** What became of a message; the consumer alone acknowledges. */
export type Verdict =
  | { readonly type: "done" }
  | { readonly type: "retry"; readonly delaySeconds: number }
  | { readonly type: "discard"; readonly reason: string };

/** Handles a batch, each message by itself: a throw in one must not redeliver the others. */
export async function consume(batch: MessageBatch<unknown>, env: Env, report: ErrorReporter): Promise<void> {
  await Promise.all(
    batch.messages.map(async (message) => {
      const verdict = await process(message.body, env, report);
      switch (verdict.type) {
        case "done":
          return message.ack();
        case "retry":
          return message.retry({ delaySeconds: verdict.delaySeconds });
        case "discard":
          console.warn({
            event: "queue.discarded",
            queue: batch.queue,
            id: message.id,
            reason: verdict.reason,
          });
          return message.ack();
      }
    }),
  );
}

async function process(body: unknown, env: Env, report: ErrorReporter): Promise<Verdict> {
  const message = JobMessage.safeParse(body);
  if (!message.success) return { type: "discard", reason: "The message does not fit its schema." };
  try {
    return await runJob(env, message.data);
  } catch (error) {
    // The lease brings the job back should this message be lost as well.
    report(error, { event: "job.runner_failed", tenantId: message.data.tenantId, jobId: message.data.jobId });
    return { type: "retry", delaySeconds: 1 };
  }
}
