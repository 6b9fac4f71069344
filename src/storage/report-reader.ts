import type { FileKeys } from "../crypto/file-keys";
import { ok, type Result } from "../domain/result";
import { asResult } from "./opened-stream";
import type { Unreadable } from "./seal-metadata";
import { readSettled, type ReadableHead } from "./sealed-object";

/** A page of an NDJSON report: findings as they stand in it, and the byte where the next page begins. */
export interface ReportPage {
  readonly findings: readonly unknown[];
  readonly nextByte: number | null;
}

export interface ReportPlace {
  readonly fromByte: number;
  /** Findings to pass over first. */
  readonly skip: number;
  readonly limit: number;
  /** Only findings whose fix was applied: together they are the corrected file's patch. */
  readonly onlyFixed?: boolean;
}

/** A finding's line is bounded by the engine, so a page of 100 fits well within this. */
const RANGE_BYTES = 256 * 1024;
const NEWLINE = 0x0a;
/** Where few findings have a fix, a page ends early rather than read a whole report. */
const SCANNED_MAX_BYTES = 16 * RANGE_BYTES;
/** Only a finding's own member reads so: within its texts, quotes are escaped. */
const FIXED = ',"applied":true}';

/**
 * Reads one page by range requests: constant memory however long the report is. Null when the page does not begin
 * where a finding does; `missing` when there is no report.
 */
export const readReportPage = (
  bucket: R2Bucket,
  keys: FileKeys,
  place: ReportPlace,
): Promise<Result<ReportPage | null | "missing", Unreadable>> =>
  readSettled<ReportPage | null | "missing">(bucket, keys, async (report) =>
    report === null ? ok("missing") : readPage(report, place),
  );

async function readPage(
  report: ReadableHead,
  { fromByte, skip, limit, onlyFixed = false }: ReportPlace,
): Promise<Result<ReportPage | null, Unreadable>> {
  const size = report.plainBytes;
  if (fromByte > size) return ok(null);
  const decoder = new TextDecoder();
  const findings: unknown[] = [];
  let toSkip = skip;
  // Where it is not the report's first, a page begins behind a line's end, which is read along.
  let at = Math.max(0, fromByte - 1);
  while (at < size) {
    const range = await readRange(report, at, Math.min(RANGE_BYTES, size - at));
    if (!range.ok) return range;
    const bytes = range.value;
    let start = 0;
    if (at < fromByte && bytes[start++] !== NEWLINE) return ok(null);
    for (let end = bytes.indexOf(NEWLINE, start); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      const line = decoder.decode(bytes.subarray(start, end));
      start = end + 1;
      if (onlyFixed && !line.includes(FIXED)) continue;
      if (toSkip > 0) toSkip--;
      else findings.push(JSON.parse(line));
      if (findings.length === limit) return ok({ findings, nextByte: at + start < size ? at + start : null });
    }
    if (start === 0) break;
    at += start;
    if (onlyFixed && at < size && at - fromByte >= SCANNED_MAX_BYTES) return ok({ findings, nextByte: at });
  }
  return ok({ findings, nextByte: null });
}

async function readRange(
  report: ReadableHead,
  offset: number,
  length: number,
): Promise<Result<Uint8Array, Unreadable>> {
  const opened = await report.open({ offset, length });
  if (!opened.ok) return opened;
  return asResult(async () => {
    const pieces: Uint8Array[] = [];
    for await (const piece of opened.value) pieces.push(piece);
    return Buffer.concat(pieces);
  });
}
