import type { VerdictJob } from "../../durable-objects/tenant/operations/verdicts";
import { findRows, type FoundRows } from "../catalogue/verdicts/find-rows";
import { Judgement } from "../catalogue/verdicts/verdicts";
import { ok, type Result } from "../domain/result";
import { asResult } from "../storage/opened-stream";
import { searchReport, type ReportedFields } from "../storage/report-search";
import type { Unreadable } from "../storage/seal-metadata";
import { openSealed } from "../storage/sealed-object";
import { compiledIn, labelMemoryIn, profileIn } from "./runnable-profile";

const INPUT_MAX_BYTES = 64 * 1024 ** 2;
const REPORT_MAX_BYTES = 64 * 1024 ** 2;

/** What a job's own files say of the rows that a marketplace's answers are about. */
export interface Evidence {
  readonly rows: FoundRows | null;
  readonly reported: ReportedFields | null;
}

export interface Wanted {
  readonly skus: ReadonlySet<string>;
  readonly rows: ReadonlySet<number>;
}

export interface UnreadableAt {
  readonly path: string;
  readonly reason: Unreadable["reason"];
}

/** One pass over the beginning of each, in memory that does not depend on them. */
export async function evidenceOf(
  bucket: R2Bucket,
  job: VerdictJob,
  wanted: Wanted,
): Promise<Result<Evidence, UnreadableAt>> {
  const rows = await rowsOf(bucket, job, wanted.skus);
  if (!rows.ok) return rows;
  const places = [...(rows.value?.places.values() ?? [])];
  const numbers = new Set([...wanted.rows, ...places.map(({ row }) => row)]);
  const reported = await reportedOf(bucket, job, numbers);
  return reported.ok ? ok({ rows: rows.value, reported: reported.value }) : reported;
}

async function rowsOf(
  bucket: R2Bucket,
  { input, fileRef, profile: view }: VerdictJob,
  wanted: ReadonlySet<string>,
): Promise<Result<FoundRows | null, UnreadableAt>> {
  if (input === null || wanted.size === 0) return ok(null);
  const opened = await openSealed(bucket, input);
  if (!opened.ok) return at(input.path, opened.error);
  if (opened.value === null) return ok(null);
  const profile = compiledIn(view);
  const field = new Judgement(profileIn(view), profile).fieldOf("sku");
  if (field === null) {
    await opened.value.body.cancel();
    return ok(null);
  }
  const { body } = opened.value;
  const compressed = fileRef.toLowerCase().endsWith(".gz");
  const labelMemory = labelMemoryIn(view);
  const search = { source: body, compressed, maxBytes: INPUT_MAX_BYTES, profile, labelMemory, field, wanted };
  const found = await asResult(() => findRows(search));
  if (!found.ok) return at(input.path, found.error);
  return ok(found.value.ok ? found.value.value : null);
}

async function reportedOf(
  bucket: R2Bucket,
  { report }: VerdictJob,
  rows: ReadonlySet<number>,
): Promise<Result<ReportedFields | null, UnreadableAt>> {
  if (report === null || rows.size === 0) return ok(null);
  const found = await searchReport(bucket, report, rows, REPORT_MAX_BYTES);
  return found.ok ? found : at(report.path, found.error);
}

const at = (path: string, { reason }: Unreadable) =>
  ({ ok: false, error: { path, reason } }) as const satisfies Result<never, UnreadableAt>;
