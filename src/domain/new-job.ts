/** How a job begins, and what of it never changes. */

import { ZERO_COUNTERS } from "./counters";
import type { Job, JobRequest } from "./job";

export function newJob(
  request: JobRequest,
  identity: Pick<Job, "id" | "idempotencyKey" | "retryOf" | "traceparent" | "batch">,
  nowMs: number,
  ttlMs: number,
): Job {
  const { id, idempotencyKey, retryOf, traceparent, batch } = identity;
  return {
    ...request,
    id,
    idempotencyKey,
    retryOf,
    traceparent,
    ...(batch && { batch }),
    status: "queued",
    outputRef: null,
    reportRef: null,
    counters: ZERO_COUNTERS,
    findingsTotal: 0,
    progress: 0,
    error: null,
    attempts: 0,
    faults: 0,
    lease: null,
    notBeforeMs: nowMs,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    startedAtMs: null,
    completedAtMs: null,
    expiresAtMs: nowMs + ttlMs,
  };
}

/** A job as it was when it was made: what its submitter was answered. */
export const asSubmitted = (job: Job): Job =>
  newJob(requestOf(job), job, job.createdAtMs, job.expiresAtMs - job.createdAtMs);

/** What the client asked for. */
export const requestOf = ({ channel, type, fileRef, rulesProfileId, fixes }: JobRequest): JobRequest => ({
  channel,
  type,
  fileRef,
  rulesProfileId,
  ...(fixes && { fixes }),
});
