import { v7 as uuidV7 } from "uuid";
import {
  advance,
  isFinal,
  NO_MEMBERS,
  type Job,
  type JobCommand,
  type JobRefusal,
  type JobRequest,
  type OpenJob,
  type PrivateMembers,
} from "../../../src/domain/job";
import { asSubmitted, newJob, requestOf } from "../../../src/domain/new-job";
import { fromJsonText, toJsonText, type JsonText } from "../../../src/domain/json-text";
import { stepFact, submittedFact } from "../../../src/domain/job-event";
import { err, ok, type Result } from "../../../src/domain/result";
import type { Admitted } from "../admission";
import type { Caller } from "../../../src/domain/tenant-context";
import type { Answer, Created, Idempotency, IdempotencyRefusal } from "../answer";
import type { JobFilter, JobPlace } from "../job-store";
import { withMembers, type Seal } from "../seal";
import type { Stores } from "../stores";
import { linkExpiresAtMs } from "./link-life";
import { once, type Answers } from "./once";
import { expectCallback } from "./callbacks";
import { checkFixes, runnableProfile, type UnknownProfile, type UnknownRules } from "./profile-choice";

export interface SubmitJob {
  readonly request: JobRequest;
  readonly members: PrivateMembers;
  /** Which profile it is to run by, as the client named it; without it `request.rulesProfileId` is that. */
  readonly wantedProfile?: string;
  /** The upload that `request.fileRef` names. */
  readonly file: { readonly id: string; readonly name: string };
  readonly idempotency: Idempotency;
}

export type SubmitRefusal =
  IdempotencyRefusal | UnknownProfile | UnknownRules | { readonly reason: "file_not_found" };
export type RetryRefusal = IdempotencyRefusal | CancelRefusal;
export type SubmitAnswer = Answer<Created<JsonText<OpenJob>>, SubmitRefusal>;
export type RetryAnswer = Answer<Created<JsonText<OpenJob>>, RetryRefusal>;
export type UnknownJob = { readonly reason: "unknown_job" };
export type CancelRefusal = UnknownJob | Extract<JobRefusal, { reason: "wrong_status" }>;

export function submitJob(
  stores: Stores,
  admitted: Admitted,
  input: SubmitJob,
  seal: Seal,
  nowMs: number,
): Result<Created<JsonText<OpenJob>>, SubmitRefusal> {
  return once(
    stores,
    input.idempotency,
    nowMs,
    firstAnswers(stores, seal),
    (): Result<JsonText<OpenJob>, SubmitRefusal> => {
      // Pinned here, with the job: what is published or taken back a moment later is not this job's affair.
      const profile = runnableProfile(stores, input.wantedProfile ?? input.request.rulesProfileId);
      if (!profile.ok) return profile;
      const choice = checkFixes(profile.value, input.request.fixes);
      if (!choice.ok) return choice;
      const file = stores.files.find(input.file.id);
      if (file?.status !== "uploaded" || file.name !== input.file.name)
        return err({ reason: "file_not_found" });
      const request = { ...input.request, rulesProfileId: profile.value.id };
      const origin = { idempotencyKey: input.idempotency.key, retryOf: null };
      return ok(enqueue(stores, admitted, { ...input, request }, origin, seal, nowMs));
    },
  );
}

/** A client's retry of a failed job is a new job over the same request. */
export function retryJob(
  stores: Stores,
  admitted: Admitted,
  jobId: string,
  idempotency: Idempotency,
  seal: Seal,
  nowMs: number,
): Result<Created<JsonText<OpenJob>>, RetryRefusal> {
  const again = (): Result<JsonText<OpenJob>, CancelRefusal> => {
    const stored = stores.jobs.findStored(jobId);
    if (!stored) return err({ reason: "unknown_job" });
    const job = fromJsonText(stored.body);
    if (job.status !== "failed") return err({ reason: "wrong_status", status: job.status });
    const members = seal.openMembers(jobId, stored.sealed) ?? NO_MEMBERS;
    const origin = { idempotencyKey: idempotency.key, retryOf: jobId };
    return ok(enqueue(stores, admitted, { request: job, members }, origin, seal, nowMs));
  };
  return once(stores, idempotency, nowMs, firstAnswers(stores, seal), again);
}

export interface OpenJobPage {
  readonly jobs: readonly JsonText<OpenJob>[];
  /** All that match, whatever the page. */
  readonly total: number;
}

export interface JobView {
  readonly job: JsonText<OpenJob>;
  readonly linkEpoch: number;
  readonly linkExpiresAtMs: number;
}

/** A job, with what a link to its output or report made now must carry. */
export function viewJob(
  stores: Stores,
  admitted: Admitted,
  jobId: string,
  seal: Seal,
  nowMs: number,
): Result<JobView, UnknownJob> {
  const job = stores.jobs.findStored(jobId);
  if (!job) return err({ reason: "unknown_job" });
  const { linkEpoch } = admitted.tenant;
  return ok({ job: seal.openJob(job), linkEpoch, linkExpiresAtMs: linkExpiresAtMs(admitted, nowMs) });
}

export function cancelJob(
  stores: Stores,
  { caller }: Admitted,
  jobId: string,
  seal: Seal,
  nowMs: number,
): Result<JsonText<OpenJob>, CancelRefusal> {
  const stored = stores.jobs.findStored(jobId);
  if (!stored) return err({ reason: "unknown_job" });
  const job = fromJsonText(stored.body);
  const outcome = applyStep(stores, caller, job, { type: "cancel", reason: "cancelled_by_client" }, nowMs);
  if (!outcome.ok) return err({ reason: "wrong_status", status: job.status });
  return ok(seal.openJob({ ...stored, body: toJsonText(outcome.value) }));
}

/** A page of jobs, newest first; of one seller where asked for. */
export function listJobs(
  stores: Stores,
  filter: JobFilter,
  sellerId: string | null,
  place: JobPlace,
  seal: Seal,
): OpenJobPage {
  const indexes = sellerId === null ? null : seal.sellerIndexes(sellerId);
  const { jobs, total } = stores.jobs.list(filter, indexes, place);
  return { jobs: jobs.map((job) => seal.openJob(job)), total };
}

/** The answer to a submit is the job as it was made, and all of that is still in the job: its id is enough. */
const firstAnswers = (stores: Stores, seal: Seal): Answers<JsonText<OpenJob>> => ({
  keep: (job) => fromJsonText(job).id,
  restore: (id) => submitted(stores, seal, id),
});

export function submitted(stores: Stores, seal: Seal, id: string): JsonText<OpenJob> {
  const stored = stores.jobs.findStored(id);
  if (!stored) throw new Error(`The job ${id} of a kept answer is gone.`);
  return seal.openJob({ ...stored, body: toJsonText(asSubmitted(fromJsonText(stored.body))) });
}

/** One step of one job: decide, save, say it in the log. Frees or asks for a running place where the step does. */
export function applyStep(
  stores: Stores,
  by: Pick<Caller, "actorId" | "traceparent">,
  job: Job,
  command: JobCommand,
  nowMs: number,
): Result<Job, JobRefusal> {
  const next = advance(job, command, nowMs);
  if (!next.ok) return next;
  stores.jobs.save(next.value);
  const fact = stepFact(job, next.value, command, nowMs);
  if (fact)
    stores.record({ actorId: by.actorId, traceparent: by.traceparent ?? job.traceparent }, fact, nowMs);
  if (isFinal(next.value.status)) clearUpAfter(stores, next.value, nowMs);
  if (next.value.lease) stores.timers.set("leases", next.value.lease.expiresAtMs);
  else if (job.lease) stores.timers.set("dispatch", nowMs);
  return next;
}

/** What a run has left that went on in steps, or that did not come to its end. */
function clearUpAfter(
  { checkpoints, timers }: Stores,
  { id, status, startedAtMs }: Job,
  nowMs: number,
): void {
  if (startedAtMs !== null && status !== "succeeded") checkpoints.note(id);
  if (checkpoints.has(id)) timers.ensure("checkpoints", nowMs);
}

export function enqueue(
  stores: Stores,
  { caller, limits, jobTtlMs }: Admitted,
  { request, members }: Pick<SubmitJob, "request" | "members">,
  origin: Pick<Job, "idempotencyKey" | "retryOf"> & Partial<Pick<Job, "id" | "batch">>,
  seal: Seal,
  nowMs: number,
): JsonText<OpenJob> {
  const identity = { id: uuidV7({ msecs: nowMs }), ...origin, traceparent: caller.traceparent };
  const job = newJob(requestOf(request), identity, nowMs, jobTtlMs);
  if (members.callbackUrl !== null) expectCallback(stores, job.id, nowMs);
  const sealed = seal.sealMembers(job.id, members);
  const sellerIndex = seal.sellerIndex(members.sellerId);
  const body = stores.jobs.insert(job, { sealed: sealed?.text ?? null, sellerIndex });
  stores.record(caller, submittedFact(job, members), nowMs, sealed);
  // With every place taken, the next one that is freed sets the timer.
  if (stores.jobs.leasedCount() < limits.runningJobs) stores.timers.set("dispatch", nowMs);
  stores.timers.set("expiry", job.expiresAtMs);
  return withMembers(body, JSON.stringify(members));
}
