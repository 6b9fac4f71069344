import Papa from "papaparse";
import { describe, expect, it } from "vitest";
import { compileProfile } from "../../src/catalogue/profile/compile";
import { BENCH_PROFILE } from "../bench/engine/bench-profile";
import { generateCatalogue, streamOf } from "../bench/engine/generate";
import { runReference } from "../bench/engine/papaparse-reference";
import { runOn, type Finding } from "./support";

describe("the benchmark's papaparse pipeline", () => {
  it("finds, counts and corrects what the engine does", async () => {
    const chunks = [...generateCatalogue(1_000_000)];
    const texts = { output: "", report: "" };
    const decoder = new TextDecoder();
    const sink = (name: keyof typeof texts) => ({
      write: (bytes: Uint8Array) => void (texts[name] += decoder.decode(bytes)),
      close: () => Promise.resolve(),
    });
    const reference = await runReference({
      source: streamOf(chunks),
      profile: compileProfile(BENCH_PROFILE),
      output: sink("output"),
      report: sink("report"),
    });
    const file = new Uint8Array(await new Response(streamOf(chunks)).arrayBuffer());
    const ours = await runOn(BENCH_PROFILE, file);

    expect(ours.summary.counters).toEqual(reference.counters);
    expect(ours.summary.counters.corrections / ours.summary.counters.total).toBeCloseTo(0.28, 1);
    const findings = texts.report.split("\n").slice(0, -1);
    // Papaparse says where a row is in its text, and nothing says where that is in the file.
    const wordless = (finding: Finding) => ({ ...finding, message: "", byte_offset: 0 });
    const theirs = findings.map((line) => wordless(JSON.parse(line) as Finding));
    expect(ours.findings.map(wordless)).toEqual(theirs);
    const rows = (text: string) => Papa.parse(text, { delimiter: ",", newline: "\r\n" }).data;
    expect(rows(ours.outputText)).toEqual(rows(texts.output));
  });
});
