/** One pass over one file: streams in, streams out, in memory that does not depend on the file. */

import { err, type Result } from "../../domain/result";
import { goOnAt, openTable } from "../reading/open-table";
import {
  CorruptGzip,
  DecompressionBomb,
  readerBehind,
  readerFrom,
  readerOf,
  type SourceReader,
} from "../reading/source-reader";
import type { CatalogueFailure, CatalogueRun, CatalogueSummary } from "./catalogue-run";
import { Pass } from "./pass";
import { unpackPlace, type RunPlace } from "./run-state";
import { settleTable, type Table } from "./table";

/**
 * Bad rows are findings; a failure means that there is no table to judge. Sinks are closed on success only: what
 * a failed run has written is the caller's to drop. Faults of the source or of a sink are thrown as they are.
 */
export async function runCatalogue(run: CatalogueRun): Promise<Result<CatalogueSummary, CatalogueFailure>> {
  const source = readerOf(run.source, run.compressed ? run : null);
  try {
    const opened = await openTable(source, run.profile, run.dialect, run.labelMemory);
    if (!opened.ok) {
      await source.cancel();
      return opened;
    }
    const table = settleTable(opened.value, run.profile);
    const place = run.resume && unpackPlace(run.resume.state);
    if (!run.resume || !place) return await passOver(run, source, table, null);
    await source.cancel();
    const further = await readerAt(run.resume.sourceAt, place.offset, run);
    return await passOver(run, further, await goOnAt(table, further, place.offset), place);
  } catch (error) {
    if (error instanceof DecompressionBomb)
      return err({ reason: "decompression_bomb", detail: error.message });
    if (error instanceof CorruptGzip) return err({ reason: "not_a_table", detail: error.message });
    throw error;
  }
}

async function passOver(
  run: CatalogueRun,
  source: SourceReader,
  table: Table,
  place: RunPlace | null,
): Promise<Result<CatalogueSummary, CatalogueFailure>> {
  const outcome = await new Pass(run, source, table, place).run();
  if (!outcome.ok || !outcome.value.isWhole) await source.cancel();
  return outcome;
}

/** The source from byte `offset` on, inflated; where the stored bytes are not the read ones, what comes before is passed over. */
async function readerAt(
  sourceAt: (byte: number) => Promise<ReadableStream<Uint8Array>>,
  offset: number,
  run: CatalogueRun,
): Promise<SourceReader> {
  if (!run.compressed) return readerFrom(await sourceAt(offset), offset);
  return readerBehind(readerOf(await sourceAt(0), run), offset);
}
