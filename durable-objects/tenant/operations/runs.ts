import type { Counters } from "../../../src/domain/counters";
import type { Job, JobError, JobOutcome } from "../../../src/domain/job";
import { err, ok, type Result } from "../../../src/domain/result";
import { limitsOf } from "../../../src/domain/tier";
import type { TenantRecord } from "../tenant-store";
import { PLATFORM, type Stores } from "../stores";
import { applyStep } from "./jobs";

/** The runner's side of a job: every call carries the token it was given, and a stale one changes nothing. */
export type RunRefusal = { readonly reason: "not_yours" };

export interface RunSpec {
  readonly job: Job;
  readonly token: string;
  readonly leaseMs: number;
  readonly maxFileBytes: number;
}

export type RunReport =
  | { readonly type: "progress"; readonly counters: Counters; readonly percent: number }
  | { readonly type: "succeed"; readonly outcome: JobOutcome }
  | { readonly type: "fail"; readonly error: JobError; readonly retryable: boolean };

/** Exchanges the message's ticket for the run's own token: of two deliveries of one message, one begins. */
export function beginRun(
  stores: Stores,
  tenant: TenantRecord,
  { epoch, jobId, ticket }: { readonly epoch: number; readonly jobId: string; readonly ticket: string },
  leaseMs: number,
  nowMs: number,
): Result<RunSpec, RunRefusal> {
  const isNow = tenant.status === "active" && epoch === stores.log.head().epoch;
  const job = isNow ? stores.jobs.find(jobId) : undefined;
  if (!job) return err({ reason: "not_yours" });
  const lease = { token: crypto.randomUUID(), expiresAtMs: nowMs + leaseMs };
  const begun = applyStep(stores, PLATFORM, job, { type: "begin", token: ticket, lease }, nowMs);
  if (!begun.ok) return err({ reason: "not_yours" });
  const maxFileBytes = limitsOf(tenant.tier, tenant.overrides, nowMs).fileBytes;
  return ok({ job: begun.value, token: lease.token, leaseMs, maxFileBytes });
}

export function reportRun(
  stores: Stores,
  jobId: string,
  token: string,
  report: RunReport,
  leaseMs: number,
  nowMs: number,
): Result<null, RunRefusal> {
  const job = stores.jobs.find(jobId);
  if (!job) return err({ reason: "not_yours" });
  const command =
    report.type === "progress"
      ? { ...report, token, leaseExpiresAtMs: nowMs + leaseMs }
      : { ...report, token };
  const step = applyStep(stores, PLATFORM, job, command, nowMs);
  return step.ok ? ok(null) : err({ reason: "not_yours" });
}
