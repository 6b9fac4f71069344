import type { BenchEdge } from "./bench-edges.ts";
import { HttpLoad } from "./http-load.ts";
import type { Effort } from "./http-rows.ts";
import type { BenchRow } from "./result.ts";

const NAME = "validate_row_latency";
const PROFILE = "mercado_livre@1.0.0";
const CONNECTIONS = 4;

/** Each of its cells has a rule, and four of them are corrected. */
const ROW = {
  sku: "CEL-0001",
  title: "Smartphone  Galaxy A54 128 GB Preto",
  price: "1.899,90",
  currency_id: "R$",
  available_quantity: 12,
  condition: "novo",
  listing_type_id: "classico",
  shipping_mode: "me2",
  category_id: "MLB1051",
  pictures: "https://img.example.com/1.jpg,https://img.example.com/2.jpg",
};

/** One row judged and corrected, as a form would have it done, from the request to its answer. */
export async function validateRowLatency(product: BenchEdge, effort: Effort): Promise<BenchRow[]> {
  const load = new HttpLoad(
    {
      url: `${product.url}/v1/validate/row?rules_profile_id=${PROFILE}&type=correction`,
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${product.token}` },
      body: JSON.stringify({ row: ROW }),
      status: 200,
    },
    CONNECTIONS,
  );
  await product.idle();
  await load.perSecond(effort.warmUpMs);
  const latencies = await load.latenciesMs(effort.rounds * effort.roundMs);
  const percentile = (share: number) => latencies[Math.ceil(latencies.length * share) - 1] ?? Number.NaN;
  const value = percentile(0.95);
  effort.say(`${NAME} c=${CONNECTIONS}: P95 ${value.toFixed(2)} ms`);
  return [
    {
      name: NAME,
      what: `POST /v1/validate/row, P95, ${PROFILE} c=${CONNECTIONS}`,
      reference: "",
      unit: "ms",
      value,
      goal: { atMost: 10 },
      rounds: [],
      parts: { P50: percentile(0.5), P99: percentile(0.99), answers: latencies.length },
    },
  ];
}
