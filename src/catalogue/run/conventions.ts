/**
 * How this file writes the columns whose numbers or dates can be read in two ways, told by its first window alone.
 *
 * A convention is inferred from values with one reading: at least EVIDENCE_MIN of them, at least one to EVIDENCE_SHARE
 * of those that it decides (two slips among a thousand prices of three decimals say nothing), and none of another
 * kind. A column that shows `br` well enough but not it alone is `mixed`: there not even `1.234` is sure.
 *
 * Correcting a corrected file must change nothing, though what spoke against a convention may be gone by then. So
 * where a correction rewrites a column's numbers or dates, only what it would rewrite is evidence for a convention.
 * None of that is left in its output: nothing is inferred there, and plain numbers stay as they are.
 */

import { NO_CONVENTIONS, type Conventions, type DateFormat, type NumberFormat } from "../checks/conventions";
import { readDate } from "../checks/date-text";
import { readNumber } from "../checks/number-text";
import { NO_ROW } from "../checks/row-checks";
import { correctCell } from "../fixes/correction";
import type { CompiledColumn, CompiledRule } from "../profile/compile";
import type { FixClass } from "../profile/profile";
import { textAt, type Batch } from "../reading/batch";
import type { BoundColumn } from "../reading/binding";
import { FLAG_BITS, UNSOUND, type RowIndex } from "../reading/row-index";
import { firstInvalidUtf8 } from "../reading/utf8";

const EVIDENCE_MIN = 2;
const EVIDENCE_SHARE = 20;

/** `counts` are of the first window, and null if the profile states the convention. */
export interface ConventionFound<Format extends string, Counted extends string> {
  /** Null: undecided, so that values with two readings are findings. */
  readonly convention: Format | null;
  readonly isStated: boolean;
  readonly counts: Readonly<Record<Counted, number>> | null;
}

/** Values with one reading, by whose writing they are; `plain`: a decimal point and nothing else. */
type NumberCounts = Record<NumberFormat | "plain" | "ambiguous", number>;
type DateCounts = Record<DateFormat | "ambiguous", number>;

export interface ColumnConventions {
  readonly label: string;
  readonly field: string;
  readonly numbers?: ConventionFound<NumberFormat, keyof NumberCounts>;
  readonly dates?: ConventionFound<DateFormat, keyof DateCounts>;
  /** Cells of the whole file that are surely written in another convention than the column's. */
  readonly contradictions: number;
}

/** The bytes of the first window that hold data rows. */
export interface Sample {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
  /** Nothing follows `to`. */
  readonly isWhole: boolean;
}

export interface SettledColumn {
  readonly bound: BoundColumn;
  /** Null if there was nothing to settle. */
  readonly tally: Tally | null;
}

/** Each column as this file is to be read. A profile that no file can settle costs nothing here. */
export function settleColumns(
  columns: readonly BoundColumn[],
  applied: ReadonlySet<FixClass>,
  index: RowIndex,
  width: number,
  sample: Sample,
): readonly SettledColumn[] {
  const settled = columns.map((bound) => {
    const isOpen = bound.at >= 0 && bound.column.settle !== null;
    return { bound, tally: isOpen ? new Tally(bound.column, applied) : null };
  });
  const tallies = settled.flatMap(({ bound: { at }, tally }) => (tally ? [{ at, tally }] : []));
  if (tallies.length > 0) countSample(tallies, index, width, sample);
  return settled.map(({ bound, tally }) => {
    const column = tally && bound.column.settle?.(tally.conventions());
    return column ? { bound: { ...bound, column }, tally } : { bound, tally };
  });
}

/** What a run tells of its columns: those of the file that have numbers or dates to be read. */
export function conventionsOf(
  columns: readonly SettledColumn[],
  contradictions: ReadonlyMap<string, number>,
): readonly ColumnConventions[] {
  const read = columns.filter(
    ({ bound: { at, column } }) => at >= 0 && (column.readsNumbers || column.readsDates),
  );
  return read.map(({ bound, tally }) => {
    const { field, readsNumbers, readsDates, conventions } = bound.column;
    const { numbers, dates } = conventions;
    const stated = tally?.stated ?? conventions;
    const found = <F extends string, C extends string>(
      convention: F | null,
      isStated: boolean,
      counts?: Record<C, number>,
    ) => ({
      convention,
      isStated,
      counts: isStated ? null : (counts ?? null),
    });
    return {
      label: bound.label,
      field,
      ...(readsNumbers && {
        numbers: found(numbers === "mixed" ? null : numbers, stated.numbers !== null, tally?.numbers),
      }),
      ...(readsDates && { dates: found(dates, stated.dates !== null, tally?.dates) }),
      contradictions: contradictions.get(field) ?? 0,
    };
  });
}

function countSample(
  tallies: readonly { readonly at: number; readonly tally: Tally }[],
  index: RowIndex,
  width: number,
  { bytes, from, to, isWhole }: Sample,
): void {
  const batch = { bytes, index };
  for (let at = from, stop = "indexed"; stop === "indexed" && at < to; at = index.end) {
    stop = index.index(bytes, at, to, isWhole);
    const isUtf8 = firstInvalidUtf8(bytes, at, index.end) < 0;
    for (let row = 0; row < index.rowCount; row++) {
      if (((index.rowFlags[row] as number) & UNSOUND) !== 0) continue;
      const [start, end] = [index.rowStarts[row] as number, index.rowEnds[row] as number];
      if (!isUtf8 && firstInvalidUtf8(bytes, start, end) >= 0) continue;
      countRow(tallies, batch, width, row);
    }
  }
}

function countRow(
  tallies: readonly { readonly at: number; readonly tally: Tally }[],
  batch: Batch,
  width: number,
  row: number,
): void {
  const { bytes, index } = batch;
  for (const { at, tally } of tallies) {
    if (at >= (index.cellCounts[row] as number)) continue;
    const start = index.starts[row * width + at] as number;
    const end = (index.ends[row * width + at] as number) >> FLAG_BITS;
    if (!isDigits(bytes, start, end)) tally.count(textAt(batch, width, row, at));
  }
}

/** They say nothing of any convention, and most cells are such. */
function isDigits(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return false;
  }
  return true;
}

class Tally {
  readonly numbers: NumberCounts = { br: 0, en: 0, plain: 0, ambiguous: 0 };
  readonly dates: DateCounts = { dmy: 0, mdy: 0, ymd: 0, ambiguous: 0 };
  readonly stated: Conventions;
  readonly #evidence: Record<NumberFormat | DateFormat, number> = { br: 0, en: 0, dmy: 0, mdy: 0, ymd: 0 };
  readonly #numberIsEvidence: (text: string) => boolean;
  readonly #dateIsEvidence: (text: string) => boolean;

  constructor(
    private readonly column: CompiledColumn,
    applied: ReadonlySet<FixClass>,
  ) {
    this.stated = column.conventions;
    this.#numberIsEvidence = evidenceOf(column.rules, "numbers", applied);
    this.#dateIsEvidence = evidenceOf(column.rules, "dates", applied);
  }

  count(text: string): void {
    if (this.column.readsNumbers) this.#countNumber(text);
    if (this.column.readsDates) this.#countDate(text);
  }

  conventions(): Conventions {
    const { column } = this;
    return {
      numbers: column.readsNumbers ? this.#numberConvention() : NO_CONVENTIONS.numbers,
      dates: column.readsDates ? this.#dateConvention() : NO_CONVENTIONS.dates,
    };
  }

  #countNumber(text: string): void {
    const reading = readNumber(text);
    if (reading.type === "none") return;
    if (reading.type === "ambiguous") this.numbers.ambiguous++;
    else if (reading.format === null) return;
    else if (reading.isPlain) this.numbers.plain++;
    else {
      this.numbers[reading.format]++;
      if (this.#numberIsEvidence(text)) this.#evidence[reading.format]++;
    }
  }

  #countDate(text: string): void {
    const reading = readDate(text);
    if (reading.type === "none") return;
    if (reading.type !== "sure") this.dates.ambiguous++;
    else if (reading.order !== null) {
      this.dates[reading.order]++;
      if (this.#dateIsEvidence(text)) this.#evidence[reading.order]++;
    }
  }

  #numberConvention(): Conventions["numbers"] {
    const { br, en, plain, ambiguous } = this.numbers;
    if (isEnough(this.#evidence.br, ambiguous + en + plain)) return en + plain === 0 ? "br" : "mixed";
    return br === 0 && isEnough(this.#evidence.en, ambiguous) ? "en" : null;
  }

  #dateConvention(): Conventions["dates"] {
    const { dmy, mdy, ambiguous } = this.dates;
    if (mdy === 0 && isEnough(this.#evidence.dmy, ambiguous)) return "dmy";
    if (dmy === 0 && isEnough(this.#evidence.mdy, ambiguous)) return "mdy";
    return dmy + mdy === 0 && isEnough(this.#evidence.ymd, ambiguous) ? "ymd" : null;
  }
}

function isEnough(evidence: number, decided: number): boolean {
  return evidence >= EVIDENCE_MIN && evidence * EVIDENCE_SHARE >= decided;
}

/** A fix under a condition, or for a check of the row, leaves some rows as they are: it makes no evidence. */
function evidenceOf(
  rules: readonly CompiledRule[],
  reads: "numbers" | "dates",
  applied: ReadonlySet<FixClass>,
): (text: string) => boolean {
  const isRewritten = rules.some(
    ({ check, fixes, mayFix }) =>
      mayFix && check.reads === reads && fixes.some(({ fixClass }) => applied.has(fixClass)),
  );
  const always = rules.filter(({ applies, check }) => applies === null && check.fields.length === 0);
  return (text) => !isRewritten || correctCell(always, text, applied, NO_ROW).text !== text;
}
