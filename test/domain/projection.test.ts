import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isFinal, type Job, type JobCommand } from "../../src/domain/job";
import { projectJobs, type JobPatch } from "../../src/domain/projection";
import { COUNTERS, eventfulLog, TenantLog, sealedOf } from "../shards/tenant-log";

const byId = (patches: readonly JobPatch[]) => new Map(patches.map((patch) => [patch.id, patch]));

describe("projectJobs", () => {
  it("folds the events of a job into one patch with the version of the last", () => {
    const log = new TenantLog();
    const { id } = log.submit();
    log.begin(id);
    log.succeed(id);

    const patches = projectJobs(log.entries);

    expect(patches).toHaveLength(1);
    expect(patches[0]).toMatchObject({ id, epoch: 1, version: 3, status: "succeeded", counters: COUNTERS });
    expect(patches[0]?.submitted).toMatchObject({ channel: "mercado_livre", retryOf: null });
  });

  it("speaks of no job where the entries do not", () => {
    const log = new TenantLog();
    log.audit();
    log.append({ kind: "event", type: "tenant.provisioned", subject: "tenant:t", data: { tier: "basic" } });

    expect(projectJobs(log.entries)).toEqual([]);
  });

  it("leaves what later events do not say to what was known", () => {
    const log = new TenantLog();
    const { id } = log.submit();
    log.begin(id);
    const [, started] = log.entries;

    expect(projectJobs([started!])).toMatchObject([
      { id, status: "running", submitted: null, counters: null, progress: null, version: 2 },
    ]);
  });

  it.each(["queued", "running", "succeeded", "failed", "cancelled", "expired"] as const)(
    "gives the job itself for one that is %s",
    (status) => {
      const log = eventfulLog();
      const patches = byId(projectJobs(log.entries));

      const jobs = [...log.jobs.values()].filter((job) => job.status === status);
      if (status === "queued") jobs.push(log.submit());
      const known = status === "queued" ? byId(projectJobs(log.entries)) : patches;

      expect(jobs).not.toHaveLength(0);
      for (const job of jobs) expectSame(known.get(job.id)!, job);
    },
  );

  it("follows any life of a job, wherever the log is cut", () => {
    const lease = { token: "run", expiresAtMs: 0 };
    const error = { code: "internal_error", message: "The runner stopped." } as const;
    const commands: readonly JobCommand[] = [
      { type: "lease", lease },
      { type: "begin", token: "run", lease },
      { type: "progress", token: "run", counters: COUNTERS, percent: 50, leaseExpiresAtMs: 0 },
      { type: "fail", token: "run", error, retryable: true },
      { type: "fail", token: "run", error, retryable: false },
      { type: "lose_lease" },
      { type: "cancel", reason: "cancelled_by_client" },
      { type: "expire" },
      {
        type: "succeed",
        token: "run",
        outcome: {
          counters: COUNTERS,
          findingsTotal: 7,
          outputRef: null,
          reportRef: "r",
          reportDigest: "sha256:00",
        },
      },
    ];
    fc.assert(
      fc.property(fc.array(fc.nat(commands.length - 1), { maxLength: 40 }), (choices) => {
        const log = new TenantLog();
        const { id } = log.submit();
        for (const choice of choices) log.step(id, commands[choice]!);

        expectSame(projectJobs(log.entries)[0]!, log.jobs.get(id)!);
      }),
    );
  });
});

/** What the events do not tell: a lost lease is no event, and neither is the begin after it. */
function expectSame(patch: JobPatch, job: Job): void {
  expect(patch).toMatchObject({
    id: job.id,
    status: job.status,
    error: job.error,
    outputRef: job.outputRef,
    reportRef: job.reportRef,
    startedAtMs: job.startedAtMs,
    completedAtMs: job.completedAtMs,
    submitted: {
      channel: job.channel,
      type: job.type,
      fileRef: job.fileRef,
      rulesProfileId: job.rulesProfileId,
      sealed: sealedOf(job.id),
      idempotencyKey: job.idempotencyKey,
      createdAtMs: job.createdAtMs,
      expiresAtMs: job.expiresAtMs,
    },
  });
  expect(patch.counters ?? { total: 0, processed: 0, errors: 0, warnings: 0, corrections: 0 }).toEqual(
    job.counters,
  );
  expect(patch.progress ?? 0).toBe(job.progress);
  expect(patch.findingsTotal ?? 0).toBe(job.findingsTotal);
  expect(patch.updatedAtMs).toBeLessThanOrEqual(job.updatedAtMs);
  expect(patch.attempts ?? 0).toBeLessThanOrEqual(job.attempts);
  if (isFinal(job.status) && (job.status === "succeeded" || job.status === "failed"))
    expect(patch.attempts).toBe(job.attempts);
}
