import type { Effort } from "./http-rows.ts";
import type { BenchRow } from "./result.ts";
import { interleave, median, ratioOf } from "./rounds.ts";

/** Each goes through the same bytes inside the bench Worker, and says how many it was given. */
export interface Passes {
  readonly measured: () => Promise<number>;
  readonly reference: () => Promise<number>;
}

/** What a row is before it is measured. */
export type PassRow = Pick<BenchRow, "name" | "what" | "reference" | "goal">;

/** MB a second. Both sides run once before anything counts. */
export async function comparePasses(
  passes: Passes,
  row: PassRow,
  { rounds, say }: Effort,
): Promise<BenchRow> {
  const perSecond = (side: keyof Passes) => async (): Promise<number> => {
    const start = performance.now();
    const bytes = await passes[side]();
    return bytes / 1e6 / ((performance.now() - start) / 1000);
  };
  const sides = { measured: perSecond("measured"), reference: perSecond("reference") };
  await sides.reference();
  await sides.measured();
  const done = await interleave(sides, rounds);
  const value = ratioOf(done);
  const megabytes = median(done.map((round) => round.measured)).toFixed(0);
  say(
    `${row.name}, ${row.what}: ${value.median.toFixed(2)} (${value.min.toFixed(2)}..${value.max.toFixed(2)}), ${megabytes} MB/s`,
  );
  return { ...row, unit: "MB/s", value, rounds: done };
}

/** The JSON of an answer that must be a good one. */
export async function call<T>(url: string, init: RequestInit = { method: "POST" }): Promise<T> {
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}
