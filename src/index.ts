import { createApp } from "./app";
import { Directory } from "./directory/directory";
import { PlatformAudit } from "./directory/platform-audit";
import { sweep } from "./directory/sweep";
import { readConfig, type Env } from "./env";
import { consume } from "./queues/consume";
import { keepDeadLetters } from "./queues/keep-dead-letters";
import { resealFiles } from "./queues/reseal-files";
import { runJob } from "./queues/run-job";
import { errorReporter } from "./telemetry/sentry";
import { tenantObject } from "./tenant-object";

export { Tenant } from "../durable-objects/tenant";

const DEAD_LETTERS = "dead-letters";

const app = createApp();

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
  queue: async (batch, env, ctx) => {
    if (batch.queue.startsWith(DEAD_LETTERS))
      return keepDeadLetters(batch, new PlatformAudit(env.DIRECTORY), () => Date.now());
    const { messageKeys, sentry } = readConfig(env);
    return consume(batch, {
      runJob: (message) => runJob(env, messageKeys, message),
      resealFiles: (message) => resealFiles(env, messageKeys, message),
      deadLetters: env.DEAD_LETTERS,
      report: errorReporter(sentry, ctx),
    });
  },
  scheduled: async (_controller, env) =>
    void (await sweep(
      new Directory(env.DIRECTORY),
      (tenantId) => tenantObject(env, tenantId).wake(),
      () => Date.now(),
    )),
} satisfies ExportedHandler<Env>;
