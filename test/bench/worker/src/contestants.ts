import type { ByteSink } from "../../../../src/catalogue/byte-writer";
import { compileProfile } from "../../../../src/catalogue/profile/compile";
import { runCatalogue } from "../../../../src/catalogue/run/run";
import type { Counters } from "../../../../src/domain/counters";
import { BENCH_PROFILE } from "../../engine/bench-profile";
import { generateCatalogue } from "../../engine/generate";
import { runReference } from "../../engine/papaparse-reference";
import { clearFiles, sealedFiles, type BenchFiles } from "./bench-files";

const CATALOGUE = "catalogue.csv";

interface Outcome {
  readonly counters: Counters;
  readonly findingsTotal: number;
}
type OpenSink = (name: string) => ByteSink;
type Engine = (source: ReadableStream<Uint8Array>, open: OpenSink) => Promise<Outcome>;

interface Contestant {
  readonly files: (bucket: R2Bucket) => BenchFiles;
  readonly run: Engine;
}

const engine: Engine = async (source, open) => {
  const outcome = await runCatalogue({
    source,
    compressed: false,
    maxInflatedBytes: 0,
    profile: compileProfile(BENCH_PROFILE),
    mode: "correct",
    output: open("output.csv"),
    report: open("report.ndjson"),
    onProgress: () => "go",
  });
  if (!outcome.ok) throw new Error(outcome.error.detail);
  return outcome.value;
};

const papaparse: Engine = (source, open) =>
  runReference({
    source,
    profile: compileProfile(BENCH_PROFILE),
    output: open("output.csv"),
    report: open("report.ndjson"),
  });

/** `engine` and `clear-job` do what a job does between R2 and R2, sealed and in the clear. */
const CONTESTANTS: Readonly<Record<string, Contestant>> = {
  engine: { files: sealedFiles, run: engine },
  papaparse: { files: clearFiles, run: papaparse },
  "clear-job": { files: clearFiles, run: engine },
};

/** `/engine/prepare?bytes=` stores the catalogue; `/engine/run?by=&sink=` has one contestant read it from there. */
export async function answerEngine(bucket: R2Bucket, url: URL): Promise<Response> {
  if (url.pathname === "/engine/prepare") {
    const size = Number(url.searchParams.get("bytes"));
    let bytes = 0;
    for (const files of [sealedFiles(bucket), clearFiles(bucket)]) bytes = await prepare(files, size);
    return Response.json({ bytes });
  }
  const contestant = CONTESTANTS[url.searchParams.get("by") ?? ""];
  const files = contestant?.files(bucket);
  const catalogue = await files?.open(CATALOGUE);
  if (!contestant || !files || !catalogue)
    return new Response("no such contestant or no catalogue", { status: 404 });
  const open: OpenSink =
    url.searchParams.get("sink") === "r2"
      ? (name) => files.sink(name)
      : () => ({ write: () => undefined, close: () => Promise.resolve() });
  const { counters, findingsTotal } = await contestant.run(catalogue, open);
  return Response.json({ counters, findingsTotal });
}

async function prepare(files: BenchFiles, size: number): Promise<number> {
  const sink = files.sink(CATALOGUE);
  let bytes = 0;
  for (const chunk of generateCatalogue(size)) {
    await sink.write(chunk);
    bytes += chunk.length;
  }
  await sink.close();
  return bytes;
}
