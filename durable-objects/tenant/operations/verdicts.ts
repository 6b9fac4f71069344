import type { FileKeys } from "../../../src/crypto/file-keys";
import { parseFileRef } from "../../../src/domain/file-ref";
import { err, ok, type Result } from "../../../src/domain/result";
import type { TenantId } from "../../../src/domain/tenant-id";
import { fileKey, jobKey } from "../../../src/storage/keys";
import type { Seal } from "../seal";
import type { Stores } from "../stores";
import type { UnknownJob } from "./jobs";
import type { UnknownProfile } from "./profile-choice";
import { viewRunnable, type RunnableProfile } from "./rules";

/** What a marketplace's answers are read by, and where to look for the rows that they are about. */
export interface VerdictSource {
  readonly profile: RunnableProfile;
  readonly job: VerdictJob | null;
}

export interface VerdictJob {
  readonly isShredded: boolean;
  /** What the job itself ran by. */
  readonly profile: RunnableProfile;
  readonly fileRef: string;
  /** Null where the job names no upload. */
  readonly input: FileKeys | null;
  /** Null while there is none. */
  readonly report: FileKeys | null;
}

export type VerdictRefusal = UnknownProfile | UnknownJob;

/** Without a profile's id, the job's own is meant. */
export function verdictSource(
  stores: Stores,
  tenantId: TenantId,
  { jobId, profileId }: { readonly jobId: string; readonly profileId: string | null },
  seal: Seal,
): Result<VerdictSource, VerdictRefusal> {
  const job = stores.jobs.find(jobId);
  if (!job) return err({ reason: "unknown_job" });
  const own = viewRunnable(stores, job.rulesProfileId);
  if (!own.ok) return own;
  const asked = profileId === null ? own : viewRunnable(stores, profileId);
  if (!asked.ok) return asked;
  const ref = parseFileRef(job.fileRef);
  const isUpload = ref.ok && ref.value.form !== "legacy";
  return ok({
    profile: asked.value,
    job: {
      isShredded: job.isShredded === true,
      profile: own.value,
      fileRef: job.fileRef,
      input: isUpload ? seal.fileKeys(fileKey(tenantId, ref.value.fileId, ref.value.filename)) : null,
      report: job.reportRef === null ? null : seal.fileKeys(jobKey(tenantId, jobId, "report.ndjson")),
    },
  });
}
