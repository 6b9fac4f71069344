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
}

/** A finding's line is bounded by the engine, so a page of 100 fits well within this. */
const RANGE_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

/**
 * Reads one page by range requests: constant memory however long the report is. Null when the page does not begin
 * where a finding does.
 */
export async function readReportPage(
  bucket: R2Bucket,
  key: string,
  place: ReportPlace,
): Promise<ReportPage | null> {
  const report = await bucket.head(key);
  const decoder = new TextDecoder();
  const findings: unknown[] = [];
  let toSkip = place.skip;
  let at = place.fromByte;
  if (report !== null && at > 0 && !(await isLineStart(bucket, key, at, report.size))) return null;
  while (report !== null && at < report.size) {
    const range = await bucket.get(key, { range: { offset: at, length: RANGE_BYTES } });
    if (range === null) break;
    const bytes = new Uint8Array(await range.arrayBuffer());
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      if (toSkip > 0) toSkip--;
      else findings.push(JSON.parse(decoder.decode(bytes.subarray(start, end))));
      start = end + 1;
      if (findings.length === place.limit)
        return { findings, nextByte: at + start < report.size ? at + start : null };
    }
    if (start === 0) break;
    at += start;
  }
  return { findings, nextByte: null };
}

async function isLineStart(bucket: R2Bucket, key: string, at: number, size: number): Promise<boolean> {
  if (at >= size) return at === size;
  const before = await bucket.get(key, { range: { offset: at - 1, length: 1 } });
  return before !== null && new Uint8Array(await before.arrayBuffer())[0] === NEWLINE;
}
