import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateCatalogue } from "./engine/generate.ts";
import type { Effort } from "./http-rows.ts";
import { comparePasses } from "./passes.ts";
import type { BenchRow } from "./result.ts";
import { median } from "./rounds.ts";

const ENGINE = join(import.meta.dirname, "engine");
const PROFILE = join(ENGINE, "bench-profile.json");
const PROFILE_OF_25 = join(ENGINE, "bench-profile-25.json");
const ROWS_OF_25 = 50_000;
/** 50,000 rows of the generated catalogue, and a few more. */
const BYTES_OF_25 = 14.5e6;

/** Whole processes of Node over a file: the engine's package, and DuckDB with two threads. Both correct the same rows. */
export async function engineVsDuckdb(root: string, bytes: number, effort: Effort): Promise<BenchRow[]> {
  return withFolder(async (folder) => {
    buildPackage(root);
    const catalogue = writeCatalogue(folder, bytes);
    const size = statSync(catalogue).size;
    let expected: number | undefined;
    const pass = (script: string, args: readonly string[]) => async (): Promise<number> => {
      const { corrections } = runScript<{ corrections: number }>(script, args);
      if (corrections !== (expected ??= corrections))
        throw new Error(
          `The contestants disagree: ${script} corrected ${corrections} rows, not ${expected}.`,
        );
      return size;
    };
    const measured = pass("engine-pass.mjs", [PROFILE, catalogue, folder]);
    const reference = pass("duckdb-pass.mjs", [catalogue, folder]);
    const row = {
      name: "engine_vs_duckdb",
      what: "engine in Node, whole process, files written",
      reference: "DuckDB, 2 threads, the same",
      goal: { atLeast: 1.6 },
    };
    return [await comparePasses({ measured, reference }, row, effort), rulesRow(folder, effort)];
  });
}

/** Seconds of a whole process over 50,000 rows and 25 rules. */
function rulesRow(folder: string, { rounds, say }: Effort): BenchRow {
  const catalogue = writeCatalogue(folder, BYTES_OF_25);
  const seconds: number[] = [];
  let rows = 0;
  for (let round = 0; round <= rounds; round++) {
    const startMs = performance.now();
    rows = runScript<{ total: number }>("engine-pass.mjs", [PROFILE_OF_25, catalogue, folder]).total;
    if (round > 0) seconds.push((performance.now() - startMs) / 1000);
  }
  if (rows < ROWS_OF_25) throw new Error(`The catalogue has ${rows} rows only.`);
  const value = median(seconds);
  say(`engine_50k_rows_25_rules: ${value.toFixed(2)} s`);
  return {
    name: "engine_50k_rows_25_rules",
    what: `${rows} rows x 25 rules, whole process`,
    reference: "",
    unit: "s",
    value,
    goal: { atMost: 0.5 },
    rounds: [],
    parts: { s: value, "million rows/s x rules": (rows * 25) / value / 1e6 },
  };
}

/** A folder that is gone afterwards. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "engine-bench-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The generated catalogue as a file there. */
export function writeCatalogue(folder: string, bytes: number): string {
  const path = join(folder, "catalogue.csv");
  const file = openSync(path, "w");
  for (const chunk of generateCatalogue(bytes)) writeSync(file, chunk);
  closeSync(file);
  return path;
}

const buildPackage = (root: string): void =>
  void execFileSync(process.execPath, [join(root, "scripts/build-engine.ts")], { stdio: "ignore" });

const runScript = <T>(script: string, args: readonly string[]): T =>
  JSON.parse(execFileSync(process.execPath, [join(ENGINE, script), ...args], { encoding: "utf8" })) as T;
