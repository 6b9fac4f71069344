import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { build } from "esbuild";
import type { Effort } from "./http-rows.ts";
import { withFolder, writeCatalogue } from "./process-rows.ts";
import type { BenchRow } from "./result.ts";

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
/** Has the allocator return what is freed, so that its own reserve is not counted as the job's. */
const GIVES_BACK = {
  MALLOC_ARENA_MAX: "1",
  MALLOC_TRIM_THRESHOLD_: "131072",
  MALLOC_MMAP_THRESHOLD_: "65536",
};

/** US dollars, Cloudflare's list prices of Workers and R2 in November 2026: per CPU millisecond, per write, per read. */
const PRICES = { cpuMs: 0.02e-6, write: 4.5e-6, read: 0.36e-6 };
/** A read, a report of progress a second and a checkpoint of each 64 MiB cost so little beside the parts. */
const READS_PER_GIB = 1 + 16;

interface Pass {
  readonly bytesRead: number;
  readonly aboveIdleBytes: number;
  readonly cpuMs: number;
  readonly writes: number;
}

/**
 * What one job holds above what its process holds idle, in MiB, for a catalogue of 100 MB and for one of 1 GiB, and
 * what a GiB costs by list prices.
 */
export async function engineMemory({ say }: Effort, isQuick: boolean): Promise<BenchRow[]> {
  return withFolder(async (folder) => {
    const script = join(folder, "memory-pass.mjs");
    await build({
      entryPoints: [join(import.meta.dirname, "engine/memory-pass.ts")],
      bundle: true,
      platform: "node",
      format: "esm",
      outfile: script,
      logLevel: "warning",
    });
    const passes = (isQuick ? [100e6] : [100e6, GIB]).map((bytes) => passOver(script, folder, bytes));
    for (const { bytesRead, aboveIdleBytes } of passes)
      say(`engine_memory: ${(aboveIdleBytes / MIB).toFixed(1)} MiB above idle for ${inMegabytes(bytesRead)}`);
    return [...passes.map(memoryRow), ...passes.slice(-1).map(costRow)];
  });
}

function passOver(script: string, folder: string, bytes: number): Pass {
  const flags = ["--expose-gc", "--max-old-space-size=16", "--max-semi-space-size=1"];
  const options = { encoding: "utf8", env: { ...process.env, ...GIVES_BACK } } as const;
  const said = execFileSync(process.execPath, [...flags, script, writeCatalogue(folder, bytes)], options);
  return JSON.parse(said) as Pass;
}

const memoryRow = ({ bytesRead, aboveIdleBytes }: Pass): BenchRow => ({
  name: "engine_memory",
  what: `a running job of ${inMegabytes(bytesRead)}`,
  reference: "",
  unit: "MiB",
  value: aboveIdleBytes / MIB,
  goal: { atMost: 40 },
  rounds: [],
});

function costRow({ bytesRead, cpuMs, writes }: Pass): BenchRow {
  const gib = bytesRead / GIB;
  const parts = { "CPU s": cpuMs / 1000 / gib, "R2 writes": writes / gib, "R2 reads": READS_PER_GIB };
  const dollars = (cpuMs / gib) * PRICES.cpuMs + (writes / gib) * PRICES.write + READS_PER_GIB * PRICES.read;
  return {
    name: "engine_cost_per_gib",
    what: "US cents for correcting a GiB, by list prices",
    reference: "",
    unit: "per GiB",
    value: dollars * 100,
    goal: null,
    rounds: [],
    parts,
  };
}

const inMegabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
