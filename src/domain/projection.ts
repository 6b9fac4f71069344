/** The read model of jobs, as a fold over the log alone: it can be rebuilt from the log at any time. Pure. */

import type { Counters } from "./counters";
import type { EventData, EventType, LogEntry } from "./event";
import { ERASED_PAYLOAD } from "./log";
import type { Job, JobError, JobRequest, JobStatus, JobType } from "./job";

/** A job as the read model knows it: without what only its runner's dispatch needs. */
export type JobRecord = Omit<
  Job,
  "lease" | "faults" | "pauses" | "erased" | "isShredded" | "notBeforeMs" | "traceparent"
> & {
  /** Its private members: only the tenant's object opens them. */
  readonly sealed: string | null;
};

/** What `job.submitted` alone says; none of it changes afterwards. */
interface JobSubmission extends JobRequest {
  readonly sealed: string | null;
  readonly idempotencyKey: string;
  readonly retryOf: string | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** What a job's later events change. null: they say nothing of it, and what is known stays. */
interface JobChange {
  readonly submitted: JobSubmission | null;
  readonly counters: Counters | null;
  readonly findingsTotal: number | null;
  readonly progress: number | null;
  readonly outputRef: string | null;
  readonly reportRef: string | null;
  readonly error: JobError | null;
  /** At least so many: the exact number comes with the job's end. */
  readonly attempts: number | null;
  /** The first start; a later one does not replace it. */
  readonly startedAtMs: number | null;
  readonly completedAtMs: number | null;
}

/** All that a stretch of the log says of one job, up to and with its event `(epoch, version)`. */
export interface JobPatch extends JobChange {
  readonly id: string;
  readonly epoch: number;
  /** `eventSeq` of the last event folded in. */
  readonly version: number;
  readonly status: JobStatus;
  readonly updatedAtMs: number;
}

const NOTHING: JobChange = {
  submitted: null,
  counters: null,
  findingsTotal: null,
  progress: null,
  outputRef: null,
  reportRef: null,
  error: null,
  attempts: null,
  startedAtMs: null,
  completedAtMs: null,
};

type JobEventType = Extract<EventType, `job.${string}`>;
type JobEvent = { [T in JobEventType]: { readonly type: T; readonly data: EventData[T] } }[JobEventType];

/** One patch for each job the entries speak of. Folding a log whole or piece by piece gives the same jobs. */
export function projectJobs(entries: readonly LogEntry[]): readonly JobPatch[] {
  const patches = new Map<string, JobPatch>();
  for (const entry of entries) {
    if (entry.eventSeq === null || !entry.type.startsWith("job.") || entry.payload === ERASED_PAYLOAD)
      continue;
    const patch = patchOf(entry, entry.eventSeq);
    const earlier = patches.get(patch.id);
    patches.set(patch.id, earlier ? merge(earlier, patch) : patch);
  }
  return [...patches.values()];
}

function patchOf(entry: LogEntry, version: number): JobPatch {
  const event = { type: entry.type, data: JSON.parse(entry.payload) } as JobEvent;
  return {
    ...NOTHING,
    id: event.data.job_id,
    epoch: entry.epoch,
    version,
    updatedAtMs: entry.timeMs,
    ...changeBy(event, entry),
  };
}

function changeBy(
  { type, data }: JobEvent,
  { timeMs, sealed }: LogEntry,
): Partial<JobChange> & { status: JobStatus } {
  switch (type) {
    case "job.submitted":
      return { status: "queued", submitted: submission(data, timeMs, sealed) };
    case "job.started":
      return { status: "running", startedAtMs: Date.parse(data.started_at), attempts: 1 };
    case "job.progress":
      return { status: "running", counters: data.counters, progress: data.progress };
    case "job.succeeded":
      return {
        status: "succeeded",
        counters: data.counters,
        findingsTotal: data.findings_total,
        progress: 100,
        outputRef: data.output_ref ?? null,
        reportRef: data.report_ref,
        attempts: data.attempts,
        completedAtMs: Date.parse(data.completed_at),
      };
    case "job.failed":
      return {
        status: "failed",
        counters: data.counters,
        error: { code: data.error_code, message: data.error_message },
        attempts: data.attempts,
        completedAtMs: Date.parse(data.failed_at),
      };
    case "job.cancelled":
      return { status: "cancelled", counters: data.counters, completedAtMs: Date.parse(data.cancelled_at) };
    case "job.retried":
      return { status: "queued", attempts: data.retry_count };
    case "job.expired":
      return { status: "expired", completedAtMs: Date.parse(data.expired_at) };
  }
}

const submission = (
  data: EventData["job.submitted"],
  timeMs: number,
  sealed: string | null,
): JobSubmission => ({
  channel: data.channel,
  type: data.type as JobType,
  fileRef: data.file_ref,
  rulesProfileId: data.rules_profile_id,
  sealed,
  idempotencyKey: data.idempotency_key,
  retryOf: data.retry_of ?? null,
  createdAtMs: timeMs,
  expiresAtMs: Date.parse(data.expires_at),
});

/** Both halves of one job's story; associative, so it does not matter where batches were cut. */
const merge = (earlier: JobPatch, later: JobPatch): JobPatch => ({
  ...later,
  submitted: earlier.submitted ?? later.submitted,
  counters: later.counters ?? earlier.counters,
  findingsTotal: later.findingsTotal ?? earlier.findingsTotal,
  progress: later.progress ?? earlier.progress,
  outputRef: later.outputRef ?? earlier.outputRef,
  reportRef: later.reportRef ?? earlier.reportRef,
  error: later.error ?? earlier.error,
  attempts: Math.max(earlier.attempts ?? 0, later.attempts ?? 0),
  startedAtMs: earlier.startedAtMs ?? later.startedAtMs,
  completedAtMs: later.completedAtMs ?? earlier.completedAtMs,
});
