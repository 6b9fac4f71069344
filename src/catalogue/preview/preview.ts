/** What a correction would do with the beginning of a file: the job's own pass, watched, and nothing written. */

import type { Counters } from "../../domain/counters";
import { ok, type Result } from "../../domain/result";
import type { CompiledProfile } from "../profile/compile";
import type { RuleTally } from "../report/rule-tallies";
import type { CatalogueFailure } from "../run/catalogue-run";
import type { CellChange, ObservedFinding, RunObserver } from "../run/observed";
import { runCatalogue } from "../run/run";
import { sampleOf, type RowSample, type SampleKind } from "./row-sample";

export interface PreviewRun {
  readonly source: ReadableStream<Uint8Array>;
  readonly compressed: boolean;
  readonly maxInflatedBytes: number;
  /** Compiled with the choice among fixes that is tried. */
  readonly profile: CompiledProfile;
  readonly sample: SampleKind;
  /** So many are shown. */
  readonly rows: number;
  readonly seed: number;
  /** Reading ends with the last whole row in about so many bytes, inflated. */
  readonly bytesMax: number;
}

export interface PreviewedRow {
  readonly row: number;
  readonly line: number;
  readonly rules: ReadonlySet<string>;
  /** The first of the row's, beside how many there are. */
  readonly changes: readonly CellChange[];
  readonly changesTotal: number;
  readonly findings: readonly ObservedFinding[];
  readonly findingsTotal: number;
}

export interface Preview {
  readonly rows: readonly PreviewedRow[];
  /** Of all that was read, as the members below. */
  readonly byRule: readonly RuleTally[];
  /** Cells that a rule's fix had a part in changing. */
  readonly correctedCells: ReadonlyMap<string, number>;
  readonly counters: Counters;
  readonly findingsTotal: number;
  /** Of the source as it is stored. */
  readonly bytesRead: number;
  /** False: there are rows behind those that were read. */
  readonly isWhole: boolean;
}

/** More findings than a person looks at, and few enough to be made within a request. */
const FINDINGS_MAX = 500_000;

export async function previewCatalogue({
  sample,
  rows,
  seed,
  bytesMax,
  ...run
}: PreviewRun): Promise<Result<Preview, CatalogueFailure>> {
  const collector = new RowCollector(sampleOf(sample, rows, seed));
  const outcome = await runCatalogue({
    ...run,
    mode: "correct",
    output: null,
    report: NOWHERE,
    observer: collector,
    onProgress: ({ bytesJudged }) =>
      bytesJudged >= bytesMax || collector.findingsTotal >= FINDINGS_MAX ? "enough" : "go",
  });
  if (!outcome.ok) return outcome;
  const { byRule, counters, findingsTotal, bytesRead, isWhole } = outcome.value;
  const { correctedCells } = collector;
  return ok({
    rows: collector.rows,
    byRule,
    correctedCells,
    counters,
    findingsTotal,
    bytesRead,
    isWhole,
  });
}

const NOWHERE = { write: () => undefined, close: () => Promise.resolve() };

/** A row of thousands of columns shows so many of each; all are counted. */
const SHOWN_OF_A_ROW = 50;

class RowCollector implements RunObserver {
  findingsTotal = 0;
  readonly correctedCells = new Map<string, number>();
  #row = newRow();

  constructor(private readonly sample: RowSample<PreviewedRow>) {}

  get rows(): readonly PreviewedRow[] {
    return this.sample.rows;
  }

  finding(found: ObservedFinding): void {
    this.findingsTotal++;
    if (found.place.row === 0) return;
    const row = this.#row;
    row.findingsTotal++;
    row.rules.add(found.kind.ruleId);
    if (row.findings.length < SHOWN_OF_A_ROW) row.findings.push(found);
  }

  change(change: CellChange): void {
    const row = this.#row;
    row.changesTotal++;
    if (row.changes.length < SHOWN_OF_A_ROW) row.changes.push(change);
    for (const { ruleId } of change.steps)
      this.correctedCells.set(ruleId, (this.correctedCells.get(ruleId) ?? 0) + 1);
  }

  rowEnd(row: number, line: number): void {
    this.sample.offer({ row, line, ...this.#row });
    this.#row = newRow();
  }
}

const newRow = () => ({
  rules: new Set<string>(),
  changes: [] as CellChange[],
  changesTotal: 0,
  findings: [] as ObservedFinding[],
  findingsTotal: 0,
});
