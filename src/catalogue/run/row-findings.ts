/** Writes the findings of one row after another, and counts rows by the worst that was found in them. */

import type { Suggestion } from "../fixes/suggest";
import type { Severity } from "../profile/profile";
import type { SourceOffsets } from "../reading/source-offsets";
import type { FindingFix, FindingTemplate, Report } from "../report/report";
import type { RowState } from "./uniqueness/spill";

const NOTHING_FOUND: RowState = 0;
const WARNING_FOUND: RowState = 1;
const ERROR_FOUND: RowState = 2;

export class RowFindings {
  rows = 0;
  errors = 0;
  warnings = 0;
  /** Physical line on which the row starts. */
  line: number;

  readonly #place = { row: 0, line: 0, byteOffset: 0 };
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  #found: RowState = NOTHING_FOUND;

  constructor(
    private readonly report: Report,
    private readonly offsets: SourceOffsets,
    firstLine: number,
  ) {
    this.line = firstLine;
  }

  /** A row begins at `start` of the window's bytes. */
  begin(bytes: Uint8Array, start: number): void {
    this.rows++;
    this.#bytes = bytes;
    this.#start = start;
    this.#found = NOTHING_FOUND;
  }

  end(lines: number): void {
    if (this.#found === ERROR_FOUND) this.errors++;
    else if (this.#found === WARNING_FOUND) this.warnings++;
    this.line += lines;
  }

  /** `at`: where in the window the cell begins; null is the row itself. */
  add(
    template: FindingTemplate,
    at: number | null,
    value: string | null,
    fix: FindingFix | null,
    suggestions: readonly Suggestion[] | null = null,
  ): void {
    this.note(template.kind.severity);
    const place = this.#place;
    place.row = this.rows;
    place.line = this.line;
    place.byteOffset = this.byteOffset(at);
    this.report.write(place, template, value, fix, null, suggestions);
  }

  note(severity: Severity): void {
    if (severity === "error") this.#found = ERROR_FOUND;
    else if (severity === "warning" && this.#found === NOTHING_FOUND) this.#found = WARNING_FOUND;
  }

  byteOffset(at: number | null): number {
    return this.offsets.of(this.#bytes, this.#start, at ?? this.#start);
  }

  /** What the row counts as, as far as it has been judged. */
  get found(): RowState {
    return this.#found;
  }
}
