/** One pass over one file: streams in, streams out, in memory that does not depend on the file. */

import type { Counters } from "../../domain/counters";
import { err, ok, type Result } from "../../domain/result";
import { ByteWriter, type ByteSink } from "../byte-writer";
import type { CompiledProfile } from "../profile/compile";
import { Corrector } from "../fixes/corrector";
import type { Dialect } from "../reading/dialect";
import { EncodedSink } from "../reading/encoded-sink";
import type { Unreadable } from "../reading/encoding";
import type { LabelMemory } from "../reading/header-names";
import { behindLineEnd, lineEnd } from "../reading/line-end";
import { goOnAt, openTable } from "../reading/open-table";
import { conventionsOf, type ColumnConventions } from "./conventions";
import { FindingKinds } from "../report/finding-kinds";
import { readingOf, type Reading } from "../reading/reading";
import { SourceOffsets } from "../reading/source-offsets";
import type { Locale, TableDialect } from "../profile/profile";
import { Report } from "../report/report";
import type { RuleTally } from "../report/rule-tallies";
import { LINE_END_FLAGS, type RowIndex } from "../reading/row-index";
import { reportHeader } from "./header-findings";
import { RowFindings } from "./row-findings";
import { RowJudge } from "./row-judge";
import { settleTable, type Table } from "./table";
import { DerivedCells } from "./derived-cells";
import { packState, unpackPlace, type RunPlace, type RunState } from "./run-state";
import { RowStructure } from "./row-structure";
import { writableIn } from "./writable";
import {
  CorruptGzip,
  DecompressionBomb,
  readerBehind,
  readerFrom,
  readerOf,
  type SourceReader,
} from "../reading/source-reader";
import { firstInvalidUtf8, wholeUtf8End } from "../reading/utf8";
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
  readonly locale?: Locale;
  /** For the keys of `unique` and `unique_together`, all rules together; 12 MiB if absent. */
  readonly uniquenessBytes?: number;
  /** Takes the keys that have no room there. Without one, the report says from which row on they were not judged. */
  readonly spill?: SpillStore | null;
  /** In mode `correct`, the profile's derived columns are appended to the corrected file. */
  readonly enrich?: boolean;
  /** What is known of the file; it wins over the profile's own dialect, and the rest is found out. */
  readonly dialect?: TableDialect;
  /** What the tenant has accepted for labels before. */
  readonly labelMemory?: LabelMemory;
  /** `source`, as the file is encoded, unless one says `utf-8`. */
  readonly outputEncoding?: "source" | "utf-8";
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
  /** A tally for each rule and fault that was found, in the order in which each was found first. */
  readonly byRule: readonly RuleTally[];
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly reading: Reading;
  /** How the numbers and dates of each column that has some are read, in file order. */
  readonly conventions: readonly ColumnConventions[];
}

export type CatalogueFailure = {
  readonly reason: Unreadable["reason"] | "decompression_bomb" | "stopped";
  readonly detail: string;
};

/**
 * Bad rows are findings; a failure means that there is no table to judge. Sinks are closed on success only: what
 * a failed run has written is the caller's to drop. Faults of the source or of a sink are thrown as they are.
 */
export async function runCatalogue(run: CatalogueRun): Promise<Result<CatalogueSummary, CatalogueFailure>> {
  const source = readerOf(run.source, run.compressed ? run : null);
  try {
    const opened = await openTable(source, run.profile, run.dialect, run.labelMemory);
    if (!opened.ok) {
      await source.cancel();
      return opened;
    }
    const table = settleTable(opened.value, run.profile);
    const place = run.resume && unpackPlace(run.resume.state);
    if (!run.resume || !place) return await passOver(run, source, table, null);
    await source.cancel();
    const further = await readerAt(run.resume.sourceAt, place.offset, run);
    return await passOver(run, further, await goOnAt(table, further, place.offset), place);
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
  table: Table,
  place: RunPlace | null,
): Promise<Result<CatalogueSummary, CatalogueFailure>> {
  const outcome = await new Pass(run, source, table, place).run();
  if (!outcome.ok) await source.cancel();
  return outcome;
}

/** The source from byte `offset` on, inflated; where the stored bytes are not the read ones, what comes before is passed over. */
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
  readonly #kinds: FindingKinds;
  readonly #offsets: SourceOffsets;
  readonly #findings: RowFindings;
  readonly #structure: RowStructure;
  /** Null if the corrected file is UTF-8. */
  readonly #encoded: EncodedSink | null;
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
    private readonly table: Table,
    private readonly place: RunPlace | null,
  ) {
    const { window, sniffed, binding, detected, columns, index } = table;
    const { dialect, dataLine, tableStart } = sniffed;
    const { profile, mode, locale = "pt-BR", outputEncoding = "source" } = request;
    const width = dialect.labels.length;
    this.#index = index;
    this.#report = new Report(new ByteWriter(request.report));
    const written = outputEncoding === "source" ? detected.encoding : "utf-8";
    const isWritable = writableIn(written, dialect);
    const output = request.output ?? NOWHERE;
    this.#encoded = written === "utf-8" ? null : new EncodedSink(output, written);
    this.#corrector = mode === "correct" ? new Corrector(this.#encoded ?? output, dialect) : null;
    this.#derived = request.enrich ? derivedCells(profile, dialect, this.#corrector, isWritable) : null;
    const labels = binding.read.map(({ label }) => label);
    this.#kinds = new FindingKinds(this.#report, locale, labels);
    this.#offsets = new SourceOffsets(detected.encoding, place?.offset ?? 0);
    this.#findings = new RowFindings(this.#report, this.#offsets, dataLine);
    this.#structure = new RowStructure(this.#kinds, this.#findings, width, dialect.flags & LINE_END_FLAGS);
    const judging = {
      profile,
      columns: columns.map(({ bound }) => bound),
      width,
      kinds: this.#kinds,
      report: this.#report,
    };
    this.#uniqueness = Uniqueness.of({ ...judging, bytes: request.uniquenessBytes, store: request.spill });
    this.#judge = new RowJudge(
      {
        ...judging,
        findings: this.#findings,
        structure: this.#structure,
        corrector: this.#corrector,
        derived: this.#derived,
        isWritable,
        uniqueness: this.#uniqueness,
      },
      index,
    );
    if (place !== null) this.#restore(place);
    else {
      reportHeader(this.#report, this.#kinds, table, this.#offsets.of(window.bytes, tableStart, tableStart));
    }
  }

  #restore(place: RunPlace): void {
    const { line, rows, errors, warnings } = place;
    Object.assign(this.#findings, { line, rows, errors, warnings });
    if (this.request.resume) this.#uniqueness?.restore(this.request.resume.state.bytes);
    this.#structure.mixedLineEnds = place.mixedLineEnds;
    this.#judge.corrections = place.corrections;
    this.#judge.contradictions = new Map(place.contradictions);
    this.#report.restore(place.report);
    this.#corrector?.restore(place.bytesWritten);
    if (this.#encoded) this.#encoded.bytesWritten = place.bytesWritten;
    this.#isSkipping = place.isSkipping;
  }

  get #bytesWritten(): number {
    return this.#encoded?.bytesWritten ?? this.#corrector?.bytesWritten ?? 0;
  }

  async run(): Promise<Result<CatalogueSummary, CatalogueFailure>> {
    const { window, sniffed, detected, binding, columns } = this.table;
    let at = this.place === null ? sniffed.dataStart : 0;
    if (this.place === null) {
      if (sniffed.dialect.headerLine !== null) this.#derived?.appendLabels(window.bytes, at);
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
      this.#offsets.drop(window.bytes, at);
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
      bytesWritten: this.#bytesWritten,
      reading: readingOf(sniffed, detected, binding, this.#structure.mixedLineEnds),
      conventions: conventionsOf(columns, this.#judge.contradictions),
    });
  }

  /** Judges the window's rows; answers where the first row that it does not hold whole begins. */
  async #readWindow(from: number): Promise<number> {
    const { window } = this.table;
    let at = from;
    for (;;) {
      if (this.#isSkipping) at = this.#skip(at);
      if (this.#isSkipping || at === window.length) return at;
      const stop = this.#index.index(window.bytes, at, window.length, window.isLast);
      await this.#judgeBatch(at);
      at = this.#index.end;
      if (stop === "starved") return at;
      if (stop === "overlong") {
        this.#findings.begin(window.bytes, at);
        this.#findings.add(this.#kinds.structural("row-too-long"), null, null, null);
        this.#findings.end(0);
        this.#isSkipping = true;
      }
    }
  }

  async #judgeBatch(from: number): Promise<void> {
    const index = this.#index;
    const { bytes } = this.table.window;
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
    this.#findings.errors += late?.errors ?? 0;
    this.#findings.warnings += late?.warnings ?? 0;
    return true;
  }

  /** Passes the rest of a row that is too long through, unread, its line end too; answers how far it came. */
  #skip(from: number): number {
    const { bytes, length, isLast } = this.table.window;
    const end = lineEnd(bytes, from, length);
    // Between two characters, so that a run can go on from there.
    if (end + 1 >= length && !isLast) return wholeUtf8End(bytes, from, end);
    this.#isSkipping = false;
    this.#findings.line++;
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
    const { bytes, offset } = this.table.window;
    if (!checkpoints || offset + at - this.#keptAt < checkpoints.everyBytes) return "go";
    this.#keptAt = offset + at;
    await this.#report.flush();
    await this.#corrector?.flush();
    const { line, rows, errors, warnings } = this.#findings;
    const place: RunPlace = {
      offset: this.#offsets.of(bytes, at, at),
      line,
      rows,
      errors,
      warnings,
      corrections: this.#judge.corrections,
      contradictions: [...this.#judge.contradictions],
      mixedLineEnds: this.#structure.mixedLineEnds,
      isSkipping: this.#isSkipping,
      bytesWritten: this.#bytesWritten,
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
    const { rows, errors, warnings } = this.#findings;
    const { corrections } = this.#judge;
    return { total: rows, processed: rows, errors, warnings, corrections };
  }
}

function derivedCells(
  { derived }: CompiledProfile,
  { labels }: Dialect,
  corrector: Corrector | null,
  isWritable: ((text: string) => boolean) | null,
): DerivedCells | null {
  if (!corrector) return null;
  const cells = new DerivedCells(derived, labels, corrector, isWritable);
  return cells.isEmpty ? null : cells;
}

const NOWHERE: ByteSink = { write: () => undefined, close: () => Promise.resolve() };
