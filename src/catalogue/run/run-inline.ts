/** A small catalogue in one go: what a job does with a file, with a text in memory. */

import { ok, type Result } from "../../domain/result";
import type { ByteSink } from "../byte-writer";
import type { CompiledProfile } from "../profile/compile";
import type { TableDialect } from "../profile/profile";
import type { LabelMemory } from "../reading/header-names";
import type { CatalogueFailure, CatalogueSummary } from "./catalogue-run";
import { runCatalogue } from "./run";

export interface InlineRun {
  readonly text: Uint8Array;
  readonly profile: CompiledProfile;
  readonly mode: "validate" | "correct";
  /** What is known of the text; the rest is found out. */
  readonly dialect?: TableDialect;
  readonly labelMemory?: LabelMemory;
  /** So many findings are given back; all are counted. */
  readonly findingsMax: number;
}

export interface InlineOutcome {
  readonly summary: CatalogueSummary;
  /** As a report's lines have them, in the order of rows, then of columns. */
  readonly findings: readonly unknown[];
  /** The corrected text, in mode `correct`. */
  readonly output: string | null;
}

/** Bad rows are findings; a failure means that there is no table to judge. */
export async function runInline({
  text,
  profile,
  mode,
  findingsMax,
  dialect = {},
  labelMemory = new Map(),
}: InlineRun): Promise<Result<InlineOutcome, CatalogueFailure>> {
  const findings = new FirstLines(findingsMax);
  const output = mode === "correct" ? new Kept() : null;
  const outcome = await runCatalogue({
    source: new Blob([text as Uint8Array<ArrayBuffer>]).stream(),
    compressed: false,
    maxInflatedBytes: text.length,
    profile,
    mode,
    dialect,
    labelMemory,
    output,
    report: findings,
    outputEncoding: "utf-8",
    onProgress: () => "go",
  });
  if (!outcome.ok) return outcome;
  return ok({ summary: outcome.value, findings: findings.parsed(), output: output?.text() ?? null });
}

class Kept implements ByteSink {
  readonly #parts: Uint8Array[] = [];

  write(bytes: Uint8Array): void {
    this.#parts.push(bytes.slice());
  }

  async close(): Promise<void> {}

  text(): string {
    const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
    return this.#parts.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode();
  }
}

const NEWLINE = 0x0a;

/** The first lines of what is written: a report may be many times its text, and no more of it is held than is shown. */
class FirstLines implements ByteSink {
  readonly #kept = new Kept();
  #left: number;

  constructor(most: number) {
    this.#left = most;
  }

  write(bytes: Uint8Array): void {
    let end = 0;
    while (this.#left > 0 && end < bytes.length) {
      const newline = bytes.indexOf(NEWLINE, end);
      if (newline !== -1) this.#left--;
      end = newline === -1 ? bytes.length : newline + 1;
    }
    if (end > 0) this.#kept.write(bytes.subarray(0, end));
  }

  async close(): Promise<void> {}

  parsed(): readonly unknown[] {
    const lines = this.#kept.text().split("\n");
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as unknown);
  }
}
