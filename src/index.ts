import { createApp } from "./app";
import { sweep } from "./directory/sweep";
import type { Env } from "./env";
import { consume } from "./queues/consume";
import { errorReporter } from "./telemetry/sentry";

export { Tenant } from "../durable-objects/tenant";

const app = createApp();

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
  queue: (batch, env, ctx) => consume(batch, env, errorReporter(env, ctx)),
  scheduled: async (_controller, env) => void (await sweep(env)),
} satisfies ExportedHandler<Env>;
