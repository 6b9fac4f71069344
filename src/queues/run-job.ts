import type { RunKeys, RunRefusal, RunReport, RunSpec } from "../../durable-objects/tenant/operations/runs";
import { compileProfile } from "../catalogue/profile/compile";
import { readProfile } from "../catalogue/profile/profile";
import { SHIPPED_PROFILES } from "../catalogue/profiles";
import { runCatalogue, type CatalogueFailure, type CatalogueSummary } from "../catalogue/run/run";
import type { Counters } from "../domain/counters";
import type { JobErrorCode } from "../domain/job";
import type { FileKeys } from "../crypto/file-keys";
import { SealedFileError } from "../crypto/file-opener";
import { openContext, type WorkContext } from "../crypto/sealed-context";
import type { TenantId } from "../domain/tenant-id";
import type { Env } from "../env";
import { tenantObject } from "../tenant-object";
import type { JobArtefact } from "../storage/keys";
import { PartLane } from "../storage/part-lane";
import { DigestingSink } from "../storage/report-digest";
import { MultipartSink } from "../storage/multipart-sink";
import type { Unreadable } from "../storage/seal-metadata";
import { openSealed } from "../storage/sealed-object";
import type { Verdict } from "./consume";
import { log, traceIdOf, withLogContext } from "../telemetry/logger";
import { jobMessageParts, type JobMessage } from "./messages";
import { summaryFor, writeSummary } from "./write-summary";

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
type Ending = Exclude<RunReport, { type: "progress" }> | null;

/** Runs one leased job. A duplicate or late message finds its ticket used and changes nothing. */
export async function runJob(
  env: Env,
  messageKeys: readonly Uint8Array[],
  message: JobMessage,
): Promise<Verdict> {
  const context = openContext(messageKeys, message.context, jobMessageParts(message));
  if (context === null) return { type: "refuse", reason: "The message's context was altered." };
  const { tenantId, traceparent } = context;
  return withLogContext({ tenantId, traceId: traceIdOf(traceparent) }, () => run(env, context, message));
}

async function run(env: Env, context: WorkContext, { jobId, token }: JobMessage): Promise<Verdict> {
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
  const ending = await attempt(env, tenantId, spec, report);
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
  tenantId: TenantId,
  spec: RunSpec,
  report: (step: RunReport) => Promise<boolean>,
): Promise<Ending> {
  try {
    return await work(env, tenantId, spec, report);
  } catch (error) {
    log.error("job.attempt_failed", { jobId: spec.job.id, error: String(error) });
    return failure("internal_error", "The work was interrupted by a fault of the platform.", true);
  }
}

async function work(
  env: Env,
  tenantId: TenantId,
  { job, leaseMs, maxFileBytes, keys, profile: own }: RunSpec,
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
  const sinks = openSinks(env.FILES, keys, corrects);
  const digested = new DigestingSink(sinks.report);
  const reportDue = everyMs(Math.min(PROGRESS_INTERVAL_MS, leaseMs / 3), Date.now());
  const turnDue = everyMs(TURN_MS, Date.now());
  let stopped = false;
  try {
    const outcome = await runCatalogue({
      source: input.body,
      compressed: job.fileRef.toLowerCase().endsWith(".gz"),
      maxInflatedBytes: maxFileBytes * INFLATE_FACTOR,
      profile: compileProfile(profile),
      mode: corrects ? "correct" : "validate",
      enrich: job.type === "enrichment",
      output: sinks.output,
      report: digested,
      onProgress: async ({ bytesRead, counters }: { bytesRead: number; counters: Counters }) => {
        if (turnDue(Date.now())) await scheduler.wait(0);
        if (!reportDue(Date.now())) return "go";
        const percent = Math.min(99, Math.floor((100 * bytesRead) / Math.max(1, inputBytes)));
        stopped = !(await report({ type: "progress", counters, percent }));
        return stopped ? "stop" : "go";
      },
    });
    if (stopped) return null;
    if (!outcome.ok) return refused(outcome.error);
    const { digest } = digested;
    await writeSummary(env.FILES, keys.summary, summaryFor(job, profile, outcome.value, digest));
    return success(job.id, corrects, outcome.value, digest, keys.report.current.version);
  } catch (error) {
    if (error instanceof SealedFileError)
      return unreadable(env, tenantId, keys.input.path, { reason: error.reason });
    throw error;
  } finally {
    await Promise.all(Object.values(sinks).map((sink) => sink?.abort()));
  }
}

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

function openSinks(bucket: R2Bucket, { output, report }: RunKeys, corrects: boolean) {
  const lane = new PartLane();
  const sink = (keys: FileKeys, contentType: string) =>
    new MultipartSink(bucket, keys, { httpMetadata: { contentType } }, lane);
  return {
    output: corrects ? sink(output, "text/csv; charset=utf-8") : null,
    report: sink(report, "application/x-ndjson"),
  };
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

const failure = (code: JobErrorCode, message: string, retryable = false): Ending => ({
  type: "fail",
  error: { code, message },
  retryable,
});
