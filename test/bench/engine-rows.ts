import type { BenchEdge } from "./bench-edges.ts";
import type { Effort } from "./http-rows.ts";
import type { BenchRow } from "./result.ts";
import { interleave, ratioOf } from "./rounds.ts";

const SINKS = [
  { sink: "null", what: "into nothing", goal: { atLeast: 1.9 } },
  { sink: "r2", what: "output and report to R2", goal: { atLeast: 1.5 } },
] as const;
type Contestant = "engine" | "papaparse";

/** Both read the same catalogue from R2 inside workerd; MB of input a second. */
export async function engineVsPapaparse(
  { url }: BenchEdge,
  bytes: number,
  { rounds, say }: Effort,
): Promise<BenchRow[]> {
  const call = async <T>(path: string): Promise<T> => {
    const response = await fetch(url + path, { method: "POST" });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  const stored = await call<{ bytes: number }>(`/engine/prepare?bytes=${bytes}`);
  const megabytes = stored.bytes / 1e6;
  say(`engine_vs_papaparse: a catalogue of ${megabytes.toFixed(0)} MB`);

  const rows: BenchRow[] = [];
  for (const { sink, what, goal } of SINKS) {
    const outcomes = new Map<Contestant, string>();
    const run = async (by: Contestant): Promise<number> => {
      const start = performance.now();
      outcomes.set(by, JSON.stringify(await call(`/engine/run?by=${by}&sink=${sink}`)));
      return megabytes / ((performance.now() - start) / 1000);
    };
    await run("papaparse");
    await run("engine");
    if (outcomes.get("engine") !== outcomes.get("papaparse"))
      throw new Error(`The contestants disagree: ${[...outcomes].flat().join(" ")}`);
    const done = await interleave(
      { measured: () => run("engine"), reference: () => run("papaparse") },
      rounds,
    );
    const value = ratioOf(done);
    say(
      `engine_vs_papaparse, ${what}: ${value.median.toFixed(2)} (${value.min.toFixed(2)}..${value.max.toFixed(2)})`,
    );
    rows.push({
      name: "engine_vs_papaparse",
      what: `engine, ${what}`,
      reference: "papaparse, the same",
      unit: "MB/s",
      value,
      goal,
      rounds: done,
    });
  }
  return rows;
}
