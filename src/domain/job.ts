/** The life of one job (CONTRACT §4). Pure: callers pass the clock and the lease's token. */

import type { Counters } from "./counters";
import type { FixChoice } from "./fix-choice";
import { err, ok, type Result } from "./result";

export const JOB_STATUSES = [
  "queued",
  "running",
  "succeeded",
  "failed",
  "cancelled",
  "expired",
  "retrying",
] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

export const JOB_TYPES = ["validation", "correction", "enrichment"] as const;
export type JobType = (typeof JOB_TYPES)[number];

/** Why the work could not be done. A file with bad rows is no failure. */
export type JobErrorCode =
  | "file_not_found"
  | "file_too_large"
  | "unsupported_encoding"
  | "not_a_table"
  | "decompression_bomb"
  | "rules_profile_not_found"
  | "internal_error";

export interface JobError {
  readonly code: JobErrorCode;
  readonly message: string;
}

/**
 * The right to run a job until `expiresAtMs`; only the holder of the token that stands in the job is heard.
 * Beginning the work exchanges the token, so that a message delivered twice starts one run.
 */
export interface Lease {
  readonly token: string;
  readonly expiresAtMs: number;
  /** Of the tenant's key, once the work has begun: what the run writes is sealed by it. */
  readonly keyVersion?: number;
}

/** What the client asked for; never changes. */
export interface JobRequest {
  readonly channel: string;
  readonly type: JobType;
  readonly fileRef: string;
  readonly rulesProfileId: string;
  /** Absent: a correction applies all fixes that the profile does. */
  readonly fixes?: FixChoice;
}

/** Jobs that one call has made; known by the first of them. */
export interface JobBatch {
  readonly id: string;
  /** All of them, in the order in which they were asked for. */
  readonly jobIds: readonly string[];
}

/** What a job says of its client's own affairs. It rests sealed, apart from the job, and no step of a job's life needs it. */
export interface PrivateMembers {
  readonly sellerId: string | null;
  readonly callbackUrl: string | null;
  readonly metadata: Readonly<Record<string, unknown>> | null;
}

export type PrivateName = keyof PrivateMembers;
export const PRIVATE_NAMES = [
  "sellerId",
  "callbackUrl",
  "metadata",
] as const satisfies readonly PrivateName[];
export const NO_MEMBERS: PrivateMembers = { sellerId: null, callbackUrl: null, metadata: null };

/** A job with its private members, as its tenant sees it. */
export type OpenJob = Job & PrivateMembers & { readonly unreadable?: true };

export interface Job extends JobRequest {
  readonly id: string;
  readonly status: JobStatus;
  readonly idempotencyKey: string;
  /** Private members that were shredded. */
  readonly erased?: readonly PrivateName[];
  /** The job was shredded as a whole: nothing that it makes may stay. */
  readonly isShredded?: true;
  readonly retryOf: string | null;
  /** The jobs that were made with this one, over the same file. */
  readonly batch?: JobBatch;
  /** The W3C trace of the call that made it: what the platform does for the job belongs to that trace. */
  readonly traceparent: string | null;
  readonly outputRef: string | null;
  readonly reportRef: string | null;
  /** Of the report's bytes; there once the job has succeeded. */
  readonly reportDigest?: string | null;
  readonly counters: Counters;
  readonly findingsTotal: number;
  /** Share of the input read so far, 0 to 100. */
  readonly progress: number;
  readonly error: JobError | null;
  /** How often a runner has begun the work. */
  readonly attempts: number;
  /** How often an infrastructure fault was reported by the runner. */
  readonly faults: number;
  /** How many begun runs say nothing against the job: the tenant was suspended, or they came as far as a checkpoint. */
  readonly pauses?: number;
  readonly lease: Lease | null;
  /** Not dispatched before: set while the platform backs off from a fault. */
  readonly notBeforeMs: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly startedAtMs: number | null;
  readonly completedAtMs: number | null;
  readonly expiresAtMs: number;
}

export interface JobOutcome {
  readonly counters: Counters;
  readonly findingsTotal: number;
  readonly outputRef: string | null;
  readonly reportRef: string;
  readonly reportDigest: string;
}

/** Why a job was cancelled, as its event says it. */
export type CancelReason = "cancelled_by_client" | "tenant_offboarded" | "shredded";

export type JobCommand =
  | { readonly type: "lease"; readonly lease: Lease }
  | { readonly type: "release"; readonly token: string }
  | { readonly type: "pause" }
  | { readonly type: "begin"; readonly token: string; readonly lease: Lease }
  | {
      readonly type: "progress";
      readonly token: string;
      readonly counters: Counters;
      readonly percent: number;
      readonly leaseExpiresAtMs: number;
    }
  /** Progress that a successor can go on from. */
  | {
      readonly type: "checkpoint";
      readonly token: string;
      readonly counters: Counters;
      readonly percent: number;
      readonly leaseExpiresAtMs: number;
    }
  /** The run stops at its checkpoint, so that another goes on: no invocation lives for ever. */
  | { readonly type: "hand_over"; readonly token: string }
  | { readonly type: "succeed"; readonly token: string; readonly outcome: JobOutcome }
  | { readonly type: "fail"; readonly token: string; readonly error: JobError; readonly retryable: boolean }
  | { readonly type: "lose_lease" }
  | { readonly type: "cancel"; readonly reason: CancelReason }
  | { readonly type: "expire" };

export type JobRefusal =
  { readonly reason: "wrong_status"; readonly status: JobStatus } | { readonly reason: "stale_lease" };

/** The platform's own attempts at a job whose runner reports an infrastructure fault. */
export const MAX_FAULTS = 3;
const FAULT_BACKOFF_MS = 1000;
/** A job that keeps killing its runner ends too: after this many begun runs it fails. */
export const MAX_ATTEMPTS = 10;

const FINAL: ReadonlySet<JobStatus> = new Set(["succeeded", "failed", "cancelled", "expired"]);

export const isFinal = (status: JobStatus): boolean => FINAL.has(status);

/** One step of a job's life, or why it cannot take it. Never changes its argument. */
export function advance(job: Job, command: JobCommand, nowMs: number): Result<Job, JobRefusal> {
  const wrongStatus = err({ reason: "wrong_status", status: job.status } as const);
  switch (command.type) {
    case "lease":
      if ((job.status !== "queued" && job.status !== "running") || job.lease !== null) return wrongStatus;
      return ok({ ...job, lease: command.lease });

    case "release":
      if (job.lease?.token !== command.token) return err({ reason: "stale_lease" });
      return ok({ ...job, lease: null });

    case "pause":
      if (job.lease === null || isFinal(job.status)) return wrongStatus;
      return ok({ ...job, lease: null, ...(job.status === "running" && { pauses: (job.pauses ?? 0) + 1 }) });

    case "begin":
      if (job.lease?.token !== command.token) return err({ reason: "stale_lease" });
      if (job.status !== "queued" && job.status !== "running") return wrongStatus;
      return ok({
        ...job,
        status: "running",
        attempts: job.attempts + 1,
        startedAtMs: job.startedAtMs ?? nowMs,
        updatedAtMs: nowMs,
        lease: command.lease,
      });

    case "progress":
    case "checkpoint":
      if (job.lease?.token !== command.token) return err({ reason: "stale_lease" });
      if (job.status !== "running") return wrongStatus;
      return ok({
        ...job,
        counters: command.counters,
        progress: command.percent,
        updatedAtMs: nowMs,
        lease: { ...job.lease, expiresAtMs: command.leaseExpiresAtMs },
        // What was begun before has come to something: it says nothing against the job any more.
        ...(command.type === "checkpoint" && { pauses: job.attempts }),
      });

    case "hand_over":
      if (job.lease?.token !== command.token) return err({ reason: "stale_lease" });
      if (job.status !== "running") return wrongStatus;
      // The run that goes on is this attempt's, not another.
      return ok({ ...job, lease: null, attempts: job.attempts - 1, pauses: job.attempts - 1 });

    case "succeed":
      if (job.lease?.token !== command.token) return err({ reason: "stale_lease" });
      if (job.status !== "running") return wrongStatus;
      return ok({ ...ended(job, "succeeded", nowMs), ...command.outcome, progress: 100 });

    case "fail":
      if (job.lease?.token !== command.token) return err({ reason: "stale_lease" });
      if (job.status !== "running") return wrongStatus;
      return ok(faulted(job, command.error, command.retryable, nowMs));

    case "lose_lease":
      if (job.lease === null || isFinal(job.status)) return wrongStatus;
      if (job.attempts - (job.pauses ?? 0) < MAX_ATTEMPTS) return ok({ ...job, lease: null });
      return ok({
        ...ended(job, "failed", nowMs),
        error: { code: "internal_error", message: `The job stopped its runner ${job.attempts} times.` },
      });

    case "cancel":
      if (job.status !== "queued" && job.status !== "running") return wrongStatus;
      return ok(ended(job, "cancelled", nowMs));

    case "expire":
      if (job.status !== "queued") return wrongStatus;
      return ok(ended(job, "expired", nowMs));
  }
}

const ended = (job: Job, status: JobStatus, nowMs: number): Job => ({
  ...job,
  status,
  lease: null,
  updatedAtMs: nowMs,
  completedAtMs: nowMs,
});

/** failed -> retrying -> queued happens in one step (CONTRACT §4): the job is back in the queue, or failed for good. */
function faulted(job: Job, error: JobError, retryable: boolean, nowMs: number): Job {
  const faults = job.faults + 1;
  if (!retryable || faults >= MAX_FAULTS) return { ...ended(job, "failed", nowMs), faults, error };
  return {
    ...job,
    status: "queued",
    faults,
    lease: null,
    notBeforeMs: nowMs + FAULT_BACKOFF_MS * 4 ** (faults - 1),
    updatedAtMs: nowMs,
  };
}
