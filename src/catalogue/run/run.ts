/** One pass over one file: streams in, streams out, in memory that does not depend on the file. */

import type { Counters } from "../../domain/counters";
import { err, ok, type Result } from "../../domain/result";
import { bindColumns, type Binding } from "../reading/binding";
import { ByteWriter, type ByteSink } from "../byte-writer";
import type { CompiledProfile } from "../profile/compile";
import { Corrector } from "../fixes/corrector";
import { sniff, type Dialect, type Sniffed } from "../reading/dialect";
import { FindingKinds } from "../report/finding-kinds";
import { InputWindow } from "../reading/input-window";
import type { Locale } from "../profile/profile";
import { Report } from "../report/report";
import { RowIndex } from "../reading/row-index";
import { RowJudge } from "./row-judge";
import { CorruptGzip, DecompressionBomb, readerOf, type SourceReader } from "../reading/source-reader";
import { firstInvalidUtf8 } from "../reading/utf8";

export interface CatalogueRun {
  readonly source: ReadableStream<Uint8Array>;
  /** The source is gzip. Inflating stops at `maxInflatedBytes`, or sooner at a ratio that no catalogue has. */
  readonly compressed: boolean;
  readonly maxInflatedBytes: number;
  readonly profile: CompiledProfile;
  /** `correct` applies the fixes of the classes in the profile's `apply_fixes`; `validate` only offers them. */
  readonly mode: "validate" | "correct";
  /** The corrected file, in mode `correct`; null counts corrections and writes none. */
  readonly output: ByteSink | null;
  /** NDJSON, one finding a line, in the order of rows, then of columns. */
  readonly report: ByteSink;
  readonly reportCsv: ByteSink | null;
  readonly locale?: Locale;
  /** Called about every 256 KiB of input; "stop" ends the run with the failure `stopped`. */
  readonly onProgress: (progress: CatalogueProgress) => ProgressAnswer | Promise<ProgressAnswer>;
}

export type ProgressAnswer = "go" | "stop";

export interface CatalogueProgress {
  /** Of the source as it is stored: comparable with its size, compressed or not. */
  readonly bytesRead: number;
  readonly counters: Counters;
}

export interface CatalogueSummary {
  readonly counters: Counters;
  readonly findingsTotal: number;
  readonly byRule: Readonly<Record<string, number>>;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly dialect: Dialect;
}

export type CatalogueFailure = {
  readonly reason: "not_a_table" | "unsupported_encoding" | "decompression_bomb" | "stopped";
  readonly detail: string;
};

/**
 * Bad rows are findings; a failure means that there is no table to judge. Sinks are closed on success only: what
 * a failed run has written is the caller's to drop. Faults of the source or of a sink are thrown as they are.
 */
export async function runCatalogue(run: CatalogueRun): Promise<Result<CatalogueSummary, CatalogueFailure>> {
  const source = readerOf(run.source, run.compressed ? run : null);
  try {
    const window = new InputWindow(source);
    await window.refill(0);
    const sniffed = sniff(
      { bytes: window.bytes, length: window.length, isWhole: window.isLast },
      run.profile,
    );
    const outcome = sniffed.ok ? await new Pass(run, source, window, sniffed.value).run() : sniffed;
    if (!outcome.ok) await source.cancel();
    return outcome;
  } catch (error) {
    if (error instanceof DecompressionBomb)
      return err({ reason: "decompression_bomb", detail: error.message });
    if (error instanceof CorruptGzip) return err({ reason: "not_a_table", detail: error.message });
    throw error;
  }
}

class Pass {
  readonly #index: RowIndex;
  readonly #report: Report;
  readonly #corrector: Corrector | null;
  readonly #judge: RowJudge;
  #isSkipping = false;

  constructor(
    private readonly request: CatalogueRun,
    private readonly source: SourceReader,
    private readonly window: InputWindow,
    private readonly sniffed: Sniffed,
  ) {
    const { dialect, dataLine } = sniffed;
    const { profile, output, mode, locale = "pt-BR" } = request;
    const width = dialect.labels.length;
    const binding = bindColumns(profile, dialect.labels);
    this.#index = new RowIndex(dialect.delimiter.charCodeAt(0), width);
    this.#report = new Report(
      new ByteWriter(request.report),
      request.reportCsv === null ? null : new ByteWriter(request.reportCsv),
    );
    this.#corrector = mode === "correct" ? new Corrector(output ?? NOWHERE, dialect.delimiter) : null;
    const kinds = new FindingKinds(this.#report, locale, dialect.labels);
    reportHeader(this.#report, kinds, binding, dialect);
    const { columns } = binding;
    this.#judge = new RowJudge(
      { profile, columns, width, kinds, report: this.#report, corrector: this.#corrector },
      this.#index,
      dataLine,
    );
  }

  async run(): Promise<Result<CatalogueSummary, CatalogueFailure>> {
    const { window } = this;
    let at = this.sniffed.dataStart;
    this.#corrector?.copyUntil(window.bytes, at);
    for (;;) {
      at = await this.#readWindow(at);
      if ((await this.#progress()) === "stop") {
        return err({ reason: "stopped", detail: `at byte ${this.source.bytesRead}` });
      }
      if (window.isLast && at === window.length) break;
      this.#corrector?.copyUntil(window.bytes, at);
      await this.#flushFull();
      await window.refill(at);
      this.#corrector?.moveTo(0);
      at = 0;
    }
    this.#corrector?.copyUntil(window.bytes, at);
    await this.#report.close();
    await this.#corrector?.close();
    return ok({
      counters: this.#counters(),
      findingsTotal: this.#report.total,
      byRule: this.#report.byRule(),
      bytesRead: this.source.bytesRead,
      bytesWritten: this.#corrector?.bytesWritten ?? 0,
      dialect: this.sniffed.dialect,
    });
  }

  /** Judges the window's rows; answers where the first row that it does not hold whole begins. */
  async #readWindow(from: number): Promise<number> {
    const { window } = this;
    let at = from;
    for (;;) {
      if (this.#isSkipping) at = this.#skip(at);
      if (this.#isSkipping || at === window.length) return at;
      const stop = this.#index.index(window.bytes, at, window.length, window.isLast);
      await this.#judgeBatch(at);
      at = this.#index.end;
      if (stop === "starved") return at;
      if (stop === "overlong") {
        this.#judge.countOverlong();
        this.#isSkipping = true;
      }
    }
  }

  async #judgeBatch(from: number): Promise<void> {
    const index = this.#index;
    const { bytes } = this.window;
    const isUtf8 = firstInvalidUtf8(bytes, from, index.end) < 0;
    for (let row = 0; row < index.rowCount;) {
      row = this.#judge.judge({ bytes, index }, row, isUtf8);
      await this.#flushFull();
    }
  }

  /** Passes the rest of a row that is too long through, unread; answers how far it came. */
  #skip(from: number): number {
    const { bytes, length, isLast } = this.window;
    const end = lineEnd(bytes, from, length);
    if (end + 1 >= length && !isLast) return end;
    this.#isSkipping = false;
    this.#judge.line++;
    return behindLineEnd(bytes, end, length);
  }

  async #flushFull(): Promise<void> {
    if (this.#report.isFull) await this.#report.flush();
    if (this.#corrector?.isFull) await this.#corrector.flush();
  }

  #progress(): ProgressAnswer | Promise<ProgressAnswer> {
    return this.request.onProgress({ bytesRead: this.source.bytesRead, counters: this.#counters() });
  }

  #counters(): Counters {
    const { rows, errors, warnings, corrections } = this.#judge;
    return { total: rows, processed: rows, errors, warnings, corrections };
  }
}

function reportHeader(report: Report, kinds: FindingKinds, binding: Binding, dialect: Dialect): void {
  const { headerLine, labels } = dialect;
  for (const at of binding.blankLabels) {
    report.write(0, headerLine, kinds.structural("blank-label", at + 1), null, null);
  }
  for (const at of binding.duplicateLabels) {
    const label = labels[at] ?? "";
    report.write(0, headerLine, kinds.structural("duplicate-label", at + 1, label), label, null);
  }
  for (const { at, column } of binding.columns) {
    const isNeeded = column.rules.some(
      (rule) => rule.judgesBlank && rule.when === null && rule.skipIf === null,
    );
    if (at >= 0 || !isNeeded) continue;
    report.write(0, headerLine, kinds.structural("missing-label", null, column.field), null, null);
  }
}

const NOWHERE: ByteSink = { write: () => undefined, close: () => Promise.resolve() };
const LF = 0x0a;
const CR = 0x0d;

function lineEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] !== LF && bytes[at] !== CR) at++;
  return at;
}

function behindLineEnd(bytes: Uint8Array, at: number, to: number): number {
  return at + 1 < to && bytes[at] === CR && bytes[at + 1] === LF ? at + 2 : Math.min(at + 1, to);
}
