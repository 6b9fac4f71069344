import type { BenchEdge } from "./bench-edges.ts";
import type { Effort } from "./http-rows.ts";
import { call, comparePasses, type PassRow } from "./passes.ts";
import type { BenchRow } from "./result.ts";

/** What the bench Worker calls two ways of doing a job, and where they write to. */
export interface Contest {
  readonly measured: string;
  readonly reference: string;
  readonly sink: "null" | "r2";
}

const ENGINES = { measured: "engine", reference: "papaparse" } as const;
const SINKS = [
  { sink: "null", what: "engine, into nothing", goal: { atLeast: 2.3 } },
  { sink: "r2", what: "engine, output and report to R2", goal: { atLeast: 1.8 } },
] as const;

/** Both read the same catalogue from R2, the engine sealed as the product does. */
export async function engineVsPapaparse(edge: BenchEdge, bytes: number, effort: Effort): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const { sink, what, goal } of SINKS) {
    const row = { name: "engine_vs_papaparse", what, reference: "papaparse, the same", goal };
    rows.push(await compareEngines(edge, bytes, { ...ENGINES, sink }, row, effort));
  }
  return rows;
}

/** Inside workerd, over a catalogue in R2; MB of input a second. Both must find the same in it. */
export async function compareEngines(
  { url }: BenchEdge,
  bytes: number,
  { measured, reference, sink }: Contest,
  row: PassRow,
  effort: Effort,
): Promise<BenchRow> {
  const stored = await call<{ bytes: number }>(`${url}/engine/prepare?bytes=${bytes}`);
  effort.say(`${row.name}: a catalogue of ${(stored.bytes / 1e6).toFixed(0)} MB`);
  let expected: string | undefined;
  const pass = (by: string) => async (): Promise<number> => {
    const outcome = JSON.stringify(await call(`${url}/engine/run?by=${by}&sink=${sink}`));
    if (outcome !== (expected ??= outcome))
      throw new Error(`The contestants disagree: ${by} found ${outcome}, the first one ${expected}.`);
    return stored.bytes;
  };
  return comparePasses({ measured: pass(measured), reference: pass(reference) }, row, effort);
}
