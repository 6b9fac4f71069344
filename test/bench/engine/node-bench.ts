/** Interleaved runs of the engine and the papaparse pipeline in Node: `MB=100 RUNS=5 SINK=null|file node node-bench.mjs`. */

import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ByteSink } from "../../../src/catalogue/byte-writer";
import { compileProfile } from "../../../src/catalogue/profile/compile";
import { runCatalogue } from "../../../src/catalogue/run/run";
import { BENCH_PROFILE } from "./bench-profile";
import { generateCatalogue, streamOf } from "./generate";
import { runReference } from "./papaparse-reference";

const megabytes = Number(process.env["MB"] ?? 100);
const runs = Number(process.env["RUNS"] ?? 5);
const only = process.env["ONLY"];
const folder = mkdtempSync(join(process.env["TMP_DIR"] ?? tmpdir(), "engine-bench-"));
const chunks = [...generateCatalogue(megabytes * 1e6)];
const sizeBytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);

const nowhere = (): ByteSink => ({ write: () => undefined, close: () => Promise.resolve() });

function fileSink(name: string): ByteSink {
  const file = openSync(join(folder, name), "w");
  return { write: (bytes) => void writeSync(file, bytes), close: async () => closeSync(file) };
}

const contestants = {
  engine: async (sink: (name: string) => ByteSink) => {
    const outcome = await runCatalogue({
      source: streamOf(chunks),
      compressed: false,
      maxInflatedBytes: 0,
      profile: compileProfile(BENCH_PROFILE),
      mode: "correct",
      output: sink("output"),
      report: sink("report"),
      onProgress: () => "go",
    });
    if (!outcome.ok) throw new Error(outcome.error.detail);
    return outcome.value;
  },
  papaparse: (sink: (name: string) => ByteSink) =>
    runReference({
      source: streamOf(chunks),
      profile: compileProfile(BENCH_PROFILE),
      output: sink("output"),
      report: sink("report"),
    }),
};

for (const sinkName of (process.env["SINK"] ?? "null,file").split(",")) {
  const sink = sinkName === "file" ? fileSink : nowhere;
  const seconds: Record<string, number[]> = { engine: [], papaparse: [] };
  for (let run = 0; run <= runs; run++) {
    for (const [name, contestant] of Object.entries(contestants)) {
      if (only !== undefined && only !== name) continue;
      const start = performance.now();
      const { counters, findingsTotal } = await contestant(sink);
      if (run === 0) console.log(sinkName, name, JSON.stringify(counters), findingsTotal);
      else seconds[name]?.push((performance.now() - start) / 1000);
    }
  }
  const median = (list: number[]) => list.toSorted((a, b) => a - b)[list.length >> 1] ?? Number.NaN;
  const engine = median(seconds["engine"] ?? []);
  const papaparse = median(seconds["papaparse"] ?? []);
  const rate = (time: number) => `${(sizeBytes / 1e6 / time).toFixed(0)} MB/s`;
  console.log(sinkName, {
    engine: rate(engine),
    papaparse: rate(papaparse),
    ratio: (papaparse / engine).toFixed(2),
  });
}
rmSync(folder, { recursive: true });
