import { v7 as uuidV7 } from "uuid";
import {
  advance,
  type Job,
  type JobCommand,
  type JobRefusal,
  type JobRequest,
} from "../../../src/domain/job";
import { asSubmitted, newJob, requestOf } from "../../../src/domain/new-job";
import { fromJsonText, toJsonText, type JsonText } from "../../../src/domain/json-text";
import { stepFact, submittedFact } from "../../../src/domain/job-event";
import { err, ok, type Result } from "../../../src/domain/result";
import type { Admitted } from "../admission";
import type { Caller } from "../../../src/domain/tenant-context";
import type { Answer, Created, Idempotency, IdempotencyRefusal } from "../answer";
import type { Stores } from "../stores";
import { linkExpiresAtMs } from "./link-life";
import { once, type Answers } from "./once";

export interface SubmitJob {
  readonly request: JobRequest;
  /** The upload that `request.fileRef` names. */
  readonly file: { readonly id: string; readonly name: string };
  readonly idempotency: Idempotency;
}

export type SubmitRefusal = IdempotencyRefusal | { readonly reason: "file_not_found" };
export type RetryRefusal = IdempotencyRefusal | CancelRefusal;
export type SubmitAnswer = Answer<Created<JsonText<Job>>, SubmitRefusal>;
export type RetryAnswer = Answer<Created<JsonText<Job>>, RetryRefusal>;
export type UnknownJob = { readonly reason: "unknown_job" };
export type CancelRefusal = UnknownJob | Extract<JobRefusal, { reason: "wrong_status" }>;

export function submitJob(
  stores: Stores,
  admitted: Admitted,
  input: SubmitJob,
  nowMs: number,
): Result<Created<JsonText<Job>>, SubmitRefusal> {
  return once(stores, input.idempotency, nowMs, firstAnswers(stores), () => {
    const file = stores.files.find(input.file.id);
    if (file?.status !== "uploaded" || file.name !== input.file.name)
      return err({ reason: "file_not_found" });
    return ok(enqueue(stores, admitted, input.request, input.idempotency.key, null, nowMs));
  });
}

/** A client's retry of a failed job is a new job over the same request. */
export function retryJob(
  stores: Stores,
  admitted: Admitted,
  jobId: string,
  idempotency: Idempotency,
  nowMs: number,
): Result<Created<JsonText<Job>>, RetryRefusal> {
  return once(stores, idempotency, nowMs, firstAnswers(stores), (): Result<JsonText<Job>, CancelRefusal> => {
    const job = stores.jobs.find(jobId);
    if (!job) return err({ reason: "unknown_job" });
    if (job.status !== "failed") return err({ reason: "wrong_status", status: job.status });
    return ok(enqueue(stores, admitted, job, idempotency.key, job.id, nowMs));
  });
}

export interface JobView {
  readonly job: JsonText<Job>;
  readonly linkEpoch: number;
  readonly linkExpiresAtMs: number;
}

/** A job, with what a link to its output or report made now must carry. */
export function viewJob(
  stores: Stores,
  admitted: Admitted,
  jobId: string,
  nowMs: number,
): Result<JobView, UnknownJob> {
  const job = stores.jobs.findText(jobId);
  if (job === undefined) return err({ reason: "unknown_job" });
  const { linkEpoch } = admitted.tenant;
  return ok({ job, linkEpoch, linkExpiresAtMs: linkExpiresAtMs(admitted, nowMs) });
}

export function cancelJob(
  stores: Stores,
  { caller }: Admitted,
  jobId: string,
  nowMs: number,
): Result<Job, CancelRefusal> {
  const job = stores.jobs.find(jobId);
  if (!job) return err({ reason: "unknown_job" });
  const outcome = applyStep(stores, caller, job, { type: "cancel", reason: "cancelled_by_client" }, nowMs);
  if (outcome.ok) return outcome;
  return err({ reason: "wrong_status", status: job.status });
}

/** The answer to a submit is the job as it was made, and all of that is still in the job: its id is enough. */
const firstAnswers = (stores: Stores): Answers<JsonText<Job>> => ({
  keep: (job) => fromJsonText(job).id,
  restore: (id) => {
    const job = stores.jobs.find(id);
    if (!job) throw new Error(`The job ${id} of a kept answer is gone.`);
    return toJsonText(asSubmitted(job));
  },
});

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
  if (next.value.lease) stores.timers.set("leases", next.value.lease.expiresAtMs);
  else if (job.lease) stores.timers.set("dispatch", nowMs);
  return next;
}

function enqueue(
  stores: Stores,
  { caller, limits, jobTtlMs }: Admitted,
  request: JobRequest,
  idempotencyKey: string,
  retryOf: string | null,
  nowMs: number,
): JsonText<Job> {
  const job = newJob(
    requestOf(request),
    { id: uuidV7({ msecs: nowMs }), idempotencyKey, retryOf, traceparent: caller.traceparent },
    nowMs,
    jobTtlMs,
  );
  const text = stores.jobs.insert(job);
  stores.record(caller, submittedFact(job), nowMs);
  // With every place taken, the next one that is freed sets the timer.
  if (stores.jobs.leasedCount() < limits.runningJobs) stores.timers.set("dispatch", nowMs);
  stores.timers.set("expiry", job.expiresAtMs);
  return text;
}
