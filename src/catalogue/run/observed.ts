/** A run that tells somebody, row by row, what it finds and changes, beside writing it. */

import type { ByteWriter } from "../byte-writer";
import type { Suggestion } from "../fixes/suggest";
import type { FixClass } from "../profile/profile";
import type { SourceOffsets } from "../reading/source-offsets";
import {
  Report,
  type FindingFix,
  type FindingKind,
  type FindingPlace,
  type FindingTemplate,
  type FirstSeen,
} from "../report/report";
import { RowFindings } from "./row-findings";

/** A cell that is corrected, and by which rules' fixes, in the order in which they had work first. */
export interface CellChange {
  readonly row: number;
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  readonly field: string;
  readonly before: string;
  readonly after: string;
  readonly steps: readonly { readonly ruleId: string; readonly fixClass: FixClass }[];
}

export interface ObservedFinding {
  readonly place: FindingPlace;
  readonly kind: FindingKind;
  readonly value: string | null;
  readonly fix: FindingFix | null;
  readonly first: FirstSeen | null;
  readonly suggestions: readonly Suggestion[] | null;
}

/** Called in the middle of the row loop; what it is given may be kept. Findings of row 0 are the header's. */
export interface RunObserver {
  finding(found: ObservedFinding): void;
  change(change: CellChange): void;
  /** Of each row, when all that the row itself shows was told. */
  rowEnd(row: number, line: number): void;
}

export class ObservedReport extends Report {
  constructor(
    ndjson: ByteWriter,
    private readonly observer: RunObserver,
  ) {
    super(ndjson);
  }

  override write(
    place: FindingPlace,
    template: FindingTemplate,
    value: string | null,
    fix: FindingFix | null,
    first: FirstSeen | null = null,
    suggestions: readonly Suggestion[] | null = null,
  ): void {
    super.write(place, template, value, fix, first, suggestions);
    // A place is used again for the next finding.
    this.observer.finding({ place: { ...place }, kind: template.kind, value, fix, first, suggestions });
  }
}

export class ObservedFindings extends RowFindings {
  constructor(
    report: Report,
    offsets: SourceOffsets,
    firstLine: number,
    private readonly observer: RunObserver,
  ) {
    super(report, offsets, firstLine);
  }

  override end(lines: number): void {
    this.observer.rowEnd(this.rows, this.line);
    super.end(lines);
  }
}
