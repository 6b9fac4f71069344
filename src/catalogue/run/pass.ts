/** One pass over the rows of a table, window by window. */

import type { Counters } from "../../domain/counters";
import { err, ok, type Result } from "../../domain/result";
import { behindLineEnd, lineEnd } from "../reading/line-end";
import { readingOf } from "../reading/reading";
import type { SourceReader } from "../reading/source-reader";
import { firstInvalidUtf8, wholeUtf8End } from "../reading/utf8";
import type {
  CatalogueFailure,
  CatalogueProgress,
  CatalogueRun,
  CatalogueSummary,
  PassAnswer,
  ProgressAnswer,
} from "./catalogue-run";
import { conventionsOf } from "./conventions";
import { reportHeader } from "./header-findings";
import { partsOf, type PassParts } from "./pass-parts";
import { packState, type RunPlace } from "./run-state";
import type { Table } from "./table";

export class Pass {
  private readonly parts: PassParts;
  #isSkipping = false;
  /** Of the window's bytes: the first that was not judged. */
  #judgedTo = 0;
  /** Where the last checkpoint was, or might have been. */
  #keptAt = 0;

  constructor(
    private readonly request: CatalogueRun,
    private readonly source: SourceReader,
    private readonly table: Table,
    /** Where the run goes on; null for one from the beginning. */
    private readonly place: RunPlace | null,
  ) {
    this.parts = partsOf(request, table, place?.offset ?? 0);
    if (place !== null) {
      this.#restore(place);
      return;
    }
    const { report, kinds, offsets } = this.parts;
    const { tableStart } = table.sniffed;
    reportHeader(report, kinds, table, offsets.of(table.window.bytes, tableStart, tableStart));
  }

  #restore(place: RunPlace): void {
    const { line, rows, errors, warnings } = place;
    Object.assign(this.parts.findings, { line, rows, errors, warnings });
    if (this.request.resume) this.parts.uniqueness?.restore(this.request.resume.state.bytes);
    this.parts.structure.mixedLineEnds = place.mixedLineEnds;
    this.parts.judge.corrections = place.corrections;
    this.parts.judge.contradictions = new Map(place.contradictions);
    this.parts.report.restore(place.report);
    this.parts.corrector?.restore(place.bytesWritten);
    if (this.parts.encoded) this.parts.encoded.bytesWritten = place.bytesWritten;
    this.#isSkipping = place.isSkipping;
  }

  get #bytesWritten(): number {
    return this.parts.encoded?.bytesWritten ?? this.parts.corrector?.bytesWritten ?? 0;
  }

  async run(): Promise<Result<CatalogueSummary, CatalogueFailure>> {
    const { window, sniffed, detected, binding, columns } = this.table;
    let at = this.place === null ? sniffed.dataStart : 0;
    if (this.place === null) {
      if (sniffed.dialect.headerLine !== null) this.parts.derived?.appendLabels(window.bytes, at);
      this.parts.corrector?.copyUntil(window.bytes, at);
    }
    this.#keptAt = window.offset + at;
    let isWhole = false;
    for (;;) {
      at = await this.#readWindow(at);
      this.#judgedTo = at;
      const answer = await this.#progress();
      if (answer === "stop") return this.#stopped();
      isWhole = window.isLast && at === window.length;
      if (isWhole || answer === "enough") break;
      this.parts.corrector?.copyUntil(window.bytes, at);
      await this.#flushFull();
      if ((await this.#checkpoint(at)) === "stop") return this.#stopped();
      this.parts.offsets.drop(window.bytes, at);
      await window.refill(at);
      this.parts.corrector?.moveTo(0);
      at = 0;
    }
    this.parts.corrector?.copyUntil(window.bytes, at);
    if (!(await this.#judgeSpilled())) return this.#stopped();
    await this.parts.report.close();
    await this.parts.corrector?.close();
    return ok({
      counters: this.#counters(),
      findingsTotal: this.parts.report.total,
      byRule: this.parts.report.byRule(),
      bytesRead: this.source.bytesRead,
      isWhole,
      bytesWritten: this.#bytesWritten,
      reading: readingOf(sniffed, detected, binding, this.parts.structure.mixedLineEnds),
      conventions: conventionsOf(columns, this.parts.judge.contradictions),
    });
  }

  /** Judges the window's rows; answers where the first row that it does not hold whole begins. */
  async #readWindow(from: number): Promise<number> {
    const { window } = this.table;
    let at = from;
    for (;;) {
      if (this.#isSkipping) at = this.#skip(at);
      if (this.#isSkipping || at === window.length) return at;
      const stop = this.table.index.index(window.bytes, at, window.length, window.isLast);
      await this.#judgeBatch(at);
      at = this.table.index.end;
      if (stop === "starved") return at;
      if (stop === "overlong") {
        this.parts.findings.begin(window.bytes, at);
        this.parts.findings.add(this.parts.kinds.structural("row-too-long"), null, null, null);
        this.parts.findings.end(0);
        this.#isSkipping = true;
      }
    }
  }

  async #judgeBatch(from: number): Promise<void> {
    const index = this.table.index;
    const { bytes } = this.table.window;
    const isUtf8 = firstInvalidUtf8(bytes, from, index.end) < 0;
    for (let row = 0; row < index.rowCount;) {
      row = this.parts.judge.judge({ bytes, index }, row, isUtf8);
      await this.#flushFull();
    }
  }

  /** Adds the duplicates that only the whole file shows; false if the run was stopped meanwhile. */
  async #judgeSpilled(): Promise<boolean> {
    const late = await this.parts.uniqueness?.finish(async () => (await this.#progress()) !== "stop");
    if (late === "stopped") return false;
    this.parts.findings.errors += late?.errors ?? 0;
    this.parts.findings.warnings += late?.warnings ?? 0;
    return true;
  }

  /** Passes the rest of a row that is too long through, unread, its line end too; answers how far it came. */
  #skip(from: number): number {
    const { bytes, length, isLast } = this.table.window;
    const end = lineEnd(bytes, from, length);
    // Between two characters, so that a run can go on from there.
    if (end + 1 >= length && !isLast) return wholeUtf8End(bytes, from, end);
    this.#isSkipping = false;
    this.parts.findings.line++;
    return behindLineEnd(bytes, end, length);
  }

  async #flushFull(): Promise<void> {
    if (this.parts.report.isFull) await this.parts.report.flush();
    if (this.parts.corrector?.isFull) await this.parts.corrector.flush();
    if (this.parts.uniqueness?.isFull) await this.parts.uniqueness.flush();
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
    await this.parts.report.flush();
    await this.parts.corrector?.flush();
    const { line, rows, errors, warnings } = this.parts.findings;
    const place: RunPlace = {
      offset: this.parts.offsets.of(bytes, at, at),
      line,
      rows,
      errors,
      warnings,
      corrections: this.parts.judge.corrections,
      contradictions: [...this.parts.judge.contradictions],
      mixedLineEnds: this.parts.structure.mixedLineEnds,
      isSkipping: this.#isSkipping,
      bytesWritten: this.#bytesWritten,
      report: this.parts.report.state(),
    };
    return checkpoints.save(
      packState(place, this.parts.uniqueness?.snapshot() ?? new Uint8Array()),
      this.#progressNow(),
    );
  }

  #progress(): PassAnswer | Promise<PassAnswer> {
    return this.request.onProgress(this.#progressNow());
  }

  #progressNow(): CatalogueProgress {
    return {
      bytesRead: this.source.bytesRead,
      bytesJudged: this.table.window.offset + this.#judgedTo,
      counters: this.#counters(),
    };
  }

  #counters(): Counters {
    const { rows, errors, warnings } = this.parts.findings;
    const { corrections } = this.parts.judge;
    return { total: rows, processed: rows, errors, warnings, corrections };
  }
}
