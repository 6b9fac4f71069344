import type { Profile } from "../catalogue/profile/profile";
import { summaryOf, type ReportSummary } from "../catalogue/report/summary";
import type { CatalogueSummary } from "../catalogue/run/catalogue-run";
import type { FileKeys } from "../crypto/file-keys";
import { profileChecksum } from "../crypto/profile-checksum";
import type { Job } from "../domain/job";
import { MultipartSink } from "../storage/multipart-sink";

/** The engine's own language for what it says of findings. */
const LOCALE = "pt-BR";

export const summaryFor = (
  { id: jobId, fileRef }: Job,
  profile: Profile,
  run: CatalogueSummary,
  reportDigest: string,
): ReportSummary =>
  summaryOf(run, {
    jobId,
    fileRef,
    locale: LOCALE,
    profile,
    profileChecksum: profileChecksum(profile),
    reportDigest,
  });

/** Small, so one PUT; it is there before the job says that it has succeeded. */
export async function writeSummary(bucket: R2Bucket, keys: FileKeys, summary: ReportSummary): Promise<void> {
  const sink = new MultipartSink(bucket, keys, { httpMetadata: { contentType: "application/json" } });
  await sink.write(new TextEncoder().encode(JSON.stringify(summary)));
  await sink.close();
}
