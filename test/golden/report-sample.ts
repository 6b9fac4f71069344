/** A catalogue in which every cell means harm, or is what sellers really send, and what is made of it. */

import { compileProfile } from "../../src/catalogue/profile/compile";
import { parseProfile } from "../../src/catalogue/profile/profile";
import { EXCEL_CSV, PLAIN_CSV } from "../../src/catalogue/report/csv-cell";
import { reportPage } from "../../src/catalogue/report/page/report-page";
import { reportCsv } from "../../src/catalogue/report/report-csv";
import { summaryOf } from "../../src/catalogue/report/summary";
import { runCatalogue } from "../../src/catalogue/run/run";
import { MemorySink } from "../support/memory-sink";

const PROFILE = {
  schema_version: "1",
  channel: "nasty",
  version: "1.0.0",
  apply_fixes: ["safe", "lossy"],
  columns: [{ name: "title", aliases: ["título"] }, { name: "price" }, { name: "gtin" }, { name: "stock" }],
  rules: [
    {
      id: "title_max",
      field: "title",
      check: { type: "length_max", max: 20 },
      fix: { type: "truncate", max: 20 },
      source: 'https://example.com/rules?a=1&b="2"',
      checked_on: "2026-11-01",
    },
    {
      id: "title_chars",
      field: "title",
      check: { type: "forbidden_chars", chars: "<>" },
      message: { "pt-BR": "O <b>título</b> tem marcação.", en: "The title holds markup." },
      source: "javascript:alert(1)",
    },
    { id: "title_required", field: "title", check: { type: "required" } },
    { id: "price", field: "price", check: { type: "decimal", scale: 2 }, fix: { type: "normalize_decimal" } },
    { id: "price_min", field: "price", check: { type: "numeric_min", min: 0.01 }, severity: "warning" },
    { id: "gtin", field: "gtin", check: { type: "gtin" } },
    { id: "stock", field: "stock", check: { type: "integer" }, severity: "info" },
    { id: "colour", field: "colour", check: { type: "required" } },
  ],
};

const CATALOGUE = [
  "\uFEFFtítulo;price;gtin;stock;título;",
  "<script>alert(1)</script>;10,9;7891234567890;1;x;y",
  '=HYPERLINK("http://evil");-5,00;789;+1;;',
  '"\' onmouseover=""x"" & <img src=x>";0;00000000;@SUM(A1);;',
  "'=1+1;;7,89E+12;-2+3;;",
  '\u202E<gnp.exe\u0000\u0007;1.234,56;;"a\nb";;',
  "",
  "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀;abc",
  '6.4" TV;1;;1;;;;;',
  '"never closed;2;;3;;',
  "last;3;4006381333931;4;;",
].join("\r\n");

/** One run in mode `correct`, with its report in every form. */
export async function reportSample(chunkBytes: number) {
  const parsed = parseProfile(PROFILE);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const bytes = new TextEncoder().encode(CATALOGUE);
  const [output, report] = [new MemorySink(), new MemorySink()];
  const outcome = await runCatalogue({
    source: inChunks(bytes, chunkBytes),
    compressed: false,
    maxInflatedBytes: 1e6,
    profile: compileProfile(parsed.value),
    mode: "correct",
    output,
    report,
    onProgress: () => "go",
  });
  if (!outcome.ok) throw new Error(outcome.error.detail);
  const summary = summaryOf(outcome.value, {
    jobId: "0192f0c1-2a3b-7c4d-8e5f-0123456789ab",
    fileRef: "files/0192f0c1-2a3b-7c4d-8e5f-0123456789ab/<b>catálogo</b>.csv",
    locale: "pt-BR",
    profile: parsed.value,
    profileChecksum: "5f".repeat(32),
    reportDigest: `sha256:${"ab".repeat(32)}`,
  });
  const ndjson = report.bytes();
  const csv = async (form: typeof PLAIN_CSV) =>
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      await new Response(reportCsv(inChunks(ndjson, chunkBytes), form)).arrayBuffer(),
    );
  return {
    summary,
    ndjson: new TextDecoder().decode(ndjson),
    csv: await csv(PLAIN_CSV),
    excel: await csv(EXCEL_CSV),
    html: reportPage(summary, "pt-BR"),
    htmlEn: reportPage(summary, "en"),
  };
}

const inChunks = (bytes: Uint8Array, size: number): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
      controller.close();
    },
  });
