/**
 * Judges indexed rows and, in a correction, copies them with their corrected cells. Cells are screened as bytes;
 * only one that its screens cannot clear becomes text. Findings tell of the input, whatever is corrected.
 */

import { isBlankRow, textAt, type Batch } from "../reading/batch";
import type { BoundColumn } from "../reading/binding";
import { cellText } from "../reading/cell-text";
import type { CompiledProfile, CompiledRule } from "../profile/compile";
import type { ReadField } from "../checks/row-checks";
import { correctCell, finds, isActive, offerFix, type Correction } from "../fixes/correction";
import type { Corrector } from "../fixes/corrector";
import type { DerivedCells } from "./derived-cells";
import type { FindingKinds } from "../report/finding-kinds";
import type { FindingFix, FindingTemplate, Report } from "../report/report";
import {
  BROKEN,
  CELL_FLAGS,
  FLAG_BITS,
  QUOTED,
  STRAY,
  UNCLOSED,
  UNSOUND,
  type RowIndex,
} from "../reading/row-index";
import { passesAll } from "../checks/screens";
import { firstInvalidUtf8 } from "../reading/utf8";
import type { RowState } from "./uniqueness/spill";
import type { RowKnowledge, Uniqueness } from "./uniqueness/uniqueness";

const ROW_FAULTS = STRAY | BROKEN | UNCLOSED;
const NOTHING_FOUND: RowState = 0;
const WARNING_FOUND: RowState = 1;
const ERROR_FOUND: RowState = 2;

export interface JudgeOptions {
  readonly profile: CompiledProfile;
  readonly columns: readonly BoundColumn[];
  readonly width: number;
  readonly kinds: FindingKinds;
  readonly report: Report;
  readonly corrector: Corrector | null;
  readonly uniqueness: Uniqueness | null;
  /** What an enrichment adds to each row; null otherwise. */
  readonly derived: DerivedCells | null;
}

export class RowJudge {
  rows = 0;
  errors = 0;
  warnings = 0;
  corrections = 0;
  /** By field: cells that are surely written in another convention than the rest. The first has a finding. */
  contradictions = new Map<string, number>();
  /** Physical line on which the next row starts. */
  line: number;

  readonly #columns: readonly BoundColumn[];
  readonly #placeByField: ReadonlyMap<string, number>;
  readonly #corrected: { row: number; text: string }[];
  #batch: Batch;
  #row = 0;
  #found: RowState = NOTHING_FOUND;
  #canFix = true;
  readonly #knowledge: RowKnowledge = {
    correctedAt: (place) => this.#correctedAt(place),
    isActive: (rule, place) => isActive(rule, this.#correctedAt(place), this.#read),
    note: (severity) => this.#note(severity),
    state: () => this.#found,
  };

  constructor(
    private readonly options: JudgeOptions,
    index: RowIndex,
    firstLine: number,
  ) {
    this.#columns = options.columns.filter(({ column }) => column.rules.length > 0);
    this.#placeByField = new Map(options.columns.map(({ column }, place) => [column.field, place]));
    this.#corrected = options.columns.map(() => ({ row: -1, text: "" }));
    this.#batch = { bytes: new Uint8Array(0), index };
    this.line = firstLine;
  }

  /** Judges rows from `from` on, until the batch ends or a buffer is full; answers the first row not judged. */
  judge(batch: Batch, from: number, isUtf8: boolean): number {
    const { report, corrector, uniqueness, derived, width } = this.options;
    const { index, bytes } = batch;
    this.#batch = batch;
    let row = from;
    while (
      row < index.rowCount &&
      !report.isFull &&
      !(corrector?.isFull ?? false) &&
      !(uniqueness?.isFull ?? false)
    ) {
      this.#row = row;
      this.rows++;
      this.#found = NOTHING_FOUND;
      this.#judgeRow(row, isUtf8 || firstInvalidUtf8(bytes, this.#start(row), this.#end(row)) < 0);
      derived?.append(batch, width, row, this.#canFix ? this.#read : null);
      if (this.#found === ERROR_FOUND) this.errors++;
      else if (this.#found === WARNING_FOUND) this.warnings++;
      this.line += index.lineSpans[row] as number;
      row++;
    }
    if (row > from) corrector?.copyUntil(bytes, this.#end(row - 1));
    return row;
  }

  /** A row that was too long to be indexed. */
  countOverlong(): void {
    this.rows++;
    this.errors++;
    this.options.report.write(
      this.rows,
      this.line,
      this.options.kinds.structural("row-too-long"),
      null,
      null,
    );
  }

  #judgeRow(row: number, isUtf8: boolean): void {
    const { index, bytes } = this.#batch;
    const { width, kinds, uniqueness } = this.options;
    const cells = index.cellCounts[row] as number;
    const flags = index.rowFlags[row] as number;
    this.#canFix = isUtf8 && (flags & UNSOUND) === 0;
    if (!isUtf8) this.#structural(kinds.structural("encoding-error"), null);
    if ((flags & ROW_FAULTS) !== 0) this.#judgeQuotes(row, flags);
    if (isBlankRow(this.#batch, width, row)) {
      this.#structural(kinds.structural("blank-row"), null);
      return;
    }
    if (cells > width) this.#structural(kinds.extraCell(), String(cells));
    else if (cells < width) this.#structural(kinds.missingCell(cells), String(cells));

    const columns = this.#columns;
    const first = row * width;
    let isChanged = false;
    for (let place = 0; place < columns.length; place++) {
      const bound = columns[place] as BoundColumn;
      const { at, column } = bound;
      if (at < 0 || at >= cells) {
        if (column.judgesBlank) this.#judgeText(bound, column.rules, "", false);
        continue;
      }
      const start = index.starts[first + at] as number;
      const packed = index.ends[first + at] as number;
      const end = packed >> FLAG_BITS;
      if (start === end && !column.judgesBlank) continue;
      const cellFlags = packed & CELL_FLAGS;
      const isCleared = cellFlags <= QUOTED && passesAll(column.screens, bytes, start, end);
      const rules = isCleared ? column.unscreened : column.rules;
      if (rules.length === 0) continue;
      const text = cellText(bytes, start, end, cellFlags);
      const after = this.#judgeText(bound, rules, text, this.#canFix);
      if (after === text) continue;
      this.options.corrector?.replace(bytes, start, end, cellFlags, this.#end(row), after);
      isChanged = true;
    }
    if (isChanged) this.corrections++;
    if (uniqueness === null) return;
    const { rows: number, line } = this;
    uniqueness.judge({ batch: this.#batch, row, isUtf8, number, line, judge: this.#knowledge });
  }

  /** Writes what `rules` find in one cell; answers its text after the fixes that were applied. */
  #judgeText(bound: BoundColumn, rules: readonly CompiledRule[], input: string, canFix: boolean): string {
    const { contradicts } = bound.column;
    if (contradicts?.(input)) this.#countContradiction(bound, input);
    const read = this.#read;
    const isBlank = input.trim() === "";
    const isCorrection = this.options.corrector !== null;
    let correction: Correction | null = null;
    for (const rule of rules) {
      if (isBlank && !rule.judgesBlank) continue;
      const fault = rule.check.judge(input, read);
      if (fault === null || !isActive(rule, input, read)) continue;
      let fix: FindingFix | null = null;
      if (canFix && rule.fixes.length > 0) {
        correction ??= correctCell(bound.column.rules, input, this.options.profile.applyFixes, read);
        fix = fixOf(rule, correction, isCorrection, read);
      }
      this.#note(rule.severity);
      const template = this.options.kinds.ofRule(bound, rule, fault);
      const suggestions = rule.suggest?.(input) ?? null;
      this.options.report.write(this.rows, this.line, template, input, fix, null, suggestions);
    }
    return isCorrection && correction ? correction.text : input;
  }

  #countContradiction(bound: BoundColumn, input: string): void {
    const count = this.contradictions.get(bound.column.field) ?? 0;
    if (count === 0) this.#structural(this.options.kinds.mixedConvention(bound), input);
    this.contradictions.set(bound.column.field, count + 1);
  }

  /** Other fields are read as they will be once corrected, in both modes. */
  readonly #read: ReadField = (field) => {
    const place = this.#placeByField.get(field);
    return place === undefined ? "" : this.#correctedAt(place);
  };

  #correctedAt(place: number): string {
    const bound = this.options.columns[place] as BoundColumn;
    const known = this.#corrected[place] as { row: number; text: string };
    if (known.row === this.rows) return known.text;
    let text = "";
    if (bound.at >= 0 && bound.at < (this.#batch.index.cellCounts[this.#row] as number)) {
      text = textAt(this.#batch, this.options.width, this.#row, bound.at);
      const { rules } = bound.column;
      if (this.#canFix) text = correctCell(rules, text, this.options.profile.applyFixes, this.#read).text;
    }
    known.row = this.rows;
    known.text = text;
    return text;
  }

  #judgeQuotes(row: number, flags: number): void {
    const { kinds, width } = this.options;
    if ((flags & UNCLOSED) !== 0) {
      this.#structural(kinds.structural("unclosed-quote"), null);
      return;
    }
    const cells = Math.min(this.#batch.index.cellCounts[row] as number, width);
    for (let at = 0; at < cells; at++) {
      const packed = this.#batch.index.ends[row * width + at] as number;
      if ((packed & (STRAY | BROKEN)) !== 0)
        this.#structural(kinds.strayQuote(at), textAt(this.#batch, width, row, at));
    }
  }

  #structural(template: FindingTemplate, value: string | null): void {
    this.#note(template.kind.severity);
    this.options.report.write(this.rows, this.line, template, value, null);
  }

  #note(severity: "error" | "warning" | "info"): void {
    if (severity === "error") this.#found = ERROR_FOUND;
    else if (severity === "warning" && this.#found === NOTHING_FOUND) this.#found = WARNING_FOUND;
  }

  #start(row: number): number {
    return this.#batch.index.rowStarts[row] as number;
  }

  #end(row: number): number {
    return this.#batch.index.rowEnds[row] as number;
  }
}

/** The step that the rule's fix took, or what it would do if it were allowed to. */
function fixOf(
  rule: CompiledRule,
  { steps, text }: Correction,
  isCorrection: boolean,
  read: ReadField,
): FindingFix | null {
  const step = steps.find((taken) => taken.rule === rule);
  if (step) return { ...step, applied: isCorrection };
  const offer = finds(rule, text, read) ? offerFix(rule, text, read) : null;
  return offer && { before: text, ...offer, applied: false };
}
