import { writeFileSync } from "node:fs";
import { cpus, platform, release, totalmem } from "node:os";
import { createRequire } from "node:module";
import { join } from "node:path";
import {
  isTmpfs,
  startBenchWorker,
  startProduct,
  syncMs,
  type BenchEdge,
} from "../test/bench/bench-edges.ts";
import { bundleSize } from "../test/bench/bundle-row.ts";
import { fileCodecVsAesGcm } from "../test/bench/codec-rows.ts";
import { objectCalls, rowsWritten, submitCensus } from "../test/bench/census.ts";
import { costPerEvent } from "../test/bench/cost-census.ts";
import { engineVsPapaparse } from "../test/bench/engine-rows.ts";
import { authCachedOverhead, getJobVsNoop, submitVsRawTx, type Effort } from "../test/bench/http-rows.ts";
import { engineMemory } from "../test/bench/memory-rows.ts";
import { engineVsDuckdb } from "../test/bench/process-rows.ts";
import { relayVsJsonEach } from "../test/bench/relay-rows.ts";
import { sealingOverhead } from "../test/bench/sealing-rows.ts";
import { isMet, table, type BenchRow } from "../test/bench/result.ts";
import { validateRowLatency } from "../test/bench/validate-rows.ts";
import { median } from "../test/bench/rounds.ts";
import { webhookLatency } from "../test/bench/webhook-rows.ts";
import { readOptions, runCommand, UsageError } from "./command-line.ts";

const PROJECT_ROOT = join(import.meta.dirname, "..");
const RESULTS = join(PROJECT_ROOT, "bench-results.json");

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const FULL: Effort = { rounds: 7, roundMs: 1500, warmUpMs: 1500, say };
const QUICK: Effort = { rounds: 3, roundMs: 600, warmUpMs: 600, say };
const FULL_CATALOGUE_BYTES = 64e6;
const QUICK_CATALOGUE_BYTES = 24e6;

interface Servers {
  readonly product: () => Promise<BenchEdge>;
  readonly bench: () => Promise<BenchEdge>;
}
type Measure = (servers: Servers, effort: Effort, catalogueBytes: number) => Promise<BenchRow[]>;

const MEASURES: Readonly<Record<string, Measure>> = {
  get_job_vs_do_noop: async ({ product, bench }, effort) =>
    getJobVsNoop(await product(), await bench(), effort),
  submit_job_vs_raw_tx: async ({ product, bench }, effort) =>
    submitVsRawTx(await product(), await bench(), effort),
  auth_cached_overhead: async ({ bench }, effort) => authCachedOverhead(await bench(), effort),
  validate_row_latency: async ({ product }, effort) => validateRowLatency(await product(), effort),
  engine_vs_papaparse: async ({ bench }, effort, bytes) => engineVsPapaparse(await bench(), bytes, effort),
  engine_vs_duckdb: (_servers, effort, bytes) => engineVsDuckdb(PROJECT_ROOT, bytes, effort),
  engine_memory: (_servers, effort, bytes) => engineMemory(effort, bytes < FULL_CATALOGUE_BYTES),
  file_codec_vs_aes_gcm: async ({ bench }, effort, bytes) =>
    fileCodecVsAesGcm(await bench(), Math.round(bytes / 2e6), effort),
  sealing_overhead: async ({ bench }, effort, bytes) => sealingOverhead(await bench(), bytes, effort),
  relay_vs_json_each: async ({ bench }, effort) => relayVsJsonEach(await bench(), effort),
  webhook_latency: (_servers, effort) => webhookLatency(effort),
  cost_per_event: async ({ bench }, effort) => costPerEvent(await bench(), effort),
  object_calls_per_request: async ({ bench }) => objectCalls(await bench()),
  rows_written_per_command: async ({ bench }) => rowsWritten(await submitCensus(await bench())),
  bundle_gzip: () => bundleSize(PROJECT_ROOT, say),
};

const USAGE = `usage: npm run bench -- [--only NAME ...] [--quick]
  --only   measures only this; may be repeated: ${Object.keys(MEASURES).join(", ")}
  --quick  fewer and shorter rounds, a smaller catalogue`;

await runCommand(USAGE, async () => {
  const { only, quick } = readOptions({
    only: { type: "string", multiple: true, default: [] },
    quick: { type: "boolean", default: false },
  });
  const chosen = only.length > 0 ? only : Object.keys(MEASURES);
  const measures = chosen.map((name) => {
    const measure = MEASURES[name];
    if (!measure) throw new UsageError(`There is no measurement "${name}".`);
    return measure;
  });

  const machine = describeMachine();
  say(
    `${machine.cores} x ${machine.processor}, Node ${machine.node}, state on ${machine.state}, ${machine.syncMs} ms a sync`,
  );
  const rows: BenchRow[] = [];
  const started: BenchEdge[] = [];
  const effort = quick ? QUICK : FULL;
  try {
    const servers = { product: once(startProduct, started), bench: once(startBenchWorker, started) };
    for (const measure of measures)
      rows.push(...(await measure(servers, effort, quick ? QUICK_CATALOGUE_BYTES : FULL_CATALOGUE_BYTES)));
  } finally {
    for (const edge of started) await edge.stop();
  }

  console.log(table(rows, absolute));
  const results = {
    measuredAt: new Date().toISOString(),
    quick,
    machine,
    rows: rows.map((row) => ({ ...row, met: isMet(row) })),
  };
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  say("wrote bench-results.json");
});

function absolute({ rounds, unit, parts }: BenchRow): string {
  if (parts) return `${unit}: ${partsText(parts)}`;
  if (rounds.length === 0) return unit;
  const measured = median(rounds.map((round) => round.measured));
  const reference = median(rounds.map((round) => round.reference));
  return `${Math.round(measured)} / ${Math.round(reference)} ${unit}`;
}

function partsText(parts: Readonly<Record<string, number>>): string {
  const texts = Object.entries(parts).map(([name, value]) => `${name} ${Math.round(value * 100) / 100}`);
  return texts.join(", ");
}

/** A server is started by the first measurement that asks for it, and shared by the others. */
function once(start: () => Promise<BenchEdge>, started: BenchEdge[]): () => Promise<BenchEdge> {
  let known: Promise<BenchEdge> | undefined;
  return () =>
    (known ??= start().then((edge) => {
      started.push(edge);
      return edge;
    }));
}

function describeMachine() {
  const version = (name: string): string =>
    (createRequire(import.meta.url)(`${name}/package.json`) as { version: string }).version;
  return {
    platform: `${platform()} ${release()}`,
    processor: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
    miniflare: version("miniflare"),
    papaparse: version("papaparse"),
    state: isTmpfs() ? "tmpfs" : "a disk",
    syncMs: Math.round(syncMs() * 100) / 100,
  };
}
