/** What judges the rows of one table and writes what comes of them, wired for one run. */

import { ByteWriter, type ByteSink } from "../byte-writer";
import { Corrector } from "../fixes/corrector";
import type { CompiledProfile } from "../profile/compile";
import type { Dialect } from "../reading/dialect";
import { EncodedSink } from "../reading/encoded-sink";
import { LINE_END_FLAGS } from "../reading/row-index";
import { SourceOffsets } from "../reading/source-offsets";
import { FindingKinds } from "../report/finding-kinds";
import { Report } from "../report/report";
import type { CatalogueRun } from "./catalogue-run";
import { DerivedCells } from "./derived-cells";
import { ObservedFindings, ObservedReport } from "./observed";
import { RowFindings } from "./row-findings";
import { RowJudge } from "./row-judge";
import { RowStructure } from "./row-structure";
import type { Table } from "./table";
import { Uniqueness } from "./uniqueness/uniqueness";
import { writableIn } from "./writable";

export interface PassParts {
  readonly report: Report;
  readonly kinds: FindingKinds;
  readonly offsets: SourceOffsets;
  readonly findings: RowFindings;
  readonly structure: RowStructure;
  /** Null if the corrected file is UTF-8. */
  readonly encoded: EncodedSink | null;
  readonly corrector: Corrector | null;
  readonly derived: DerivedCells | null;
  readonly judge: RowJudge;
  readonly uniqueness: Uniqueness | null;
}

/** `offset`: the first byte of the source that this run judges. */
export function partsOf(request: CatalogueRun, table: Table, offset: number): PassParts {
  const { sniffed, binding, detected, columns, index } = table;
  const { dialect, dataLine } = sniffed;
  const { profile, mode, locale = "pt-BR", outputEncoding = "source" } = request;
  const width = dialect.labels.length;
  const { observer } = request;
  const ndjson = new ByteWriter(request.report);
  const report = observer ? new ObservedReport(ndjson, observer) : new Report(ndjson);
  const written = outputEncoding === "source" ? detected.encoding : "utf-8";
  const isWritable = writableIn(written, dialect);
  const output = request.output ?? NOWHERE;
  const encoded = written === "utf-8" ? null : new EncodedSink(output, written);
  const corrector = mode === "correct" ? new Corrector(encoded ?? output, dialect) : null;
  const derived = request.enrich ? derivedCells(profile, dialect, corrector, isWritable) : null;
  const labels = binding.read.map(({ label }) => label);
  const kinds = new FindingKinds(report, locale, labels);
  const offsets = new SourceOffsets(detected.encoding, offset);
  const findings = observer
    ? new ObservedFindings(report, offsets, dataLine, observer)
    : new RowFindings(report, offsets, dataLine);
  const structure = new RowStructure(kinds, findings, width, dialect.flags & LINE_END_FLAGS);
  const judging = { profile, columns: columns.map(({ bound }) => bound), width, kinds, report };
  const { uniquenessBytes: bytes, spill: store, salt = "" } = request;
  const uniqueness = Uniqueness.of({ ...judging, bytes, store, salt });
  const judge = new RowJudge(
    {
      ...judging,
      findings,
      structure,
      corrector,
      derived,
      isWritable,
      uniqueness,
      observer: observer ?? null,
    },
    index,
  );
  return { report, kinds, offsets, findings, structure, encoded, corrector, derived, judge, uniqueness };
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
