import type { ByteSink } from "../../../../src/catalogue/byte-writer";
import { compileProfile } from "../../../../src/catalogue/compile";
import { runCatalogue } from "../../../../src/catalogue/run";
import type { Counters } from "../../../../src/domain/counters";
import { MultipartSink } from "../../../../src/storage/multipart-sink";
import { BENCH_PROFILE } from "../../engine/bench-profile";
import { generateCatalogue } from "../../engine/generate";
import { runReference } from "../../engine/papaparse-reference";

const CATALOGUE_KEY = "bench/catalogue.csv";

interface Outcome {
  readonly counters: Counters;
  readonly findingsTotal: number;
}
type OpenSink = (name: string) => ByteSink;
type Contestant = (source: ReadableStream<Uint8Array>, open: OpenSink) => Promise<Outcome>;

const CONTESTANTS: Readonly<Record<string, Contestant>> = {
  engine: async (source, open) => {
    const outcome = await runCatalogue({
      source,
      compressed: false,
      maxInflatedBytes: 0,
      profile: compileProfile(BENCH_PROFILE),
      mode: "correct",
      output: open("output.csv"),
      report: open("report.ndjson"),
      reportCsv: null,
      onProgress: () => "go",
    });
    if (!outcome.ok) throw new Error(outcome.error.detail);
    return outcome.value;
  },
  papaparse: (source, open) =>
    runReference({
      source,
      profile: compileProfile(BENCH_PROFILE),
      output: open("output.csv"),
      report: open("report.ndjson"),
    }),
};

/** `/engine/prepare?bytes=` stores the catalogue; `/engine/run?by=&sink=` has one contestant read it from there. */
export async function answerEngine(files: R2Bucket, url: URL): Promise<Response> {
  if (url.pathname === "/engine/prepare") {
    const sink = new MultipartSink(files, CATALOGUE_KEY, {});
    for (const chunk of generateCatalogue(Number(url.searchParams.get("bytes")))) await sink.write(chunk);
    await sink.close();
    return Response.json({ bytes: (await files.head(CATALOGUE_KEY))?.size ?? 0 });
  }
  const by = url.searchParams.get("by") ?? "";
  const contestant = CONTESTANTS[by];
  const catalogue = await files.get(CATALOGUE_KEY);
  if (!contestant || !catalogue) return new Response("no such contestant or no catalogue", { status: 404 });
  const open: OpenSink =
    url.searchParams.get("sink") === "r2"
      ? (name) => new MultipartSink(files, `bench/${by}/${name}`, {})
      : () => ({ write: () => undefined, close: () => Promise.resolve() });
  const { counters, findingsTotal } = await contestant(catalogue.body, open);
  return Response.json({ counters, findingsTotal });
}
