/**
 * Judges indexed rows and, in a correction, copies them with their corrected cells. Cells are screened as bytes;
 * only one that its screens cannot clear becomes text. Findings tell of the input, whatever is corrected.
 */

import { cellStart, textAt, type Batch } from "../reading/batch";
import type { BoundColumn } from "../reading/binding";
import { cellText } from "../reading/cell-text";
import type { CompiledProfile, CompiledRule } from "../profile/compile";
import type { ReadField } from "../checks/row-checks";
import { correctCell, finds, isActive, offerFix, type Correction } from "../fixes/correction";
import type { Corrector } from "../fixes/corrector";
import type { DerivedCells } from "./derived-cells";
import type { FindingKinds } from "../report/finding-kinds";
import type { FindingFix, Report } from "../report/report";
import { CELL_FLAGS, FLAG_BITS, QUOTED, UNSOUND, type RowIndex } from "../reading/row-index";
import { passesAll } from "../checks/screens";
import type { RunObserver } from "./observed";
import type { RowFindings } from "./row-findings";
import type { RowStructure } from "./row-structure";
import type { RowKnowledge, Uniqueness } from "./uniqueness/uniqueness";

export interface JudgeOptions {
  readonly profile: CompiledProfile;
  readonly columns: readonly BoundColumn[];
  readonly width: number;
  readonly kinds: FindingKinds;
  readonly report: Report;
  readonly findings: RowFindings;
  readonly structure: RowStructure;
  readonly corrector: Corrector | null;
  readonly uniqueness: Uniqueness | null;
  readonly observer: RunObserver | null;
  /** What an enrichment adds to each row; null otherwise. */
  readonly derived: DerivedCells | null;
  /** Whether the file's encoding and dialect can say the text; null if they can say any. */
  readonly isWritable: ((text: string) => boolean) | null;
}

export class RowJudge {
  corrections = 0;
  /** By field: cells that are surely written in another convention than the rest. The first has a finding. */
  contradictions = new Map<string, number>();

  readonly #columns: readonly BoundColumn[];
  readonly #placeByField: ReadonlyMap<string, number>;
  readonly #corrected: { row: number; text: string }[];
  #batch: Batch;
  #row = 0;
  #canFix = true;
  readonly #knowledge: RowKnowledge = {
    correctedAt: (place) => this.#correctedAt(place),
    isActive: (rule, place) => isActive(rule, this.#correctedAt(place), this.#read),
    byteOffset: (at) => this.#byteOffset(at),
    note: (severity) => this.options.findings.note(severity),
    state: () => this.options.findings.found,
  };

  constructor(
    private readonly options: JudgeOptions,
    index: RowIndex,
  ) {
    this.#columns = options.columns.filter(({ column }) => column.rules.length > 0);
    this.#placeByField = new Map(options.columns.map(({ column }, place) => [column.field, place]));
    this.#corrected = options.columns.map(() => ({ row: -1, text: "" }));
    this.#batch = { bytes: new Uint8Array(0), index };
  }

  /** Judges rows from `from` on, until the batch ends or a buffer is full; answers the first row not judged. */
  judge(batch: Batch, from: number, isBatchUtf8: boolean): number {
    const { report, corrector, findings, uniqueness, derived, width } = this.options;
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
      findings.begin(bytes, index.rowStarts[row] as number);
      this.#judgeRow(row, isBatchUtf8);
      derived?.append(batch, width, row, this.#canFix ? this.#read : null);
      findings.end(index.lineSpans[row] as number);
      row++;
    }
    if (row > from) corrector?.copyUntil(bytes, this.#end(row - 1));
    return row;
  }

  #judgeRow(row: number, isBatchUtf8: boolean): void {
    const { index, bytes } = this.#batch;
    const { width, uniqueness } = this.options;
    const { isUtf8, isBlank } = this.options.structure.judge(this.#batch, row, isBatchUtf8);
    if (isBlank) return;
    const cells = index.cellCounts[row] as number;
    this.#canFix = isUtf8 && ((index.rowFlags[row] as number) & UNSOUND) === 0;

    const columns = this.#columns;
    const first = row * width;
    let isChanged = false;
    for (let place = 0; place < columns.length; place++) {
      const bound = columns[place] as BoundColumn;
      const { at, column } = bound;
      if (at < 0 || at >= cells) {
        if (column.judgesBlank) this.#judgeText(bound, column.rules, "", false, null);
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
      const from = start - (cellFlags & QUOTED);
      const after = this.#judgeText(bound, rules, text, this.#canFix, from);
      if (after === text) continue;
      this.options.corrector?.replace(bytes, start, end, cellFlags, this.#end(row), after);
      isChanged = true;
    }
    if (isChanged) this.corrections++;
    if (uniqueness === null) return;
    const { rows: number, line } = this.options.findings;
    uniqueness.judge({ batch: this.#batch, row, isUtf8, number, line, judge: this.#knowledge });
  }

  /**
   * Writes what `rules` find in one cell, which begins at `from` or is not there; answers its text after the fixes
   * that were applied.
   */
  #judgeText(
    bound: BoundColumn,
    rules: readonly CompiledRule[],
    input: string,
    canFix: boolean,
    from: number | null,
  ): string {
    const { contradicts } = bound.column;
    if (contradicts?.(input)) this.#countContradiction(bound, input, from);
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
        correction ??= this.#correct(bound.column.rules, input);
        fix = fixOf(rule, correction, isCorrection && this.#isWritable(correction.text), read);
      }
      const suggestions = rule.suggest?.(input) ?? null;
      const template = this.options.kinds.ofRule(bound, rule, fault);
      this.options.findings.add(template, from, input, fix, suggestions);
    }
    if (!isCorrection || !correction || !this.#isWritable(correction.text)) return input;
    if (correction.text !== input) this.#tellChange(bound, input, correction);
    return correction.text;
  }

  #tellChange({ at, column: { field } }: BoundColumn, before: string, { text, steps }: Correction): void {
    const { observer, findings } = this.options;
    observer?.change({
      row: findings.rows,
      line: findings.line,
      column: at + 1,
      field,
      before,
      after: text,
      steps: steps.map(({ rule, fixClass }) => ({ ruleId: rule.id, fixClass })),
    });
  }

  #countContradiction(bound: BoundColumn, input: string, from: number | null): void {
    const count = this.contradictions.get(bound.column.field) ?? 0;
    if (count === 0) this.options.findings.add(this.options.kinds.mixedConvention(bound), from, input, null);
    this.contradictions.set(bound.column.field, count + 1);
  }

  /** Of a cell of the row; of the row itself, if it has no such cell. */
  #byteOffset(at: number): number {
    const { index } = this.#batch;
    const isThere = at >= 0 && at < (index.cellCounts[this.#row] as number);
    const start = isThere ? cellStart(this.#batch, this.options.width, this.#row, at) : null;
    return this.options.findings.byteOffset(start);
  }

  /** Other fields are read as they will be once corrected, in both modes. */
  readonly #read: ReadField = (field) => {
    const place = this.#placeByField.get(field);
    return place === undefined ? "" : this.#correctedAt(place);
  };

  #correctedAt(place: number): string {
    const bound = this.options.columns[place] as BoundColumn;
    const known = this.#corrected[place] as { row: number; text: string };
    const { rows } = this.options.findings;
    if (known.row === rows) return known.text;
    let text = "";
    if (bound.at >= 0 && bound.at < (this.#batch.index.cellCounts[this.#row] as number)) {
      text = textAt(this.#batch, this.options.width, this.#row, bound.at);
      const after = this.#canFix ? this.#correct(bound.column.rules, text).text : text;
      if (this.#isWritable(after)) text = after;
    }
    known.row = rows;
    known.text = text;
    return text;
  }

  #correct(rules: readonly CompiledRule[], text: string): Correction {
    return correctCell(rules, text, this.options.profile.applyFixes, this.#read);
  }

  /** What cannot be written is not corrected, neither in the file nor for what looks at the cell. */
  #isWritable(text: string): boolean {
    return this.options.isWritable === null || this.options.isWritable(text);
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
