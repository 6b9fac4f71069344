import { createApp } from "./app";
import { sweep } from "./directory/sweep";
import { Directory } from "./directory/directory";
import { readConfig, type Env } from "./env";
import { consume } from "./queues/consume";
import { errorReporter } from "./telemetry/sentry";
import { tenantObject } from "./tenant-object";

export { Tenant } from "../durable-objects/tenant";

const app = createApp();

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
  queue: (batch, env, ctx) => consume(batch, env, errorReporter(readConfig(env).sentry, ctx)),
  scheduled: async (_controller, env) =>
    void (await sweep(new Directory(env.DIRECTORY), (tenantId) => tenantObject(env, tenantId).wake())),
} satisfies ExportedHandler<Env>;
