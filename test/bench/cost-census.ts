import { setTimeout as delay } from "node:timers/promises";
import type { BenchEdge, BenchTenant } from "./bench-edges.ts";
import type { Effort } from "./http-rows.ts";
import { call } from "./passes.ts";
import type { BenchRow } from "./result.ts";
import { WebhookReceiver } from "./webhook-receiver.ts";
import { subscribe } from "./webhook-rows.ts";

const BURST = 64;
/** Nothing was counted for so long: everything that an event has to cause is done. */
const QUIET_MS = 600;
const POLL_MS = 100;

type Costs = Readonly<Record<string, number>>;

/**
 * What an event costs from the request that makes it to the read model and the receiver, that request included. The
 * archive and heartbeats come minutes later, for many events at once, and are not in it.
 */
export async function costPerEvent(edge: BenchEdge, { rounds }: Effort): Promise<BenchRow[]> {
  const receiver = new WebhookReceiver();
  await receiver.listen();
  try {
    const alone = await edge.tenantAt("/cost", "t_cost");
    const rows = await census(edge, alone, rounds, "no webhook");
    const told = await edge.tenantAt("/cost", "t_cost_told");
    await subscribe(edge, told, receiver.url("t_cost_told"));
    return [...rows, ...(await census(edge, told, rounds, "one webhook"))];
  } finally {
    receiver.close();
  }
}

async function census(
  edge: BenchEdge,
  tenant: BenchTenant,
  samples: number,
  listeners: string,
): Promise<BenchRow[]> {
  await settled(edge);
  await costOf(edge, tenant, 1);
  const rows: BenchRow[] = [];
  for (const [events, what] of [
    [1, "one event alone"],
    [BURST, `${BURST} at once`],
  ] as const) {
    const counted: Costs[] = [];
    for (let sample = 0; sample < samples; sample++) counted.push(await costOf(edge, tenant, events));
    rows.push(rowOf(`${what}, ${listeners}`, scaled(sum(counted), 1 / (samples * events))));
  }
  return rows;
}

async function costOf(edge: BenchEdge, { base, token, submitBody }: BenchTenant, events: number) {
  const submit = () =>
    call(`${base}/v1/jobs`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: submitBody,
    });
  await Promise.all(Array.from({ length: events }, submit));
  return settled(edge);
}

async function settled({ url }: BenchEdge): Promise<Costs> {
  const taken: Costs[] = [];
  for (let quietMs = 0; quietMs < QUIET_MS; quietMs += POLL_MS) {
    await delay(POLL_MS);
    const costs = await call<Costs>(`${url}/costs`);
    if (Object.values(costs).some((value) => value > 0)) quietMs = 0;
    taken.push(costs);
  }
  return sum(taken);
}

function sum(all: readonly Costs[]): Costs {
  const total: Record<string, number> = {};
  for (const costs of all)
    for (const [name, value] of Object.entries(costs)) total[name] = (total[name] ?? 0) + value;
  return total;
}

const scaled = (costs: Costs, by: number): Costs =>
  Object.fromEntries(Object.entries(costs).map(([name, value]) => [name, value * by]));

/** The rows of object and database together; what else there was beside them. */
const rowOf = (what: string, parts: Costs): BenchRow => ({
  name: "cost_per_event",
  what,
  reference: "",
  unit: "rows",
  value: (parts["objectRows"] ?? 0) + (parts["d1Rows"] ?? 0),
  goal: null,
  rounds: [],
  parts,
});
