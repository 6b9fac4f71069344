import { compileProfile } from "../../src/catalogue/profile/compile";
import { parseProfile, parseTableDialect, type Locale } from "../../src/catalogue/profile/profile";
import type { CatalogueFailure, CatalogueSummary } from "../../src/catalogue/run/catalogue-run";
import { runCatalogue } from "../../src/catalogue/run/run";
import type { SpillStore } from "../../src/catalogue/run/uniqueness/spill";
import type { FixChoice } from "../../src/domain/fix-choice";
import type { Result } from "../../src/domain/result";
import { MemorySink } from "../support/memory-sink";

export interface Finding {
  row: number;
  line: number;
  column: number | null;
  byte_offset: number;
  field: string | null;
  rule_id: string;
  code: string;
  severity: string;
  message: string;
  value: string | null;
  expected: string | null;
  first?: { row: number; line: number };
  fix?: { before: string; after: string; rule: string; class: string; applied: boolean };
  suggestions?: { value: string; confidence: number }[];
}

export interface Ran {
  readonly result: Result<CatalogueSummary, CatalogueFailure>;
  readonly summary: CatalogueSummary;
  readonly findings: Finding[];
  readonly report: string;
  readonly output: Uint8Array;
  readonly outputText: string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

export function chunked(
  bytes: Uint8Array,
  cuts: (at: number) => number,
  isByteStream = false,
): ReadableStream<Uint8Array> {
  let at = 0;
  const source = {
    ...(isByteStream ? { type: "bytes" } : {}),
    pull(controller: ReadableStreamDefaultController<Uint8Array>) {
      if (at >= bytes.length) {
        controller.close();
        // A byte stream answers a read that waits for room only then.
        (controller as { byobRequest?: ReadableStreamBYOBRequest | null }).byobRequest?.respond(0);
        return;
      }
      const to = Math.min(bytes.length, Math.max(at + 1, cuts(at)));
      controller.enqueue(bytes.slice(at, to));
      at = to;
    },
  };
  return new ReadableStream(source as UnderlyingSource<Uint8Array>);
}

export interface RunOptions {
  mode?: "validate" | "correct";
  cuts?: (at: number) => number;
  isByteStream?: boolean;
  compressed?: boolean;
  maxInflatedBytes?: number;
  locale?: Locale;
  uniquenessBytes?: number;
  spill?: SpillStore;
  enrich?: boolean;
  dialect?: unknown;
  labelMemory?: ReadonlyMap<string, string>;
  outputEncoding?: "source" | "utf-8";
  onProgress?: () => "go" | "stop";
  fixes?: FixChoice;
}

/** Runs a file through a profile given as JSON; `summary` throws if the run failed. */
export async function runOn(
  profileJson: unknown,
  file: string | Uint8Array,
  options: RunOptions = {},
): Promise<Ran> {
  const parsed = parseProfile(profileJson);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error.slice(0, 10)));
  const dialect = parseTableDialect(options.dialect ?? {});
  if (!dialect.ok) throw new Error(JSON.stringify(dialect.error));
  const bytes = typeof file === "string" ? encoder.encode(file) : file;
  const [output, report] = [new MemorySink(), new MemorySink()];
  const result = await runCatalogue({
    source: chunked(bytes, options.cuts ?? (() => bytes.length), options.isByteStream),
    compressed: options.compressed ?? false,
    maxInflatedBytes: options.maxInflatedBytes ?? 1e9,
    profile: compileProfile(parsed.value, options.fixes),
    mode: options.mode ?? "correct",
    output,
    report,
    locale: options.locale ?? "en",
    ...(options.uniquenessBytes === undefined ? {} : { uniquenessBytes: options.uniquenessBytes }),
    spill: options.spill ?? null,
    enrich: options.enrich ?? false,
    dialect: dialect.value,
    labelMemory: options.labelMemory ?? new Map(),
    outputEncoding: options.outputEncoding ?? "source",
    onProgress: options.onProgress ?? (() => "go"),
  });
  const text = decoder.decode(report.bytes());
  return {
    result,
    get summary() {
      if (!result.ok) throw new Error(`${result.error.reason}: ${result.error.detail}`);
      return result.value;
    },
    findings: text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Finding),
    report: text,
    output: output.bytes(),
    outputText: decoder.decode(output.bytes()),
  };
}

/** A profile of one rule, or several, over columns that are named as the rules name them. */
export function profileOf(rules: object[], more: object = {}): unknown {
  return { schema_version: "1", channel: "test", version: "1.0.0", rules, ...more };
}
