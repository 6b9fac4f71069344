/** Appends an enrichment's columns to the rows of a corrected file, between their last cell and their line end. */

import type { ReadField } from "../checks/row-checks";
import type { Corrector } from "../fixes/corrector";
import { fold } from "../fold";
import type { DerivedColumn } from "../profile/derived";
import { isBlankRow, type Batch } from "../reading/batch";

const LF = 0x0a;
const CR = 0x0d;

export class DerivedCells {
  readonly #columns: readonly DerivedColumn[];

  /** A column of a name that the file has already is not added: a second enrichment adds nothing. */
  constructor(
    columns: readonly DerivedColumn[],
    labels: readonly string[],
    private readonly corrector: Corrector,
    /** What the file cannot say is left blank; null if it can say anything. */
    private readonly isWritable: ((text: string) => boolean) | null,
  ) {
    const known = new Set(labels.map(fold));
    this.#columns = columns.filter(({ name }) => !known.has(fold(name)));
  }

  get isEmpty(): boolean {
    return this.#columns.length === 0;
  }

  appendLabels(bytes: Uint8Array, end: number): void {
    const labels = this.#columns.map(({ name }) => name);
    this.corrector.append(bytes, lineContentEnd(bytes, end), 0, labels);
  }

  /**
   * A short row is filled up, so that the cells stand in their columns. A blank row, and one with more cells than
   * the header, where they could not, stay as they are. `read` is null for a row that has no sure reading.
   */
  append(batch: Batch, width: number, row: number, read: ReadField | null): void {
    const { bytes, index } = batch;
    const missing = width - (index.cellCounts[row] as number);
    if (missing < 0 || isBlankRow(batch, width, row)) return;
    const texts = this.#columns.map(({ derive }) => this.#writable(read ? derive(read) : ""));
    this.corrector.append(bytes, lineContentEnd(bytes, index.rowEnds[row] as number), missing, texts);
  }

  #writable(text: string): string {
    return this.isWritable === null || this.isWritable(text) ? text : "";
  }
}

/** Without the line end before `end`, if there is one. */
function lineContentEnd(bytes: Uint8Array, end: number): number {
  if (bytes[end - 1] === CR) return end - 1;
  if (bytes[end - 1] !== LF) return end;
  return bytes[end - 2] === CR ? end - 2 : end - 1;
}
