/** One pass over one file: streams in, streams out, in memory that does not depend on the file. */

import type { Counters } from "../../domain/counters";
import { err, ok, type Result } from "../../domain/result";
import type { Binding } from "../reading/binding";
import { ByteWriter, type ByteSink } from "../byte-writer";
import type { CompiledProfile } from "../profile/compile";
import { Corrector } from "../fixes/corrector";
import { sniff, type Dialect } from "../reading/dialect";
import { conventionsOf, type ColumnConventions } from "./conventions";
import { FindingKinds } from "../report/finding-kinds";
import { InputWindow } from "../reading/input-window";
import type { Locale } from "../profile/profile";
import { Report } from "../report/report";
import type { RowIndex } from "../reading/row-index";
import { RowJudge } from "./row-judge";
import { openTable, type Table } from "./table";
import { DerivedCells } from "./derived-cells";
import { packState, unpackPlace, type RunPlace, type RunState } from "./run-state";
import {
  CorruptGzip,
  DecompressionBomb,
  readerBehind,
  readerFrom,
  readerOf,
  type SourceReader,
} from "../reading/source-reader";
import { firstInvalidUtf8 } from "../reading/utf8";
import type { SpillStore } from "./uniqueness/spill";
import { Uniqueness } from "./uniqueness/uniqueness";

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
  /**
   * NDJSON, one finding a line, in the order of rows, then of columns, then of rules over the whole file. At the
   * end, in the order of rows again, come the duplicates that were found through the spill store.
   */
  readonly report: ByteSink;
  readonly reportCsv: ByteSink | null;
  readonly locale?: Locale;
  /** For the keys of `unique` and `unique_together`, all rules together; 12 MiB if absent. */
  readonly uniquenessBytes?: number;
  /** Takes the keys that have no room there. Without one, the report says from which row on they were not judged. */
  readonly spill?: SpillStore | null;
  /** In mode `correct`, the profile's derived columns are appended to the corrected file. */
  readonly enrich?: boolean;
  /** Called about every 256 KiB of input; "stop" ends the run with the failure `stopped`. */
  readonly onProgress: (progress: CatalogueProgress) => ProgressAnswer | Promise<ProgressAnswer>;
  /** About every so many bytes, between two rows: all that was judged is in the sinks, and `save` may keep the state. */
  readonly checkpoints?: {
    readonly everyBytes: number;
    readonly save: (state: RunState, progress: CatalogueProgress) => Promise<ProgressAnswer>;
  };
  /** The run goes on from a state that was saved, with sinks that hold what they held then; `source` is read from its beginning all the same. */
  readonly resume?: {
    readonly state: RunState;
    /** The source once more, from one of its bytes on. */
    readonly sourceAt: (byte: number) => Promise<ReadableStream<Uint8Array>>;
  };
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
  /** How the numbers and dates of each column that has some are read, in file order. */
  readonly conventions: readonly ColumnConventions[];
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
    if (!sniffed.ok) {
      await source.cancel();
      return sniffed;
    }
    const table = openTable(sniffed.value, window, run.profile);
    const place = run.resume && unpackPlace(run.resume.state);
    if (!run.resume || !place) return await passOver(run, source, window, table, null);
    await source.cancel();
    const further = await readerAt(run.resume.sourceAt, place.offset, run);
    const next = new InputWindow(further, place.offset);
    await next.refill(0);
    return await passOver(run, further, next, table, place);
  } catch (error) {
    if (error instanceof DecompressionBomb)
      return err({ reason: "decompression_bomb", detail: error.message });
    if (error instanceof CorruptGzip) return err({ reason: "not_a_table", detail: error.message });
    throw error;
  }
}

async function passOver(
  run: CatalogueRun,
  source: SourceReader,
  window: InputWindow,
  table: Table,
  place: RunPlace | null,
): Promise<Result<CatalogueSummary, CatalogueFailure>> {
  const outcome = await new Pass(run, source, window, table, place).run();
  if (!outcome.ok) await source.cancel();
  return outcome;
}

/** What the engine reads, from `offset` on; where the stored bytes are not the read ones, what comes before is passed over. */
async function readerAt(
  sourceAt: (byte: number) => Promise<ReadableStream<Uint8Array>>,
  offset: number,
  run: CatalogueRun,
): Promise<SourceReader> {
  if (!run.compressed) return readerFrom(await sourceAt(offset), offset);
  return readerBehind(readerOf(await sourceAt(0), run), offset);
}

class Pass {
  readonly #index: RowIndex;
  readonly #report: Report;
  readonly #corrector: Corrector | null;
  readonly #derived: DerivedCells | null;
  readonly #judge: RowJudge;
  readonly #uniqueness: Uniqueness | null;
  #isSkipping = false;
  /** Where the last checkpoint was, or might have been. */
  #keptAt = 0;

  constructor(
    private readonly request: CatalogueRun,
    private readonly source: SourceReader,
    private readonly window: InputWindow,
    private readonly table: Table,
    private readonly place: RunPlace | null,
  ) {
    const { dialect, dataLine, binding, index } = table;
    const { profile, output, mode, locale = "pt-BR" } = request;
    const width = dialect.labels.length;
    this.#index = index;
    this.#report = new Report(
      new ByteWriter(request.report),
      request.reportCsv === null ? null : new ByteWriter(request.reportCsv),
    );
    this.#corrector = mode === "correct" ? new Corrector(output ?? NOWHERE, dialect.delimiter) : null;
    this.#derived = request.enrich ? derivedCells(profile, dialect, this.#corrector) : null;
    const kinds = new FindingKinds(this.#report, locale, dialect.labels);
    if (place === null) {
      this.#report.begin();
      reportHeader(this.#report, kinds, binding, dialect);
    } else {
      this.#report.restore(place.report);
      this.#corrector?.restore(place.bytesWritten);
    }
    const columns = table.columns.map(({ bound }) => bound);
    const judging = { profile, columns, width, kinds, report: this.#report };
    this.#uniqueness = Uniqueness.of({ ...judging, bytes: request.uniquenessBytes, store: request.spill });
    this.#judge = new RowJudge(
      { ...judging, corrector: this.#corrector, uniqueness: this.#uniqueness, derived: this.#derived },
      index,
      dataLine,
    );
    if (place === null) return;
    if (request.resume) this.#uniqueness?.restore(request.resume.state.bytes);
    const { line, rows, errors, warnings, corrections } = place;
    const contradictions = new Map(place.contradictions);
    Object.assign(this.#judge, { line, rows, errors, warnings, corrections, contradictions });
    this.#isSkipping = place.isSkipping;
  }

  async run(): Promise<Result<CatalogueSummary, CatalogueFailure>> {
    const { window } = this;
    let at = this.place === null ? this.table.dataStart : 0;
    if (this.place === null) {
      this.#derived?.appendLabels(window.bytes, at);
      this.#corrector?.copyUntil(window.bytes, at);
    }
    this.#keptAt = window.offset + at;
    for (;;) {
      at = await this.#readWindow(at);
      if ((await this.#progress()) === "stop") return this.#stopped();
      if (window.isLast && at === window.length) break;
      this.#corrector?.copyUntil(window.bytes, at);
      await this.#flushFull();
      if ((await this.#checkpoint(at)) === "stop") return this.#stopped();
      await window.refill(at);
      this.#corrector?.moveTo(0);
      at = 0;
    }
    this.#corrector?.copyUntil(window.bytes, at);
    if (!(await this.#judgeSpilled())) return this.#stopped();
    await this.#report.close();
    await this.#corrector?.close();
    return ok({
      counters: this.#counters(),
      findingsTotal: this.#report.total,
      byRule: this.#report.byRule(),
      bytesRead: this.source.bytesRead,
      bytesWritten: this.#corrector?.bytesWritten ?? 0,
      dialect: this.table.dialect,
      conventions: conventionsOf(this.table.columns, this.#judge.contradictions),
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

  /** Adds the duplicates that only the whole file shows; false if the run was stopped meanwhile. */
  async #judgeSpilled(): Promise<boolean> {
    const late = await this.#uniqueness?.finish(async () => (await this.#progress()) === "go");
    if (late === "stopped") return false;
    this.#judge.errors += late?.errors ?? 0;
    this.#judge.warnings += late?.warnings ?? 0;
    return true;
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
    if (this.#uniqueness?.isFull) await this.#uniqueness.flush();
  }

  #stopped(): Result<never, CatalogueFailure> {
    return err({ reason: "stopped", detail: `at byte ${this.source.bytesRead}` });
  }

  /** Has the state kept that the next row begins with, if that is due. */
  async #checkpoint(at: number): Promise<ProgressAnswer> {
    const { checkpoints } = this.request;
    const offset = this.window.offset + at;
    if (!checkpoints || offset - this.#keptAt < checkpoints.everyBytes) return "go";
    this.#keptAt = offset;
    await this.#report.flush();
    await this.#corrector?.flush();
    const { line, rows, errors, warnings, corrections, contradictions } = this.#judge;
    const place = {
      offset,
      line,
      rows,
      errors,
      warnings,
      corrections,
      contradictions: [...contradictions],
      isSkipping: this.#isSkipping,
      bytesWritten: this.#corrector?.bytesWritten ?? 0,
      report: this.#report.state(),
    };
    return checkpoints.save(
      packState(place, this.#uniqueness?.snapshot() ?? new Uint8Array()),
      this.#progressNow(),
    );
  }

  #progress(): ProgressAnswer | Promise<ProgressAnswer> {
    return this.request.onProgress(this.#progressNow());
  }

  #progressNow(): CatalogueProgress {
    return { bytesRead: this.source.bytesRead, counters: this.#counters() };
  }

  #counters(): Counters {
    const { rows, errors, warnings, corrections } = this.#judge;
    return { total: rows, processed: rows, errors, warnings, corrections };
  }
}

function derivedCells(
  { derived }: CompiledProfile,
  { labels }: Dialect,
  corrector: Corrector | null,
): DerivedCells | null {
  if (!corrector) return null;
  const cells = new DerivedCells(derived, labels, corrector);
  return cells.isEmpty ? null : cells;
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
    const isNeeded = column.rules.some((rule) => rule.judgesBlank && rule.applies === null);
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
