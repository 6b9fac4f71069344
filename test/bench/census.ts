import { TENANT, type BenchEdge } from "./bench-edges.ts";
import type { BenchRow } from "./result.ts";

const COMMANDS = 64;
const COUNTS_PATH = `/counts/${TENANT}`;

/** What one submit writes, by itself and per command of a full batch. */
export interface SubmitCensus {
  readonly alone: Counts;
  readonly together: Counts;
}

interface Counts {
  readonly writes: number;
  readonly rows: number;
  readonly syncs: number;
}

export async function submitCensus({ url, api, submitBody }: BenchEdge): Promise<SubmitCensus> {
  const take = async (): Promise<Counts> => (await (await fetch(url + COUNTS_PATH)).json()) as Counts;
  const submit = () => api.json("POST", "/v1/jobs", 201, JSON.parse(submitBody));
  await submit();
  await take();
  for (let i = 0; i < COMMANDS; i++) await submit();
  const alone = perCommand(await take());
  if (alone.rows === 0) throw new Error("A submit wrote no row: the counters count another object.");
  await Promise.all(Array.from({ length: COMMANDS }, submit));
  return { alone, together: perCommand(await take()) };
}

const perCommand = ({ writes, rows, syncs }: Counts): Counts => ({
  writes: writes / COMMANDS,
  rows: rows / COMMANDS,
  syncs: syncs / COMMANDS,
});

export function rowsWritten({ alone, together }: SubmitCensus): BenchRow[] {
  const row = (what: string, value: number): BenchRow => ({
    name: "rows_written_per_command",
    what,
    reference: "",
    unit: "rows",
    value,
    goal: null,
    rounds: [],
  });
  return [
    row("POST /v1/jobs, one at a time (index entries count as rows)", alone.rows),
    row("POST /v1/jobs, 64 at once", together.rows),
  ];
}

/** Counted by a wrapper around the binding that the product's app is given. */
export async function objectCalls({ api, submitBody }: BenchEdge): Promise<BenchRow[]> {
  const submitted = await api.request("POST", "/v1/jobs", JSON.parse(submitBody));
  const { id } = (await submitted.json()) as { id: string };
  const answers: readonly (readonly [string, Response])[] = [
    ["POST /v1/jobs", submitted],
    ["GET /v1/jobs/{id}", await api.request("GET", `/v1/jobs/${id}`)],
    ["GET /v1/jobs", await api.request("GET", "/v1/jobs")],
    ["GET /v1/events", await api.request("GET", "/v1/events")],
    ["POST /v1/uploads", await api.request("POST", "/v1/uploads", { filename: "a.csv", size: 1 })],
    ["POST /v1/jobs/{id}/cancel", await api.request("POST", `/v1/jobs/${id}/cancel`)],
  ];
  return answers.map(([what, { status, headers }]) => {
    if (status >= 300) throw new Error(`${what} answered ${status} in the census.`);
    return {
      name: "object_calls_per_request",
      what,
      reference: "",
      unit: "calls",
      value: Number(headers.get("x-object-calls") ?? Number.NaN),
      goal: { atMost: 1 },
      rounds: [],
    };
  });
}
