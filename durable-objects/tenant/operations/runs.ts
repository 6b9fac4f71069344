import type { Checkpoint } from "../../../src/domain/checkpoint";
import type { Counters } from "../../../src/domain/counters";
import { type Job, type JobCommand, type JobError, type JobOutcome } from "../../../src/domain/job";
import type { HeaderMappings } from "../../../src/domain/header-mappings";
import { err, ok, type Result } from "../../../src/domain/result";
import type { FileKeys } from "../../../src/crypto/file-keys";
import { parseFileRef } from "../../../src/domain/file-ref";
import { parseRulesProfileId } from "../../../src/domain/rules-profile-id";
import { limitsOf } from "../../../src/domain/tier";
import type { TenantRecord } from "../tenant-store";
import { fileKey, jobKey, workPath } from "../../../src/storage/keys";
import type { KeyRefusal } from "../answer";
import type { KeyRing } from "../key-ring";
import { noteLateFile } from "../key-state-store";
import type { Seal } from "../seal";
import { PLATFORM, type Stores } from "../stores";
import { headersFor } from "./headers";
import { applyStep } from "./jobs";

/** The runner's side of a job: every call carries the token it was given, and a stale one changes nothing. */
export type RunRefusal =
  | KeyRefusal
  | { readonly reason: "not_yours" }
  /** The job was shredded meanwhile: what the run has made must go. */
  | { readonly reason: "shredded" };

/** What a run reads and writes with: each key is of use for its one file alone. */
export interface RunKeys {
  /** Null where the job names no upload. */
  readonly input: FileKeys | null;
  readonly output: FileKeys;
  readonly report: FileKeys;
  readonly summary: FileKeys;
  /** Of what the names of all begin with that runs of the job lay aside. */
  readonly work: FileKeys;
}

export interface RunSpec {
  readonly job: Job;
  readonly token: string;
  readonly leaseMs: number;
  readonly maxFileBytes: number;
  readonly keys: RunKeys;
  /** How far an earlier run has come. */
  readonly checkpoint: Checkpoint | null;
  /** One that no run is to go on from any more: its uploads are to be ended. */
  readonly abandoned?: Checkpoint | null;
  /** The text of the tenant's own profile; null for one that is shipped, by the job's own id. */
  readonly profile: string | null;
  /** What the tenant has accepted for the labels of files; an object of before says nothing of it. */
  readonly headers?: HeaderMappings | null;
}

export type RunReport =
  | { readonly type: "progress"; readonly counters: Counters; readonly percent: number }
  | {
      readonly type: "checkpoint";
      readonly counters: Counters;
      readonly percent: number;
      readonly checkpoint: Checkpoint;
    }
  /** After a checkpoint: another run is to go on. */
  | { readonly type: "hand_over" }
  | {
      readonly type: "succeed";
      readonly outcome: JobOutcome;
      /** Of the tenant's key that output and report are sealed by. */
      readonly keyVersion: number;
    }
  | {
      readonly type: "fail";
      readonly error: JobError;
      readonly retryable: boolean;
      /** The run went on from a checkpoint and came no further: the next one had better not. */
      readonly discardsCheckpoint?: boolean;
    };

/** Exchanges the message's ticket for the run's own token: of two deliveries of one message, one begins. */
export function beginRun(
  stores: Stores,
  tenant: TenantRecord,
  { epoch, jobId, ticket }: { readonly epoch: number; readonly jobId: string; readonly ticket: string },
  seal: Seal,
  leaseMs: number,
  nowMs: number,
): Result<RunSpec, RunRefusal> {
  const isNow = tenant.status === "active" && epoch === stores.log.head().epoch;
  const job = isNow ? stores.jobs.find(jobId) : undefined;
  if (!job) return err({ reason: "not_yours" });
  const lease = { token: crypto.randomUUID(), expiresAtMs: nowMs + leaseMs, keyVersion: seal.version };
  const begun = applyStep(stores, PLATFORM, job, { type: "begin", token: ticket, lease }, nowMs);
  if (!begun.ok) return err({ reason: "not_yours" });
  const maxFileBytes = limitsOf(tenant.tier, tenant.overrides, nowMs).fileBytes;
  const keys = runKeys(tenant, begun.value, seal);
  return ok({
    job: begun.value,
    token: lease.token,
    leaseMs,
    maxFileBytes,
    keys,
    checkpoint: stores.checkpoints.find(jobId),
    abandoned: stores.checkpoints.findDiscarded(jobId),
    profile: ownText(stores, job),
    headers: headersFor(stores, job.rulesProfileId),
  });
}

function ownText(stores: Stores, { rulesProfileId }: Job): string | null {
  const named = parseRulesProfileId(rulesProfileId);
  if (!named.ok) return null;
  return stores.profiles.find(named.value.channel, named.value.version)?.body ?? null;
}

function runKeys({ tenantId }: TenantRecord, { id, fileRef }: Job, seal: Seal): RunKeys {
  const ref = parseFileRef(fileRef);
  const isUpload = ref.ok && ref.value.form !== "legacy";
  return {
    input: isUpload ? seal.fileKeys(fileKey(tenantId, ref.value.fileId, ref.value.filename)) : null,
    output: seal.fileKeys(jobKey(tenantId, id, "output.csv")),
    report: seal.fileKeys(jobKey(tenantId, id, "report.ndjson")),
    summary: seal.fileKeys(jobKey(tenantId, id, "summary.json")),
    work: seal.fileKeys(workPath(tenantId, id)),
  };
}

/** What it has written cannot be read any more: the work is done again, under the key that took the other's place. */
const KEY_REPLACED: RunReport = {
  type: "fail",
  error: { code: "internal_error", message: "The tenant's key was replaced while the job ran." },
  retryable: true,
};

export function reportRun(
  stores: Stores,
  {
    jobId,
    token,
    report: told,
  }: { readonly jobId: string; readonly token: string; readonly report: RunReport },
  ring: KeyRing,
  leaseMs: number,
  nowMs: number,
): Result<null, RunRefusal> {
  const job = stores.jobs.find(jobId);
  if (!job) return err({ reason: "not_yours" });
  const report = told.type === "succeed" && !ring.opens(told.keyVersion) ? KEY_REPLACED : told;
  if (report.type === "succeed") noteLateFile(stores.keyState, report.keyVersion);
  const step = applyStep(stores, PLATFORM, job, commandOf(report, token, nowMs + leaseMs), nowMs);
  if (step.ok && report.type === "checkpoint") {
    stores.checkpoints.save(jobId, report.checkpoint);
    // What it writes from now on is sealed by the key that it began with, and outlives this run.
    noteLateFile(stores.keyState, report.checkpoint.report.version);
  }
  if (step.ok && report.type === "fail" && report.discardsCheckpoint === true)
    stores.checkpoints.discard(jobId);
  if (step.ok) return ok(null);
  return err({ reason: job.isShredded === true ? "shredded" : "not_yours" });
}

function commandOf(report: RunReport, token: string, leaseExpiresAtMs: number): JobCommand {
  switch (report.type) {
    case "progress":
    case "checkpoint": {
      const { type, counters, percent } = report;
      return { type, counters, percent, token, leaseExpiresAtMs };
    }
    case "hand_over":
    case "succeed":
      return { ...report, token };
    case "fail": {
      const { type, error, retryable } = report;
      return { type, error, retryable, token };
    }
  }
}
