import { createApp } from "./app";
import { Directory } from "./directory/directory";
import { PlatformAudit } from "./directory/platform-audit";
import { sweep } from "./directory/sweep";
import { readConfig, type Env } from "./env";
import { consume } from "./queues/consume";
import { deliverBehind } from "./queues/deliver-events";
import { keepDeadLetters } from "./queues/keep-dead-letters";
import { resealFiles } from "./queues/reseal-files";
import { runJob } from "./queues/run-job";
import type { ErrorReporter } from "./telemetry/error-reporter";
import { errorReporter } from "./telemetry/sentry";
import { outbound } from "./webhooks/outbound";
import { tenantObject } from "./tenant-object";

export { Tenant } from "../durable-objects/tenant";

const DEAD_LETTERS = "dead-letters";

const app = createApp();

/** What fails behind a message that was acknowledged comes back by its lease. */
const guarded = (work: Promise<unknown>, report: ErrorReporter): Promise<unknown> =>
  work.catch((error: unknown) => report(error, { event: "queue.work_failed" }));

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
  queue: async (batch, env, ctx) => {
    if (batch.queue.startsWith(DEAD_LETTERS))
      return keepDeadLetters(batch, new PlatformAudit(env.DIRECTORY), () => Date.now());
    const config = readConfig(env);
    const { messageKeys, sentry } = config;
    const report = errorReporter(sentry, ctx);
    return consume(batch, {
      runJob: (message) => runJob(env, config, message),
      resealFiles: (message) => resealFiles(env, messageKeys, message),
      deliverEvents: (message) =>
        deliverBehind(
          env,
          {
            messageKeys,
            send: outbound(env),
            routed: env.ROUTED_EVENTS,
            inBackground: (work) => ctx.waitUntil(guarded(work, report)),
          },
          message,
        ),
      deadLetters: env.DEAD_LETTERS,
      report,
    });
  },
  scheduled: async (_controller, env) =>
    void (await sweep(
      new Directory(env.DIRECTORY),
      (tenantId) => tenantObject(env, tenantId).wake(),
      () => Date.now(),
    )),
} satisfies ExportedHandler<Env>;
