import { createApp } from "../../../../src/app";
import product from "../../../../src/index";
import { tenantObjectName } from "../../../../src/domain/tenant";
import { parseTenantId } from "../../../../src/domain/tenant-id";
import type { BenchEnv } from "./bench-env";
import { authenticated } from "./authenticated";
import { answerEngine } from "./contestants";
import { costEnv, takeCosts } from "./cost-tenant";
import { countCalls, type CountedTenant } from "./counted-tenant";
import { answerCodec } from "./file-codec";
import { answerReference } from "./reference";
import { servedVariant } from "./served-variants";
import { answerShard } from "./shard-writes";
import { answerUpload } from "./uploads";

export { Tenant } from "../../../../durable-objects/tenant";
export { ClearTenant } from "./clear-tenant";
export { CostTenant } from "./cost-tenant";
export { CountedTenant } from "./counted-tenant";
export { Reference } from "./reference";
export { RelayTenant } from "./relay-tenant";

const app = createApp();

export default {
  /** References first, so that what else is served here costs them nothing. */
  async fetch(request, env, ctx) {
    const path = request.url.slice(request.url.indexOf("/", 8));
    if (path.startsWith("/reference/")) return answerReference(env, request, path);
    if (path.startsWith("/authentication/")) return authenticated.fetch(request, env, ctx);
    if (path.startsWith("/codec/")) return answerCodec(new URL(request.url));
    if (path.startsWith("/engine/")) return answerEngine(env.FILES, new URL(request.url));
    if (path.startsWith("/upload/")) return answerUpload(env.FILES, request, path);
    if (path.startsWith("/shard/")) return answerShard(env, new URL(request.url));
    if (path.startsWith("/counts/")) return answerCounts(env, path);
    if (path === "/costs") return Response.json(takeCosts());
    const variant = servedVariant(env, request, path);
    if (variant) return app.fetch(variant.request, variant.env, ctx);

    const { counted, calls } = countCalls(env);
    const response = await app.fetch(request, counted, ctx);
    const answer = new Response(response.body, response);
    answer.headers.set("X-Object-Calls", String(calls()));
    return answer;
  },
  /** Wake-ups of the only tenants here that have webhooks. */
  queue: (batch, env, ctx) => product.queue(batch, costEnv(env), ctx),
} satisfies ExportedHandler<BenchEnv>;

/** `/counts/{tenant}`: what the object has counted since it was last asked. */
async function answerCounts(env: BenchEnv, path: string): Promise<Response> {
  const tenants = env.TENANTS as unknown as DurableObjectNamespace<CountedTenant>;
  const tenantId = parseTenantId(path.slice("/counts/".length));
  if (tenantId === null) return new Response(null, { status: 404 });
  const tenant = tenants.getByName(tenantObjectName(tenantId));
  return Response.json(await tenant.takeCounts());
}
