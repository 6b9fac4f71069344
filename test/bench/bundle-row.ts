import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { buildWorker } from "../../scripts/edge/worker-build.ts";
import type { BenchRow } from "./result.ts";

/** The modules of the deployed bundle, each compressed as wrangler reports it. */
export async function bundleSize(projectRoot: string, say: (line: string) => void): Promise<BenchRow[]> {
  const { folder, modules } = await buildWorker(projectRoot, say);
  const sizes = modules.map(({ path }) => gzipSync(readFileSync(join(folder, "worker", path))).length);
  return [
    {
      name: "bundle_gzip",
      what: "the Worker's modules, gzip",
      reference: "",
      unit: "KiB",
      value: sizes.reduce((sum, size) => sum + size, 0) / 1024,
      goal: { atMost: 250 },
      rounds: [],
    },
  ];
}
