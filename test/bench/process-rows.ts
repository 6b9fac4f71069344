import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
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
const MIB = 1024 ** 2;
/** Has the allocator return what is freed, so that its own reserve is not counted as the job's. */
const GIVES_BACK = {
  MALLOC_ARENA_MAX: "1",
  MALLOC_TRIM_THRESHOLD_: "131072",
  MALLOC_MMAP_THRESHOLD_: "65536",
};

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

/** What one job holds above what its process holds idle, in MiB, for a catalogue of 100 MB and for one of 1 GiB. */
export async function engineMemory({ say }: Effort, isQuick: boolean): Promise<BenchRow[]> {
  return withFolder(async (folder) => {
    const script = join(folder, "memory-pass.mjs");
    await build({
      entryPoints: [join(ENGINE, "memory-pass.ts")],
      bundle: true,
      platform: "node",
      format: "esm",
      outfile: script,
      logLevel: "warning",
    });
    return (isQuick ? [100e6] : [100e6, 1024 ** 3]).map((bytes): BenchRow => {
      const catalogue = writeCatalogue(folder, bytes);
      const { aboveIdleBytes } = JSON.parse(
        execFileSync(
          process.execPath,
          ["--expose-gc", "--max-old-space-size=16", "--max-semi-space-size=1", script, catalogue],
          { encoding: "utf8", env: { ...process.env, ...GIVES_BACK } },
        ),
      ) as { aboveIdleBytes: number };
      const value = aboveIdleBytes / MIB;
      const what = `a running job of ${Math.round(bytes / 1e6)} MB`;
      say(`engine_memory, ${what}: ${value.toFixed(1)} MiB above idle`);
      return {
        name: "engine_memory",
        what,
        reference: "",
        unit: "MiB",
        value,
        goal: { atMost: 40 },
        rounds: [],
      };
    });
  });
}

async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "engine-bench-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function writeCatalogue(folder: string, bytes: number): string {
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
