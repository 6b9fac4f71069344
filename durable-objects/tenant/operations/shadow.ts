import type { FileKeys } from "../../../src/crypto/file-keys";
import { parseFileRef } from "../../../src/domain/file-ref";
import type { Job } from "../../../src/domain/job";
import { fromJsonText } from "../../../src/domain/json-text";
import { err, ok, type Result } from "../../../src/domain/result";
import { LATEST, type RulesProfileId } from "../../../src/domain/rules-profile-id";
import { fileKey } from "../../../src/storage/keys";
import type { Admitted } from "../admission";
import type { Seal } from "../seal";
import type { Stores } from "../stores";
import { findProfile, type UnknownProfile } from "./profile-choice";
import { viewOf, type ProfileView } from "./rules";

/** Which files a draft is tried on: those of named jobs, or of the channel's last ones. */
export type ShadowChoice =
  | { readonly type: "jobs"; readonly ids: readonly string[] }
  | { readonly type: "recent"; readonly count: number };

export interface ShadowInput {
  readonly jobId: string;
  readonly fileRef: string;
  /** Null where the upload is not there any more. */
  readonly keys: FileKeys | null;
}

export interface ShadowView {
  readonly draft: ProfileView;
  readonly published: ProfileView;
  readonly inputs: readonly ShadowInput[];
}

export type ShadowRefusal =
  | UnknownProfile
  | { readonly reason: "nothing_published" }
  | { readonly reason: "unknown_job"; readonly jobId: string }
  | { readonly reason: "other_channel"; readonly jobId: string };

/** So many of the last jobs are looked through for files that differ. */
const LOOKED_THROUGH = 50;

export function viewShadow(
  stores: Stores,
  { tenant: { tenantId } }: Admitted,
  wanted: RulesProfileId,
  choice: ShadowChoice,
  seal: Seal,
): Result<ShadowView, ShadowRefusal> {
  const draft = findProfile(stores, wanted);
  if (!draft) return err({ reason: "unknown_profile" });
  const published = findProfile(stores, { channel: wanted.channel, version: LATEST });
  if (!published) return err({ reason: "nothing_published" });
  const jobs =
    choice.type === "jobs" ? named(stores, wanted.channel, choice.ids) : ok(recent(stores, wanted.channel));
  if (!jobs.ok) return jobs;
  const inputOf = ({ id, fileRef }: Job): ShadowInput => {
    const ref = parseFileRef(fileRef);
    const file = ref.ok && ref.value.form !== "legacy" ? stores.files.find(ref.value.fileId) : undefined;
    const isThere = file?.status === "uploaded";
    return {
      jobId: id,
      fileRef,
      keys: isThere ? seal.fileKeys(fileKey(tenantId, file.id, file.name)) : null,
    };
  };
  const inputs = jobs.value.map(inputOf);
  const chosen =
    choice.type === "jobs" ? inputs : inputs.filter(({ keys }) => keys !== null).slice(0, choice.count);
  return ok({ draft: viewOf(draft), published: viewOf(published), inputs: chosen });
}

function named(
  stores: Stores,
  channel: string,
  ids: readonly string[],
): Result<readonly Job[], ShadowRefusal> {
  const jobs: Job[] = [];
  for (const jobId of new Set(ids)) {
    const job = stores.jobs.find(jobId);
    if (!job) return err({ reason: "unknown_job", jobId });
    if (job.channel !== channel) return err({ reason: "other_channel", jobId });
    jobs.push(job);
  }
  return ok(jobs);
}

/** The last jobs that were done, one for each file. */
function recent(stores: Stores, channel: string): readonly Job[] {
  const filter = { status: "succeeded", channel, type: null, idAbove: null, idBelow: null } as const;
  const { jobs } = stores.jobs.list(filter, null, { limit: LOOKED_THROUGH, offset: 0, after: null });
  const byFile = new Map<string, Job>();
  for (const job of jobs.map(({ body }) => fromJsonText(body)))
    if (!byFile.has(job.fileRef)) byFile.set(job.fileRef, job);
  return [...byFile.values()];
}
