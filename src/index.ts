import { createApp } from "./app";
import { sweep } from "./directory/sweep";
import type { Env } from "./env";
import { consume } from "./queues/consume";

export { Tenant } from "../durable-objects/tenant";

const app = createApp();

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
  queue: (batch, env) => consume(batch, env),
  scheduled: (_controller, env) => sweep(env),
} satisfies ExportedHandler<Env>;
