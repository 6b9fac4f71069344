import type { RunKeys, RunRefusal, RunReport, RunSpec } from "../../durable-objects/tenant/operations/runs";
import { ENGINE_VERSION } from "../catalogue/engine-version";
import { compileProfile } from "../catalogue/profile/compile";
import { readProfile } from "../catalogue/profile/profile";
import { SHIPPED_PROFILES } from "../catalogue/profiles";
import type { CatalogueFailure, CatalogueSummary } from "../catalogue/run/catalogue-run";
import { runCatalogue } from "../catalogue/run/run";
import type { JobErrorCode } from "../domain/job";
import type { FileKeys } from "../crypto/file-keys";
import { SealedFileError } from "../crypto/file-opener";
import { openContext, type WorkContext } from "../crypto/sealed-context";
import type { TenantId } from "../domain/tenant-id";
import type { Env } from "../env";
import { tenantObject } from "../tenant-object";
import type { JobArtefact } from "../storage/keys";
import type { Unreadable } from "../storage/seal-metadata";
import { headSealed, openSealed } from "../storage/sealed-object";
import type { Verdict } from "./consume";
import { log, traceIdOf, withLogContext } from "../telemetry/logger";
import { jobMessageParts, type JobMessage } from "./messages";
import { summaryFor, writeSummary } from "./write-summary";
import { RunFiles } from "./run-files";

/** Progress is worth a commit this often at most; the lease is renewed with it. */
const PROGRESS_INTERVAL_MS = 1_000;
/**
 * Where one process serves requests and runs jobs, as it does locally, the work gives way this often. In production
 * a job has an invocation of its own, and the clock that this reads stands still while it computes.
 */
const TURN_MS = 5;
/** What a compressed upload may inflate to, as a multiple of the tenant's largest file. */
const INFLATE_FACTOR = 4;

/** The run's ending as the tenant's object is told; null when the lease was lost and nobody listens any more. */
type Ending = Exclude<RunReport, { type: "progress" | "checkpoint" }> | null;

type Failure = Extract<RunReport, { type: "fail" }>;

export interface RunTerms {
  readonly messageKeys: readonly Uint8Array[];
  /** So much of a file is read between two checkpoints. */
  readonly checkpointBytes: number;
  /** After so much, the next checkpoint hands the job over to another invocation. */
  readonly handOverBytes: number;
}

/** Runs one leased job. A duplicate or late message finds its ticket used and changes nothing. */
export async function runJob(env: Env, terms: RunTerms, message: JobMessage): Promise<Verdict> {
  const context = openContext(terms.messageKeys, message.context, jobMessageParts(message));
  if (context === null) return { type: "refuse", reason: "The message's context was altered." };
  const { tenantId, traceparent } = context;
  return withLogContext({ tenantId, traceId: traceIdOf(traceparent) }, () =>
    run(env, terms, context, message),
  );
}

async function run(
  env: Env,
  terms: RunTerms,
  context: WorkContext,
  { jobId, token }: JobMessage,
): Promise<Verdict> {
  const { tenantId } = context;
  const begun = await tenantObject(env, tenantId).beginRun(context, jobId, token);
  if (!begun.ok) return { type: "discard", reason: NOT_BEGUN[begun.error.reason] };
  const spec = begun.value;

  const ended: { reason: RunRefusal["reason"] | null } = { reason: null };
  const report = async (step: RunReport): Promise<boolean> => {
    const outcome = await tenantObject(env, tenantId).reportRun(context, jobId, spec.token, step);
    ended.reason = outcome.ok ? null : outcome.error.reason;
    return outcome.ok;
  };
  const ending = await attempt(env, terms, tenantId, spec, report);
  if (ending !== null) await report(ending);
  if (ended.reason === "shredded") await env.FILES.delete(artefactsOf(spec.keys));
  return { type: "done" };
}

/** The lease brings the job back in each case. */
const NOT_BEGUN: Readonly<Record<RunRefusal["reason"], string>> = {
  not_yours: "The lease is not in force any more.",
  shredded: "The job was shredded.",
  key_unavailable: "The tenant's key cannot be had right now.",
  key_withdrawn: "The tenant's key was withdrawn.",
};

const artefactsOf = ({ output, report, summary }: RunKeys): string[] =>
  [output, report, summary].map(({ path }) => path);

async function attempt(
  env: Env,
  terms: RunTerms,
  tenantId: TenantId,
  spec: RunSpec,
  report: (step: RunReport) => Promise<boolean>,
): Promise<Ending> {
  try {
    return await work(env, terms, tenantId, spec, report);
  } catch (error) {
    return interrupted(spec.job.id, error, false);
  }
}

function interrupted(jobId: string, error: unknown, discardsCheckpoint: boolean): Ending {
  log.error("job.attempt_failed", { jobId, error: String(error) });
  const ending = failure("internal_error", "The work was interrupted by a fault of the platform.", true);
  return { ...ending, discardsCheckpoint };
}

async function work(
  env: Env,
  terms: RunTerms,
  tenantId: TenantId,
  { job, leaseMs, maxFileBytes, keys, profile: own, headers, ...forerunner }: RunSpec,
  report: (step: RunReport) => Promise<boolean>,
): Promise<Ending> {
  const profile = own ? readProfile(own) : SHIPPED_PROFILES.get(job.rulesProfileId);
  if (!profile)
    return failure("rules_profile_not_found", `There is no published profile ${job.rulesProfileId}.`);
  if (!keys.input) return failure("file_not_found", "The job's file cannot be found.");
  const opened = await openSealed(env.FILES, keys.input);
  if (!opened.ok) return unreadable(env, tenantId, keys.input.path, opened.error);
  const input = opened.value;
  if (!input) return failure("file_not_found", "The job's file is not there any more.");
  const inputBytes = input.plainBytes;
  if (inputBytes > maxFileBytes) {
    await input.body.cancel();
    return failure(
      "file_too_large",
      `The file has ${inputBytes} bytes, the tenant's largest is ${maxFileBytes}.`,
    );
  }

  const corrects = job.type !== "validation";
  // Read otherwise, the file would go on otherwise.
  const readBy = headers ? ` headers ${headers.updatedAtMs}` : "";
  const origin = { inputBytes, madeBy: `${job.type} ${job.rulesProfileId} ${ENGINE_VERSION}${readBy}` };
  const files = await RunFiles.open(env.FILES, keys, corrects, origin, forerunner);
  const { state } = files.writing;
  const reportDue = everyMs(Math.min(PROGRESS_INTERVAL_MS, leaseMs / 3), Date.now());
  const turnDue = everyMs(TURN_MS, Date.now());
  const percentAt = (bytesRead: number) =>
    Math.min(99, Math.floor((100 * bytesRead) / Math.max(1, inputBytes)));
  let beganAt: number | null = null;
  let left: "lost" | "handed_over" | null = null;
  try {
    const outcome = await runCatalogue({
      source: input.body,
      compressed: job.fileRef.toLowerCase().endsWith(".gz"),
      maxInflatedBytes: maxFileBytes * INFLATE_FACTOR,
      profile: compileProfile(profile, job.fixes),
      labelMemory: new Map(Object.entries(headers?.labels ?? {})),
      mode: corrects ? "correct" : "validate",
      enrich: job.type === "enrichment",
      output: files.writing.output,
      report: files.writing.digested,
      spill: files.spill,
      salt: job.id,
      ...(state && { resume: { state, sourceAt: sourceOf(env.FILES, keys.input) } }),
      checkpoints: {
        everyBytes: terms.checkpointBytes,
        save: async (reached, { bytesRead, bytesJudged, counters }) => {
          const kept = await files.checkpoint(reached);
          const told = {
            type: "checkpoint",
            counters,
            percent: percentAt(bytesRead),
            checkpoint: kept,
          } as const;
          if (!(await report(told))) {
            left = "lost";
            await files.noteRefused(kept);
            return "stop";
          }
          await files.noteKept(kept);
          if (bytesJudged - (beganAt ?? 0) >= terms.handOverBytes) left = "handed_over";
          return left === null ? "go" : "stop";
        },
      },
      onProgress: async ({ bytesRead, bytesJudged, counters }) => {
        beganAt ??= bytesJudged;
        if (turnDue(Date.now())) await scheduler.wait(0);
        if (!reportDue(Date.now())) return "go";
        const isHeard = await report({ type: "progress", counters, percent: percentAt(bytesRead) });
        if (!isHeard) left = "lost";
        return isHeard ? "go" : "stop";
      },
    });
    if (left !== null) return left === "lost" ? null : { type: "hand_over" };
    if (!outcome.ok) return refused(outcome.error);
    const { digest } = files.writing.digested;
    await writeSummary(env.FILES, keys.summary, summaryFor(job, profile, outcome.value, digest));
    return success(job.id, corrects, outcome.value, digest, files.keyVersion);
  } catch (error) {
    if (error instanceof SealedFileError)
      return unreadable(env, tenantId, keys.input.path, { reason: error.reason });
    return interrupted(job.id, error, files.leadsNowhere);
  } finally {
    // What a successor goes on with is cleared up by the tenant's object, once the job is over.
    await files.end();
  }
}

/** The input once more, from one of its bytes on. */
const sourceOf =
  (bucket: R2Bucket, keys: FileKeys) =>
  async (byte: number): Promise<ReadableStream<Uint8Array>> => {
    const head = await headSealed(bucket, keys);
    if (!head.ok || head.value === null) throw new Error("The input is gone while the job runs.");
    const { plainBytes } = head.value;
    if (byte >= plainBytes) return new Blob([]).stream();
    const opened = await head.value.open({ offset: byte, length: plainBytes - byte });
    if (!opened.ok) throw new Error(`The input does not open again: ${opened.error.reason}.`);
    return opened.value;
  };

/**
 * A key that is not among the run's own has taken over since it began: begun anew, the run is given it. Anything else
 * is no accident that a repetition would mend.
 */
async function unreadable(
  env: Env,
  tenantId: TenantId,
  path: string,
  { reason }: Unreadable,
): Promise<Ending> {
  if (reason === "unknown_version" || reason === "overwritten")
    return failure("internal_error", "The file's key was replaced while the job ran.", true);
  await tenantObject(env, tenantId).noteBroken({ tenantId }, path, reason);
  return failure("file_not_found", "What is stored in the file's place is not what was uploaded.");
}

/** Whether enough time has passed since it last said yes. */
function everyMs(intervalMs: number, startMs: number): (nowMs: number) => boolean {
  let lastMs = startMs;
  return (nowMs) => {
    if (nowMs - lastMs < intervalMs) return false;
    lastMs = nowMs;
    return true;
  };
}

const success = (
  jobId: string,
  corrects: boolean,
  summary: CatalogueSummary,
  reportDigest: string,
  keyVersion: number,
): Ending => ({
  type: "succeed",
  keyVersion,
  outcome: {
    counters: summary.counters,
    findingsTotal: summary.findingsTotal,
    outputRef: corrects ? artefactRef(jobId, "output.csv") : null,
    reportRef: artefactRef(jobId, "report.ndjson"),
    reportDigest,
  },
});

const artefactRef = (jobId: string, artefact: JobArtefact): string => `jobs/${jobId}/${artefact}`;

function refused(reason: CatalogueFailure): Ending {
  if (reason.reason === "stopped") return null;
  return failure(reason.reason, reason.detail);
}

const failure = (code: JobErrorCode, message: string, retryable = false): Failure => ({
  type: "fail",
  error: { code, message },
  retryable,
});
