import { Tenant } from "../../../../durable-objects/tenant";
import { applyStep, type SubmitJob } from "../../../../durable-objects/tenant/operations/jobs";
import { SHARD_SINK } from "../../../../durable-objects/tenant/backlog";
import { PLATFORM } from "../../../../durable-objects/tenant/stores";
import type { Counters } from "../../../../src/domain/counters";
import type { LogEntry } from "../../../../src/domain/event";
import type { Job, JobCommand } from "../../../../src/domain/job";
import type { Caller } from "../../../../src/domain/tenant-context";
import { shardNamed } from "../../../../src/shards/shard-router";

/** Jobs that are at the same point of their lives: a batch of the relay has some of each. */
const TOGETHER = 16;
const TOKEN = "0198c2de-7d5a-7c3e-9b1f-5a0c6d7e8f90";
const SINKS = [SHARD_SINK, "analytics"];
const START = { epoch: 0, seq: 0, failures: 0 };

interface Submitted {
  readonly caller: Caller;
  readonly input: SubmitJob;
}
interface Relaying {
  readonly fromMs: number;
  tookMs: number | null;
  readonly done: (tookMs: number) => void;
}

/** The product's object with a log that is made in advance: its alarm is off but while the relay is measured. */
export class RelayTenant extends Tenant {
  #submitted: Submitted | null = null;
  #relaying: Relaying | null = null;

  override submitJob(caller: Caller, input: SubmitJob): ReturnType<Tenant["submitJob"]> {
    this.#submitted = { caller, input };
    return super.submitJob(caller, input);
  }

  /** So many jobs like the one that was submitted last, each through its whole life, by the object's own commands. */
  async fill(jobs: number): Promise<void> {
    let groups: Group[] = [];
    for (let made = 0; made < jobs || groups.length > 0; made += TOGETHER) {
      if (made < jobs) groups.push({ jobs: await this.#submitMore(), steps: [...LIFE] });
      for (const group of groups) {
        const step = group.steps.shift();
        if (step) group.jobs = await Promise.all(group.jobs.map((job) => this.#take(job, step)));
      }
      groups = groups.filter(({ steps }) => steps.length > 0);
    }
  }

  async entries(afterSeq: number, limit: number): Promise<readonly LogEntry[]> {
    return this.core.stores.log.after(this.core.stores.log.head().epoch, afterSeq, limit);
  }

  /** Relays the whole log anew; from the alarm until the shard has all of it, in milliseconds. */
  async relayAll(): Promise<number> {
    await this.#forgetInShard();
    const { stores, commands, alarm } = this.core;
    const took = new Promise<number>((done) => {
      this.#relaying = { fromMs: Date.now(), tookMs: null, done };
    });
    await commands.run(() => {
      for (const sink of SINKS) stores.sinks.save(sink, START);
      // The archive has a pace of its own.
      stores.timers.replace("archive", null);
      stores.timers.replace("relay", Date.now());
      alarm.forget();
    });
    return took;
  }

  override async alarm(): Promise<void> {
    if (this.#relaying === null) return;
    await super.alarm();
    const isDone = SINKS.map((sink) => this.#hasAll(sink));
    if (isDone[0]) this.#relaying.tookMs ??= Date.now() - this.#relaying.fromMs;
    if (this.#relaying.tookMs === null || isDone.includes(false)) return;
    this.#relaying.done(this.#relaying.tookMs);
    this.#relaying = null;
  }

  #hasAll(sink: string): boolean {
    const { epoch, seq } = this.core.stores.sinks.cursor(sink);
    const head = this.core.stores.log.head();
    return epoch === head.epoch && seq === head.seq;
  }

  async #forgetInShard(): Promise<void> {
    const tenant = this.core.admission.tenant();
    if (!tenant) throw new Error("The object has no tenant.");
    await forgetTenant(shardNamed(this.env, tenant.shard), tenant.tenantId);
  }

  async #submitMore(): Promise<Job[]> {
    if (this.#submitted === null) throw new Error("No job was submitted that more could be like.");
    const { caller, input } = this.#submitted;
    await Promise.all(
      Array.from({ length: TOGETHER }, () => {
        const idempotency = { ...input.idempotency, key: crypto.randomUUID() };
        return super.submitJob(caller, { ...input, idempotency });
      }),
    );
    return this.core.stores.jobs.waiting(Date.now(), TOGETHER);
  }

  #take(job: Job, step: Step): Promise<Job> {
    return this.core.commands.run(() => {
      const nowMs = Date.now();
      return step(job, nowMs).reduce((current, command) => {
        const next = applyStep(this.core.stores, PLATFORM, current, command, nowMs);
        if (!next.ok) throw new Error(`A job does not ${command.type}: ${next.error.reason}`);
        return next.value;
      }, job);
    });
  }
}

/** All that a shard has of a tenant. */
export async function forgetTenant(shard: D1Database, tenantId: string): Promise<void> {
  const tables = ["events", "audit_logs", "jobs", "sink_cursors"];
  await shard.batch(
    tables.map((table) => shard.prepare(`DELETE FROM ${table} WHERE tenant_id = ?`).bind(tenantId)),
  );
}

type Step = (job: Job, nowMs: number) => readonly JobCommand[];
interface Group {
  jobs: Job[];
  readonly steps: Step[];
}

const HALF: Counters = { total: 4_000, processed: 4_000, errors: 37, warnings: 112, corrections: 0 };
const WHOLE: Counters = { total: 8_241, processed: 8_241, errors: 75, warnings: 230, corrections: 0 };

/** What happens to a job after its submission: started, progress, succeeded. */
const LIFE: readonly Step[] = [
  (_job, nowMs) => {
    const lease = { token: TOKEN, expiresAtMs: nowMs + 30_000 };
    return [
      { type: "lease", lease },
      { type: "begin", token: TOKEN, lease },
    ];
  },
  (_job, nowMs) => [
    { type: "progress", token: TOKEN, counters: HALF, percent: 48, leaseExpiresAtMs: nowMs + 30_000 },
  ],
  ({ id }) => {
    const outcome = {
      counters: WHOLE,
      findingsTotal: 305,
      outputRef: null,
      reportRef: `jobs/${id}/report.ndjson`,
      reportDigest: `sha256:${"0".repeat(64)}`,
    };
    return [{ type: "succeed", token: TOKEN, outcome }];
  },
];
