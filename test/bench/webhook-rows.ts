import { setTimeout as delay } from "node:timers/promises";
import { Api } from "../../scripts/client/api.ts";
import { startProduct, type BenchEdge, type BenchTenant } from "./bench-edges.ts";
import type { Effort } from "./http-rows.ts";
import { call } from "./passes.ts";
import type { BenchRow, Goal } from "./result.ts";
import { WebhookReceiver, type Arrival } from "./webhook-receiver.ts";

const NAME = "webhook_latency";
const TENANTS = 100;
const STEADY_PER_SECOND = 40;
const SATURATING = 16;

/**
 * From commit to receiver, of the product as it is served, with so many tenants active and a webhook each. The receiver
 * and the clients are in this process, on the same cores.
 */
export async function webhookLatency(effort: Effort): Promise<BenchRow[]> {
  // A server of its own: its endpoints would go on to be told of while others are measured.
  const product = await startProduct();
  const receiver = new WebhookReceiver();
  try {
    await receiver.listen();
    const tenants = await subscribedTenants(product, receiver);
    effort.say(`${NAME}: ${TENANTS} tenants with a webhook each`);
    for (const tenant of tenants) await submit(tenant);
    await receiver.take(TENANTS);
    const ms = effort.rounds * effort.roundMs * 2;

    await product.idle();
    const steady = await steadily(tenants, receiver, ms);
    const what = `commit to receiver, P95, ${TENANTS} tenants`;
    const rows = [latencyRow(`${what}, ${STEADY_PER_SECOND} events/s`, steady, { atMost: 300 })];
    await product.idle();
    const saturated = await saturating(tenants, receiver, ms / 2);
    rows.push(latencyRow(`${what}, at saturation c=${SATURATING}`, saturated, null));
    return rows;
  } finally {
    receiver.close();
    await product.stop();
  }
}

interface Load {
  readonly seconds: number;
  readonly arrivals: readonly Arrival[];
}

/** One command after the other at its time, whether or not the one before is answered, each of the next tenant. */
async function steadily(
  tenants: readonly BenchTenant[],
  receiver: WebhookReceiver,
  ms: number,
): Promise<Load> {
  const commands: Promise<unknown>[] = [];
  const startMs = performance.now();
  const count = Math.round((ms / 1000) * STEADY_PER_SECOND);
  for (let made = 0; made < count; made++) {
    await delay(Math.max(1, startMs + (made * 1000) / STEADY_PER_SECOND - performance.now()));
    commands.push(submit(tenants[made % tenants.length] as BenchTenant));
  }
  await Promise.all(commands);
  return arrived(receiver, count, startMs);
}

/** As many commands as are answered, so many in flight, over all tenants in turn. */
async function saturating(
  tenants: readonly BenchTenant[],
  receiver: WebhookReceiver,
  ms: number,
): Promise<Load> {
  const startMs = performance.now();
  let made = 0;
  const line = async (): Promise<void> => {
    while (performance.now() - startMs < ms) await submit(tenants[made++ % tenants.length] as BenchTenant);
  };
  await Promise.all(Array.from({ length: SATURATING }, line));
  return arrived(receiver, made, startMs);
}

async function arrived(receiver: WebhookReceiver, count: number, startMs: number): Promise<Load> {
  const arrivals = await receiver.take(count);
  const lastMs = Math.max(...arrivals.map(({ atMs }) => atMs));
  return { arrivals, seconds: (lastMs - performance.timeOrigin - startMs) / 1000 };
}

/** One event: nothing of these tenants runs. */
const submit = ({ base, token, submitBody }: BenchTenant): Promise<unknown> =>
  call(`${base}/v1/jobs`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: submitBody,
  });

async function subscribedTenants(product: BenchEdge, receiver: WebhookReceiver): Promise<BenchTenant[]> {
  const tenants: BenchTenant[] = [];
  for (let n = 0; n < TENANTS; n++) {
    const tenant = await product.tenantAt("", `t_hook_${n}`);
    await subscribe(product, tenant, receiver.url(`t_hook_${n}`));
    tenants.push(tenant);
  }
  return tenants;
}

export async function subscribe({ url }: BenchEdge, { base, token }: BenchTenant, to: string): Promise<void> {
  await new Api(url, token).json("POST", `${base}/v1/webhooks`, 201, { url: to });
}

function latencyRow(what: string, { arrivals, seconds }: Load, goal: Goal | null): BenchRow {
  const lags = arrivals.map(({ lagMs }) => lagMs).sort((a, b) => a - b);
  const percentile = (share: number) => lags[Math.ceil(lags.length * share) - 1] ?? Number.NaN;
  const parts = {
    P50: percentile(0.5),
    P99: percentile(0.99),
    max: percentile(1),
    events: lags.length,
    "events/s": lags.length / seconds,
  };
  return {
    name: NAME,
    what,
    reference: "",
    unit: "ms",
    value: percentile(0.95),
    goal,
    rounds: [],
    parts,
  };
}
