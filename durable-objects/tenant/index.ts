import { DurableObject } from "cloudflare:workers";
import type { StoredFile } from "../../src/domain/file";
import type { Job } from "../../src/domain/job";
import { err, ok, type Result } from "../../src/domain/result";
import { readConfig, type Env } from "../../src/env";
import { shardNamed } from "../../src/shards/shard-router";
import type { Admitted } from "./admission";
import type { Answer, Caller, Created, Idempotency } from "./answer";
import { TenantCore } from "./core";
import type { Stores } from "./stores";
import type { JobFilter, JobPage, JobPlace } from "./job-store";
import * as files from "./operations/files";
import * as jobs from "./operations/jobs";
import * as runs from "./operations/runs";
import * as tenancy from "./operations/tenancy";
import { readEvents, type EventPage } from "./operations/events";
import type { TenantRecord } from "./tenant-store";

/** One object per tenant, named by tenant id and partition: the only writer of that tenant's state. */
export class Tenant extends DurableObject<Env> {
  readonly #leaseMs: number;
  readonly #core: TenantCore;
  readonly #stores: Stores;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { leaseMs, jobTtlMs } = readConfig(env);
    this.#leaseMs = leaseMs;
    this.#core = new TenantCore(ctx, {
      leaseMs,
      jobTtlMs,
      shard: (name) => shardNamed(env, name),
      jobQueue: (tier) => (tier === "basic" ? env.JOBS_STANDARD : env.JOBS_PRIORITY),
    });
    this.#stores = this.#core.stores;
  }

  provision(
    caller: Caller,
    input: tenancy.Provision,
  ): Promise<Result<Created<TenantRecord>, tenancy.ProvisionRefusal>> {
    return this.#core.commands.run(() => {
      this.#core.createTables();
      const outcome = tenancy.provision(this.#stores, caller, input, Date.now());
      this.#core.admission.reload();
      return outcome;
    });
  }

  async standing(caller: Caller): Promise<Answer<Admitted & { runningJobs: number }, never>> {
    return this.#core.read(caller, (admitted) =>
      ok({ ...admitted, runningJobs: this.#stores.jobs.leasedCount() }),
    );
  }

  async describe(): Promise<TenantRecord | null> {
    return this.#core.admission.tenant() ?? null;
  }

  async patchTenant(caller: Caller, patch: tenancy.TenantPatch): Promise<TenantRecord | null> {
    if (!this.#core.admission.tenant()) return null;
    return this.#core.commands.run(() => {
      const tenant = this.#stores.tenant.find();
      if (!tenant) return null;
      const patched = tenancy.patchTenant(this.#stores, caller, tenant, patch, Date.now());
      this.#core.admission.reload();
      return patched;
    });
  }

  submitJob(caller: Caller, input: jobs.SubmitJob): Promise<jobs.SubmitAnswer> {
    return this.#core.command(caller, (admitted, nowMs) =>
      jobs.submitJob(this.#stores, caller, admitted, input, nowMs),
    );
  }

  retryJob(caller: Caller, jobId: string, idempotency: Idempotency): Promise<jobs.RetryAnswer> {
    return this.#core.command(caller, (admitted, nowMs) =>
      jobs.retryJob(this.#stores, caller, admitted, jobId, idempotency, nowMs),
    );
  }

  cancelJob(caller: Caller, jobId: string): Promise<Answer<Job, jobs.CancelRefusal>> {
    return this.#core.command(caller, (_admitted, nowMs) =>
      jobs.cancelJob(this.#stores, caller, jobId, nowMs),
    );
  }

  /** The job, and what its links to output and report must carry. */
  async getJob(caller: Caller, jobId: string): Promise<Answer<jobs.JobView, jobs.UnknownJob>> {
    return this.#core.read(caller, (admitted, nowMs) => jobs.viewJob(this.#stores, admitted, jobId, nowMs));
  }

  async listJobs(caller: Caller, filter: JobFilter, place: JobPlace): Promise<Answer<JobPage, never>> {
    return this.#core.read(caller, () => ok(this.#stores.jobs.list(filter, place)));
  }

  async listEvents(
    caller: Caller,
    after: { epoch: number | null; eventSeq: number },
    limit: number,
    type: string | null,
  ): Promise<Answer<EventPage, never>> {
    return this.#core.read(caller, () => ok(readEvents(this.#stores.log, after, limit, type)));
  }

  announceFile(
    caller: Caller,
    input: files.AnnounceFile,
  ): Promise<Answer<Created<files.AnnouncedFile>, files.AnnounceRefusal>> {
    return this.#core.command(caller, ({ tenant, limits }, nowMs) =>
      files.announceFile(this.#stores, input, limits, tenant.linkEpoch, nowMs),
    );
  }

  async mayUpload(caller: Caller, fileId: string, linkEpoch: number): Promise<files.UploadAnswer> {
    return this.#core.read(caller, ({ tenant }) =>
      files.mayUpload(this.#stores, fileId, linkEpoch, tenant.linkEpoch),
    );
  }

  /** The second half of an upload that `mayUpload` has admitted: takes no token of its own. */
  completeUpload(
    caller: Caller,
    fileId: string,
    sha256: string,
  ): Promise<Result<StoredFile, files.UploadRefusal>> {
    return this.#core.commands.run(() =>
      files.completeUpload(this.#stores, caller, fileId, sha256, Date.now()),
    );
  }

  async openLink(
    caller: Caller,
    link: { fileId: string | null; epoch: number },
  ): Promise<Answer<null, files.UploadRefusal>> {
    return this.#core.read(caller, ({ tenant }) => files.openLink(this.#stores, link, tenant.linkEpoch));
  }

  async getFile(caller: Caller, fileId: string): Promise<Answer<StoredFile, files.UnknownFile>> {
    return this.#core.read(caller, () => files.findFile(this.#stores, fileId));
  }

  deleteFile(caller: Caller, fileId: string): Promise<Answer<StoredFile, files.UnknownFile>> {
    return this.#core.command(caller, (_admitted, nowMs) =>
      files.deleteFile(this.#stores, caller, fileId, nowMs),
    );
  }

  /** Called by the runner, with the ticket of its message. */
  async beginRun(
    tenantId: string,
    jobId: string,
    ticket: string,
  ): Promise<Result<runs.RunSpec, runs.RunRefusal>> {
    const tenant = this.#core.admission.tenant();
    if (tenant?.tenantId !== tenantId) return err({ reason: "not_yours" });
    return this.#core.commands.run(() =>
      runs.beginRun(this.#stores, tenant, jobId, ticket, this.#leaseMs, Date.now()),
    );
  }

  /** Called by the runner, with its run's own token. */
  async reportRun(
    jobId: string,
    token: string,
    report: runs.RunReport,
  ): Promise<Result<null, runs.RunRefusal>> {
    if (!this.#core.admission.tenant()) return err({ reason: "not_yours" });
    return this.#core.commands.run(() =>
      runs.reportRun(this.#stores, jobId, token, report, this.#leaseMs, Date.now()),
    );
  }

  /** Answers from an object that holds nothing: the way to an object works. */
  async probe(): Promise<"ok"> {
    return "ok";
  }

  /** Re-arms an object whose alarm was lost; what cron's sweep calls. */
  async wake(): Promise<void> {
    await this.#core.alarm.wake();
  }

  override async alarm(): Promise<void> {
    await this.#core.alarm.ring();
  }
}
