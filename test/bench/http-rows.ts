import { TENANT, type BenchEdge } from "./bench-edges.ts";
import { submitCensus } from "./census.ts";
import { HttpLoad, type LoadRequest } from "./http-load.ts";
import type { BenchRow, Goal } from "./result.ts";
import { interleave, ratioOf } from "./rounds.ts";

export interface Effort {
  readonly rounds: number;
  readonly roundMs: number;
  readonly warmUpMs: number;
  readonly say: (line: string) => void;
}

export interface Pair {
  readonly measured: { readonly edge: BenchEdge; readonly request: LoadRequest };
  readonly reference: { readonly edge: BenchEdge; readonly request: LoadRequest };
}

export async function getJobVsNoop(
  product: BenchEdge,
  bench: BenchEdge,
  effort: Effort,
): Promise<BenchRow[]> {
  const { id } = await product.api.json<{ id: string }>(
    "POST",
    "/v1/jobs",
    201,
    JSON.parse(product.submitBody),
  );
  const pair: Pair = {
    measured: {
      edge: product,
      request: {
        url: `${product.url}/v1/jobs/${id}`,
        method: "GET",
        headers: { Authorization: `Bearer ${product.token}` },
        status: 200,
      },
    },
    reference: {
      edge: bench,
      request: { url: `${bench.url}/reference/noop/${TENANT}`, method: "GET", status: 200 },
    },
  };
  const what = {
    name: "get_job_vs_do_noop",
    what: "GET /v1/jobs/{id}",
    reference: "object call that does nothing",
  };
  return [
    await compare(pair, 16, { ...what, goal: { atLeast: 0.75 } }, effort),
    await compare(pair, 1, { ...what, goal: null }, effort),
  ];
}

/** The reference commits as many rows by as many statements as a submit that is alone in its transaction. */
export async function submitVsRawTx(
  product: BenchEdge,
  bench: BenchEdge,
  effort: Effort,
): Promise<BenchRow[]> {
  const { alone } = await submitCensus(bench);
  const writes = Math.round(alone.writes);
  const indexed = Math.round(alone.rows) - writes;
  const path = `/reference/raw-tx/${TENANT}/${writes - indexed}/${indexed}`;
  const json = { "Content-Type": "application/json" };
  const pair: Pair = {
    measured: {
      edge: product,
      request: {
        url: `${product.url}/v1/jobs`,
        method: "POST",
        headers: { ...json, Authorization: `Bearer ${product.token}` },
        body: product.submitBody,
        status: 201,
      },
    },
    reference: {
      edge: bench,
      request: { url: bench.url + path, method: "POST", headers: json, body: bench.submitBody, status: 201 },
    },
  };
  const what = {
    name: "submit_job_vs_raw_tx",
    what: "POST /v1/jobs",
    reference: `a transaction of ${Math.round(alone.rows)} rows a call`,
  };
  return [
    await compare(pair, 16, { ...what, goal: { atLeast: 0.8 } }, effort),
    await compare(pair, 50, { ...what, goal: { atLeast: 2 } }, effort),
    await compare(pair, 1, { ...what, goal: null }, effort),
  ];
}

/**
 * What authentication and tenant resolution add to an object call, with a credential that was met before: at most a
 * quarter of the call's time is at least 0.8 of its throughput.
 */
export async function authCachedOverhead(bench: BenchEdge, effort: Effort): Promise<BenchRow[]> {
  const { key } = await bench.api.json<{ key: string }>("POST", "/v1/api-keys", 201, {
    name: "bench",
    scopes: ["jobs:read"],
  });
  const pair = (credential: string): Pair => {
    const headers = { Authorization: `Bearer ${credential}` };
    const to = (path: string) => ({
      edge: bench,
      request: { url: `${bench.url}/authentication/${path}`, method: "GET" as const, headers, status: 200 },
    });
    return { measured: to("with"), reference: to(`without/${TENANT}`) };
  };
  const row = (what: string, goal: Goal | null) => ({
    name: "auth_cached_overhead",
    what,
    reference: "the same object call without authentication",
    goal,
  });
  return [
    await compare(pair(bench.token), 16, row("object call, cached token", { atLeast: 0.8 }), effort),
    await compare(pair(key), 16, row("object call, API key", null), effort),
  ];
}

/** Answers a second, by as many connections; nothing of an earlier round is left to do when one begins. */
export async function compare(
  pair: Pair,
  connections: number,
  row: {
    readonly name: string;
    readonly what: string;
    readonly reference: string;
    readonly goal: Goal | null;
  },
  { rounds, roundMs, warmUpMs, say }: Effort,
): Promise<BenchRow> {
  const loads = {
    measured: new HttpLoad(pair.measured.request, connections),
    reference: new HttpLoad(pair.reference.request, connections),
  };
  const round = async (side: keyof Pair, ms: number): Promise<number> => {
    await pair.measured.edge.idle();
    await pair.reference.edge.idle();
    return loads[side].perSecond(ms);
  };
  await round("reference", warmUpMs);
  await round("measured", warmUpMs);
  const done = await interleave(
    { measured: () => round("measured", roundMs), reference: () => round("reference", roundMs) },
    rounds,
  );
  const value = ratioOf(done);
  say(
    `${row.name} c=${connections}: ${value.median.toFixed(2)} (${value.min.toFixed(2)}..${value.max.toFixed(2)})`,
  );
  return { ...row, what: `${row.what} c=${connections}`, unit: "req/s", value, rounds: done };
}
