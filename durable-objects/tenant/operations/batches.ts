import { v7 as uuidV7 } from "uuid";
import type { JobRequest, OpenJob, PrivateMembers } from "../../../src/domain/job";
import { fromJsonText, type JsonText } from "../../../src/domain/json-text";
import { err, ok, type Result } from "../../../src/domain/result";
import { parseRulesProfileId } from "../../../src/domain/rules-profile-id";
import type { Admitted } from "../admission";
import type { Created, Idempotency, IdempotencyRefusal } from "../answer";
import type { Seal } from "../seal";
import type { Stores } from "../stores";
import { enqueue, submitted } from "./jobs";
import { once } from "./once";
import {
  checkFixes,
  findProfile,
  runnableProfile,
  type UnknownProfile,
  type UnknownRules,
} from "./profile-choice";
import { viewOf, type ProfileView } from "./rules";

/** One file for several channels: a job for each, all made or none. */
export interface SubmitBatch {
  readonly targets: readonly Omit<JobRequest, "type" | "fileRef">[];
  readonly common: Pick<JobRequest, "type" | "fileRef">;
  readonly members: PrivateMembers;
  readonly file: { readonly id: string; readonly name: string };
  readonly idempotency: Idempotency;
}

export interface TargetRefused {
  readonly reason: "target_refused";
  /** Its place among the targets. */
  readonly target: number;
  readonly because: UnknownProfile | UnknownRules;
}

export type BatchRefusal = IdempotencyRefusal | TargetRefused | { readonly reason: "file_not_found" };

export interface BatchView {
  readonly id: string;
  readonly jobs: readonly JsonText<OpenJob>[];
  /** That the jobs run by, in their order; null for one that is not there any more. */
  readonly profiles: readonly (ProfileView | null)[];
}

export function submitBatch(
  stores: Stores,
  admitted: Admitted,
  { targets, common, members, file: { id, name }, idempotency }: SubmitBatch,
  seal: Seal,
  nowMs: number,
): Result<Created<BatchView>, BatchRefusal> {
  const make = (): Result<BatchView, BatchRefusal> => {
    const requests: JobRequest[] = [];
    for (const [target, wanted] of targets.entries()) {
      const profile = runnableProfile(stores, wanted.rulesProfileId);
      if (!profile.ok) return err({ reason: "target_refused", target, because: profile.error });
      const choice = checkFixes(profile.value, wanted.fixes);
      if (!choice.ok) return err({ reason: "target_refused", target, because: choice.error });
      requests.push({ ...common, ...wanted, rulesProfileId: profile.value.id });
    }
    const file = stores.files.find(id);
    if (file?.status !== "uploaded" || file.name !== name) return err({ reason: "file_not_found" });
    const jobIds = requests.map(() => uuidV7({ msecs: nowMs }));
    const batch = { id: jobIds[0] ?? "", jobIds };
    const jobs = requests.map((request, at) => {
      const origin = { idempotencyKey: idempotency.key, retryOf: null, batch, id: jobIds[at] ?? "" };
      return enqueue(stores, admitted, { request, members }, origin, seal, nowMs);
    });
    return ok(viewOfJobs(stores, batch.id, jobs));
  };
  const answers = {
    keep: ({ jobs }: BatchView) => JSON.stringify(jobs.map((job) => fromJsonText(job).id)),
    restore: (kept: string) => {
      const ids = JSON.parse(kept) as readonly string[];
      const jobs = ids.map((jobId) => submitted(stores, seal, jobId));
      return viewOfJobs(stores, ids[0] ?? "", jobs);
    },
  };
  return once(stores, idempotency, nowMs, answers, make);
}

export type UnknownBatch = { readonly reason: "unknown_batch" };

/** The batch's jobs as they are now. */
export function viewBatch(stores: Stores, id: string, seal: Seal): Result<BatchView, UnknownBatch> {
  const batch = stores.jobs.find(id)?.batch;
  if (batch?.id !== id) return err({ reason: "unknown_batch" });
  const jobs = batch.jobIds.flatMap((jobId) => stores.jobs.findStored(jobId) ?? []);
  return ok(
    viewOfJobs(
      stores,
      id,
      jobs.map((job) => seal.openJob(job)),
    ),
  );
}

function viewOfJobs(stores: Stores, id: string, jobs: readonly JsonText<OpenJob>[]): BatchView {
  const profiles = jobs.map((job) => {
    const wanted = parseRulesProfileId(fromJsonText(job).rulesProfileId);
    const found = wanted.ok ? findProfile(stores, wanted.value) : undefined;
    return found ? viewOf(found) : null;
  });
  return { id, jobs, profiles };
}
