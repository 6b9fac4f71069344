import type { FileKeys } from "../crypto/file-keys";
import { ok, type Result } from "../domain/result";
import { asResult } from "./opened-stream";
import type { Unreadable } from "./seal-metadata";
import { readSettled } from "./sealed-object";

/** Which fields of certain rows a report has findings on. */
export interface ReportedFields {
  readonly fieldsByRow: ReadonlyMap<number, ReadonlySet<string>>;
  /** The report is longer than was looked at. */
  readonly truncated: boolean;
}

const NEWLINE = 0x0a;
const ROW = /^\{"row":(\d+),/;

/** Reads at most so many bytes of a report, a line at a time; null where there is none. */
export const searchReport = (
  bucket: R2Bucket,
  keys: FileKeys,
  rows: ReadonlySet<number>,
  maxBytes: number,
): Promise<Result<ReportedFields | null, Unreadable>> =>
  readSettled<ReportedFields | null>(bucket, keys, async (report) => {
    if (report === null) return ok(null);
    const length = Math.min(maxBytes, report.plainBytes);
    if (length === 0) return ok({ fieldsByRow: new Map(), truncated: false });
    const opened = await report.open({ offset: 0, length });
    if (!opened.ok) return opened;
    return asResult(async () => ({
      fieldsByRow: await fieldsOf(opened.value, rows),
      truncated: length < report.plainBytes,
    }));
  });

async function fieldsOf(
  report: ReadableStream<Uint8Array>,
  rows: ReadonlySet<number>,
): Promise<ReadonlyMap<number, ReadonlySet<string>>> {
  const fieldsByRow = new Map<number, Set<string>>();
  for await (const line of linesOf(report)) {
    const row = Number(ROW.exec(line)?.[1]);
    if (!rows.has(row)) continue;
    const { field } = JSON.parse(line) as { readonly field: string | null };
    if (field === null) continue;
    const fields = fieldsByRow.get(row) ?? new Set();
    fieldsByRow.set(row, fields.add(field));
  }
  return fieldsByRow;
}

/** Without what comes behind the last line's end. */
async function* linesOf(report: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of report) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      yield decoder.decode(bytes.subarray(start, end));
      start = end + 1;
    }
    rest = bytes.slice(start);
  }
}
