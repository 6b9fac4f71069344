import { describe, expect, it } from "vitest";
import { ZERO_COUNTERS } from "../../src/domain/counters";
import {
  advance,
  JOB_STATUSES,
  MAX_ATTEMPTS,
  MAX_FAULTS,
  type Job,
  type JobCommand,
  type JobStatus,
} from "../../src/domain/job";
import { newJob } from "../../src/domain/new-job";

const NOW = 1_000_000;
const TOKEN = "token-1";

const queued: Job = newJob(
  {
    channel: "default",
    type: "validation",
    fileRef: "files/x/a.csv",
    rulesProfileId: "default@1.0.0",
  },
  { id: "job-1", idempotencyKey: "key", retryOf: null, traceparent: null },
  NOW,
  60_000,
);

const leased = (status: JobStatus): Job => ({
  ...queued,
  status,
  lease: { token: TOKEN, expiresAtMs: NOW + 1000 },
});

const lease = { token: "token-2", expiresAtMs: NOW + 2000 };
const outcome = {
  counters: ZERO_COUNTERS,
  findingsTotal: 0,
  outputRef: null,
  reportRef: "jobs/x/report.ndjson",
  reportDigest: "sha256:00",
};
const error = { code: "internal_error", message: "x" } as const;

/** For each command: from which states it may be taken, with the right token where it needs one. */
const ALLOWED: readonly (readonly [JobCommand, readonly JobStatus[]])[] = [
  [{ type: "begin", token: TOKEN, lease }, ["queued", "running"]],
  [{ type: "progress", token: TOKEN, counters: ZERO_COUNTERS, percent: 5, leaseExpiresAtMs: 1 }, ["running"]],
  [{ type: "succeed", token: TOKEN, outcome }, ["running"]],
  [{ type: "fail", token: TOKEN, error, retryable: false }, ["running"]],
  [{ type: "cancel", reason: "cancelled_by_client" }, ["queued", "running"]],
  [{ type: "expire" }, ["queued"]],
];

describe("advance", () => {
  const table = ALLOWED.flatMap(([command, from]) =>
    JOB_STATUSES.map((status) => ({ command, status, allowed: from.includes(status) })),
  );
  it.each(table)("$command.type from $status: $allowed", ({ command, status, allowed }) => {
    const before = leased(status);
    const snapshot = structuredClone(before);
    expect(advance(before, command, NOW).ok).toBe(allowed);
    expect(before).toEqual(snapshot);
  });

  it.each(ALLOWED.filter(([command]) => "token" in command))(
    "refuses $0.type with a stale token",
    (command) => {
      expect(advance(leased("running"), { ...command, token: "old" } as JobCommand, NOW)).toEqual({
        ok: false,
        error: { reason: "stale_lease" },
      });
    },
  );

  it("exchanges the token when the work begins, so that a second delivery is stale", () => {
    const begun = advance(leased("queued"), { type: "begin", token: TOKEN, lease }, NOW);
    expect(begun).toMatchObject({ ok: true, value: { status: "running", attempts: 1, startedAtMs: NOW } });
    if (!begun.ok) return;
    expect(advance(begun.value, { type: "begin", token: TOKEN, lease }, NOW).ok).toBe(false);
  });

  it("brings a faulted job back with a growing pause, and fails it after the last attempt", () => {
    let job = leased("running");
    const pauses: number[] = [];
    for (let fault = 1; fault <= MAX_FAULTS; fault++) {
      const next = advance(
        { ...job, status: "running", lease: leased("running").lease },
        { type: "fail", token: TOKEN, error, retryable: true },
        NOW,
      );
      if (!next.ok) throw new Error("refused");
      job = next.value;
      if (job.status === "queued") pauses.push(job.notBeforeMs - NOW);
    }
    expect(pauses).toEqual([1000, 4000]);
    expect(job).toMatchObject({ status: "failed", error, faults: MAX_FAULTS, lease: null });
  });

  it("takes a lost lease for no failure, until the job has stopped its runner too often", () => {
    expect(advance(leased("running"), { type: "lose_lease" }, NOW)).toMatchObject({
      ok: true,
      value: { status: "running", lease: null, error: null },
    });
    expect(
      advance({ ...leased("running"), attempts: MAX_ATTEMPTS }, { type: "lose_lease" }, NOW),
    ).toMatchObject({
      ok: true,
      value: { status: "failed", error: { code: "internal_error" } },
    });
  });

  it("does not hold it against a job that its tenant was suspended", () => {
    let job = leased("running");
    for (let n = 0; n < MAX_ATTEMPTS; n++) {
      const paused = advance({ ...job, attempts: n + 1, lease }, { type: "pause" }, NOW);
      if (paused.ok) job = paused.value;
    }
    expect(job).toMatchObject({
      status: "running",
      lease: null,
      attempts: MAX_ATTEMPTS,
      pauses: MAX_ATTEMPTS,
    });
    expect(advance({ ...job, lease }, { type: "lose_lease" }, NOW)).toMatchObject({
      ok: true,
      value: { status: "running" },
    });
    expect(advance(leased("queued"), { type: "pause" }, NOW)).not.toHaveProperty("value.pauses");
    expect(advance({ ...job, status: "succeeded", lease: null }, { type: "pause" }, NOW).ok).toBe(false);
  });
});
