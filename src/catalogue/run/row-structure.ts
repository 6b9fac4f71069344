/** What is wrong with a row as a row, whatever its cells say. */

import { cellStart, extraCellStart, isBlankRow, textAt, type Batch } from "../reading/batch";
import { BROKEN, FLAG_BITS, LINE_END_FLAGS, STRAY, UNCLOSED } from "../reading/row-index";
import { firstInvalidUtf8 } from "../reading/utf8";
import type { FindingKinds } from "../report/finding-kinds";
import type { RowFindings } from "./row-findings";

const QUOTE_FAULTS = STRAY | BROKEN | UNCLOSED;

export interface RowVerdict {
  readonly isUtf8: boolean;
  readonly isBlank: boolean;
}

const SOUND: RowVerdict = { isUtf8: true, isBlank: false };

export class RowStructure {
  /** Rows that end otherwise than the header. */
  mixedLineEnds = 0;

  constructor(
    private readonly kinds: FindingKinds,
    private readonly findings: RowFindings,
    private readonly width: number,
    /** How the header ends, as a row's flags say it. */
    private readonly lineEnd: number,
  ) {}

  /** `isBatchUtf8`: known of the whole batch, so that its rows need no look of their own. */
  judge(batch: Batch, row: number, isBatchUtf8: boolean): RowVerdict {
    const { kinds, findings, width } = this;
    const { bytes, index } = batch;
    const cells = index.cellCounts[row] as number;
    const flags = index.rowFlags[row] as number;
    const start = index.rowStarts[row] as number;
    const end = index.rowEnds[row] as number;
    const isUtf8 = isBatchUtf8 || firstInvalidUtf8(bytes, start, end) < 0;
    if (!isUtf8) findings.add(kinds.structural("encoding-error"), null, null, null);
    if (index.hasNul) this.#judgeNul(batch, row, start, end);
    if ((flags & LINE_END_FLAGS) !== this.lineEnd) this.judgeLineEnd(flags & LINE_END_FLAGS);
    if ((flags & QUOTE_FAULTS) !== 0) this.#judgeQuotes(batch, row, flags);
    if (isBlankRow(batch, width, row)) {
      findings.add(kinds.structural("blank-row"), null, null, null);
      return { isUtf8, isBlank: true };
    }
    if (cells > width) {
      findings.add(kinds.extraCell(), extraCellStart(batch, width, row), String(cells), null);
    } else if (cells < width) findings.add(kinds.missingCell(cells), null, String(cells), null);
    return isUtf8 ? SOUND : { isUtf8, isBlank: false };
  }

  /** Each such row is counted, and the first one is a finding. The end of the file is no line end. */
  judgeLineEnd(lineEnd: number): void {
    if (lineEnd === LINE_END_FLAGS || lineEnd === this.lineEnd || this.lineEnd === LINE_END_FLAGS) return;
    if (this.mixedLineEnds++ > 0) return;
    this.findings.add(this.kinds.structural("mixed-line-ends"), null, null, null);
  }

  #judgeNul(batch: Batch, row: number, start: number, end: number): void {
    const nul = batch.bytes.subarray(start, end).indexOf(0);
    if (nul < 0) return;
    const cells = Math.min(batch.index.cellCounts[row] as number, this.width);
    let at = 0;
    while (at < cells - 1 && (batch.index.ends[row * this.width + at] as number) >> FLAG_BITS <= start + nul)
      at++;
    this.findings.add(this.kinds.inCell("nul-byte", at), cellStart(batch, this.width, row, at), null, null);
  }

  #judgeQuotes(batch: Batch, row: number, flags: number): void {
    const { kinds, findings, width } = this;
    if ((flags & UNCLOSED) !== 0) {
      findings.add(kinds.structural("unclosed-quote"), null, null, null);
      return;
    }
    const cells = Math.min(batch.index.cellCounts[row] as number, width);
    for (let at = 0; at < cells; at++) {
      const packed = batch.index.ends[row * width + at] as number;
      if ((packed & (STRAY | BROKEN)) === 0) continue;
      const text = textAt(batch, width, row, at);
      findings.add(kinds.inCell("stray-quote", at), cellStart(batch, width, row, at), text, null);
    }
  }
}
