import type { EventData, Fact } from "./event";
import type { Job, JobCommand, PrivateMembers } from "./job";

export function submittedFact(job: Job, { sellerId, callbackUrl, metadata }: PrivateMembers): Fact {
  return event(job, "job.submitted", {
    job_id: job.id,
    seller_id: sellerId,
    channel: job.channel,
    type: job.type,
    file_ref: job.fileRef,
    rules_profile_id: job.rulesProfileId,
    idempotency_key: job.idempotencyKey,
    ...(callbackUrl === null ? {} : { callback_url: callbackUrl }),
    ...(metadata === null ? {} : { metadata }),
    ...(job.fixes && { fixes: job.fixes }),
    ...(job.batch && { batch_id: job.batch.id }),
    ...(job.retryOf === null ? {} : { retry_of: job.retryOf }),
    expires_at: rfc3339(job.expiresAtMs),
  });
}

/** What a step of a job's life says to the outside; null where it says nothing (leases are the platform's affair). */
export function stepFact(before: Job, after: Job, command: JobCommand, nowMs: number): Fact | null {
  if (command.type === "progress" || command.type === "checkpoint")
    return event(after, "job.progress", {
      job_id: after.id,
      counters: after.counters,
      progress: after.progress,
    });
  if (command.type === "fail" && after.status === "queued")
    return event(after, "job.retried", {
      job_id: after.id,
      original_job_id: after.id,
      retry_count: after.faults,
      retried_at: rfc3339(nowMs),
    });
  if (before.status === after.status) return null;

  switch (after.status) {
    case "running":
      return event(after, "job.started", { job_id: after.id, started_at: rfc3339(nowMs) });
    case "succeeded":
      return event(after, "job.succeeded", {
        job_id: after.id,
        counters: after.counters,
        findings_total: after.findingsTotal,
        duration_ms: nowMs - (after.startedAtMs ?? nowMs),
        completed_at: rfc3339(nowMs),
        ...(after.outputRef === null ? {} : { output_ref: after.outputRef }),
        report_ref: after.reportRef ?? "",
        ...(after.reportDigest ? { report_digest: after.reportDigest } : {}),
        attempts: after.attempts,
      });
    case "failed":
      return event(after, "job.failed", {
        job_id: after.id,
        error_code: after.error?.code ?? "internal_error",
        error_message: after.error?.message ?? "",
        retry_count: after.faults,
        failed_at: rfc3339(nowMs),
        counters: after.counters,
        duration_ms: nowMs - (after.startedAtMs ?? nowMs),
        attempts: after.attempts,
      });
    case "cancelled":
      return event(after, "job.cancelled", {
        job_id: after.id,
        reason: command.type === "cancel" ? command.reason : "cancelled_by_client",
        cancelled_at: rfc3339(nowMs),
        counters: after.counters,
      });
    case "expired":
      return event(after, "job.expired", {
        job_id: after.id,
        ttl_seconds: Math.round((after.expiresAtMs - after.createdAtMs) / 1000),
        expired_at: rfc3339(nowMs),
      });
    case "queued":
    case "retrying":
      return null;
  }
}

const rfc3339 = (ms: number): string => new Date(ms).toISOString();

type JobEventType = Extract<keyof EventData, `job.${string}`>;

const event = <T extends JobEventType>(job: Job, type: T, data: EventData[T]): Fact =>
  ({ kind: "event", type, subject: `job:${job.id}`, data }) as Fact;
