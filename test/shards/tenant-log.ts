import { createHash } from "node:crypto";
import type { Fact, LogEntry } from "../../src/domain/event";
import { advance, NO_MEMBERS, type Job, type JobCommand, type JobRequest } from "../../src/domain/job";
import { newJob } from "../../src/domain/new-job";
import { stepFact, submittedFact } from "../../src/domain/job-event";
import { chainEntry, GENESIS, headAfter, type LogHead } from "../../src/domain/log";
import type { LogPosition } from "../../src/shards/shard-projection";

const REQUEST: JobRequest = {
  channel: "mercado_livre",
  type: "correction",
  fileRef: "files/f/catalogue.csv",
  rulesProfileId: "mercado_livre@1.0.0",
};

/** What stands for a job's sealed members: nobody opens them here. */
export const sealedOf = (jobId: string): string => `s1.1.${jobId}`;

const sha256Hex = (text: string): string => createHash("sha256").update(text).digest("hex");

export const COUNTERS = { total: 10, processed: 10, errors: 2, warnings: 1, corrections: 3 };

/** A tenant's log and jobs as its object would have them, by the object's own rules. */
export class TenantLog {
  readonly entries: LogEntry[] = [];
  readonly jobs = new Map<string, Job>();
  #head: LogHead = GENESIS;
  #nowMs = Date.UTC(2026, 10, 1);

  /** A log that shares its beginning with this one and goes on in a new epoch: what a restore leaves. */
  restoredTo(seq: number, epoch: number): TenantLog {
    const restored = new TenantLog();
    const kept = this.entries.filter((entry) => entry.seq <= seq);
    restored.entries.push(...kept);
    const last = kept.at(-1)!;
    const eventSeq = Math.max(...kept.map((entry) => entry.eventSeq ?? 0));
    restored.#head = { epoch, seq: last.seq, eventSeq, hash: last.hash };
    restored.#nowMs = this.#nowMs;
    return restored;
  }

  submit(request: Partial<JobRequest> = {}): Job {
    const nowMs = this.#tick();
    const identity = {
      id: crypto.randomUUID(),
      idempotencyKey: "k".repeat(22),
      retryOf: null,
      traceparent: null,
    };
    const job = newJob({ ...REQUEST, ...request }, identity, nowMs, 86_400_000);
    this.jobs.set(job.id, job);
    this.append(submittedFact(job, NO_MEMBERS), nowMs, sealedOf(job.id));
    return job;
  }

  /** Takes the step if the job can; says whether it did. */
  step(jobId: string, command: JobCommand): boolean {
    const nowMs = this.#tick();
    const job = this.jobs.get(jobId)!;
    const next = advance(job, command, nowMs);
    if (!next.ok) return false;
    this.jobs.set(jobId, next.value);
    const fact = stepFact(job, next.value, command, nowMs);
    if (fact) this.append(fact, nowMs);
    return true;
  }

  begin(jobId: string): void {
    const lease = { token: "run", expiresAtMs: this.#nowMs + 30_000 };
    this.step(jobId, { type: "lease", lease });
    this.step(jobId, { type: "begin", token: "run", lease });
  }

  succeed(jobId: string): void {
    const outcome = {
      counters: COUNTERS,
      findingsTotal: 7,
      outputRef: "jobs/j/output.csv",
      reportRef: "jobs/j/report",
      reportDigest: "sha256:00",
    };
    this.step(jobId, { type: "succeed", token: "run", outcome });
  }

  audit(): void {
    this.append(
      {
        kind: "audit",
        type: "key.revoked",
        subject: "key:k",
        data: { key_id: "k" },
      },
      this.#tick(),
    );
  }

  append(fact: Fact, timeMs = this.#tick(), sealed: string | null = null): void {
    const place = { id: crypto.randomUUID(), timeMs, actorId: "user_1", traceparent: null, salt: "s" };
    const text = JSON.stringify(fact.data);
    const chained = chainEntry(this.#head, fact, place, { whole: text, open: text, sealed }, sha256Hex);
    const { salt: _salt, prevHash: _prevHash, ...entry } = chained;
    this.#head = headAfter(this.#head, chained);
    this.entries.push(entry);
  }

  /** What the relay would send next to a sink that stands at `from`. */
  batchAfter(from: LogPosition, limit = 500) {
    const entries = this.entries
      .filter(({ epoch, seq }) => epoch > from.epoch || (epoch === from.epoch && seq > from.seq))
      .slice(0, limit);
    const last = entries.at(-1);
    return { entries, cursor: { from, to: last ? { epoch: last.epoch, seq: last.seq } : from } };
  }

  #tick(): number {
    this.#nowMs += 1_000;
    return this.#nowMs;
  }
}

/** One job of each kind of life, with audit entries in between. */
export function eventfulLog(): TenantLog {
  const log = new TenantLog();
  log.append({ kind: "event", type: "tenant.provisioned", subject: "tenant:t", data: { tier: "basic" } });
  const [queued, running, done, failed, cancelled, expired, retried] = Array.from({ length: 7 }, () =>
    log.submit(),
  );
  log.audit();
  for (const job of [running, done, failed, cancelled, retried]) log.begin(job!.id);
  const progress = {
    type: "progress",
    token: "run",
    counters: COUNTERS,
    percent: 33.3,
    leaseExpiresAtMs: 0,
  } as const;
  for (const job of [running, done, cancelled]) log.step(job!.id, progress);
  log.succeed(done!.id);
  const error = { code: "not_a_table", message: "No header." } as const;
  log.step(failed!.id, { type: "fail", token: "run", error, retryable: false });
  log.step(retried!.id, { type: "fail", token: "run", error, retryable: true });
  log.begin(retried!.id);
  log.audit();
  log.step(cancelled!.id, { type: "cancel", reason: "cancelled_by_client" });
  log.step(expired!.id, { type: "expire" });
  log.step(queued!.id, { type: "expire" });
  return log;
}
