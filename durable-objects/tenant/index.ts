import { DurableObject } from "cloudflare:workers";
import type { StoredFile } from "../../src/domain/file";
import type { Job } from "../../src/domain/job";
import { err, ok, type Result } from "../../src/domain/result";
import type { Env } from "../../src/env";
import type { Admitted } from "./admission";
import type { Answer, Caller, Created, Idempotency } from "./answer";
import { TenantCore } from "./core";
import type { JobFilter, JobPage } from "./job-store";
import * as files from "./operations/files";
import * as jobs from "./operations/jobs";
import * as runs from "./operations/runs";
import * as tenancy from "./operations/tenancy";
import { readEvents, type EventPage } from "./operations/events";
import type { TenantRecord } from "./tenant-store";

/** One object per tenant, named by tenant id and partition: the only writer of that tenant's state. */
export class Tenant extends DurableObject<Env> {
  readonly #core: TenantCore;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#core = new TenantCore(ctx, env);
  }

  provision(
    caller: Caller,
    input: tenancy.Provision,
  ): Promise<Result<Created<TenantRecord>, tenancy.ProvisionRefusal>> {
    return this.#core.commands.run(() => {
      this.#core.createTables();
      const outcome = tenancy.provision(this.#core.stores, caller, input, Date.now());
      this.#core.admission.reload();
      return outcome;
    });
  }

  async standing(caller: Caller): Promise<Answer<Admitted & { runningJobs: number }, never>> {
    return this.#core.read(caller, (admitted) =>
      ok({ ...admitted, runningJobs: this.#core.stores.jobs.leasedCount() }),
    );
  }

  async describe(): Promise<TenantRecord | null> {
    return this.#core.admission.tenant() ?? null;
  }

  async patchTenant(caller: Caller, patch: tenancy.TenantPatch): Promise<TenantRecord | null> {
    if (!this.#core.admission.tenant()) return null;
    return this.#core.commands.run(() => {
      const tenant = this.#core.stores.tenant.find();
      if (!tenant) return null;
      const patched = tenancy.patchTenant(this.#core.stores, caller, tenant, patch, Date.now());
      this.#core.admission.reload();
      return patched;
    });
  }

  submitJob(caller: Caller, input: jobs.SubmitJob): Promise<Answer<Created<Job>, jobs.SubmitRefusal>> {
    return this.#core.command(caller, (_admitted, nowMs) =>
      jobs.submitJob(this.#core.stores, caller, input, this.#core.config.jobTtlMs, nowMs),
    );
  }

  retryJob(
    caller: Caller,
    jobId: string,
    idempotency: Idempotency,
  ): Promise<Answer<Created<Job>, jobs.RetryRefusal>> {
    return this.#core.command(caller, (_admitted, nowMs) =>
      jobs.retryJob(this.#core.stores, caller, jobId, idempotency, this.#core.config.jobTtlMs, nowMs),
    );
  }

  cancelJob(caller: Caller, jobId: string): Promise<Answer<Job, jobs.CancelRefusal>> {
    return this.#core.command(caller, (_admitted, nowMs) =>
      jobs.cancelJob(this.#core.stores, caller, jobId, nowMs),
    );
  }

  /** The job, and what its links to output and report must carry. */
  async getJob(caller: Caller, jobId: string): Promise<Answer<jobs.JobView, jobs.UnknownJob>> {
    return this.#core.read(caller, (admitted, nowMs) =>
      jobs.viewJob(this.#core.stores, admitted, jobId, nowMs),
    );
  }

  async listJobs(
    caller: Caller,
    filter: JobFilter,
    limit: number,
    offset: number,
  ): Promise<Answer<JobPage, never>> {
    return this.#core.read(caller, () => ok(this.#core.stores.jobs.list(filter, limit, offset)));
  }

  async listEvents(
    caller: Caller,
    after: { epoch: number | null; eventSeq: number },
    limit: number,
    type: string | null,
  ): Promise<Answer<EventPage, never>> {
    return this.#core.read(caller, () => ok(readEvents(this.#core.stores.log, after, limit, type)));
  }

  announceFile(
    caller: Caller,
    input: files.AnnounceFile,
  ): Promise<Answer<Created<files.AnnouncedFile>, files.AnnounceRefusal>> {
    return this.#core.command(caller, ({ tenant, limits }, nowMs) =>
      files.announceFile(this.#core.stores, input, limits, tenant.linkEpoch, nowMs),
    );
  }

  async mayUpload(
    caller: Caller,
    fileId: string,
    linkEpoch: number,
  ): Promise<Answer<StoredFile, files.UploadRefusal>> {
    return this.#core.read(caller, ({ tenant }) =>
      files.mayUpload(this.#core.stores, fileId, linkEpoch, tenant.linkEpoch),
    );
  }

  /** The second half of an upload that `mayUpload` has admitted: takes no token of its own. */
  completeUpload(
    caller: Caller,
    fileId: string,
    sha256: string,
  ): Promise<Result<StoredFile, files.UploadRefusal>> {
    return this.#core.commands.run(() =>
      files.completeUpload(this.#core.stores, caller, fileId, sha256, Date.now()),
    );
  }

  async openLink(
    caller: Caller,
    link: { fileId: string | null; epoch: number },
  ): Promise<Answer<null, files.UploadRefusal>> {
    return this.#core.read(caller, ({ tenant }) => files.openLink(this.#core.stores, link, tenant.linkEpoch));
  }

  async getFile(caller: Caller, fileId: string): Promise<Answer<StoredFile, files.UnknownFile>> {
    return this.#core.read(caller, () => {
      const file = this.#core.stores.files.find(fileId);
      return file && file.status !== "deleted" ? ok(file) : err({ reason: "unknown_file" } as const);
    });
  }

  deleteFile(caller: Caller, fileId: string): Promise<Answer<StoredFile, files.UnknownFile>> {
    return this.#core.command(caller, (_admitted, nowMs) =>
      files.deleteFile(this.#core.stores, caller, fileId, nowMs),
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
      runs.beginRun(this.#core.stores, tenant, jobId, ticket, this.#core.config.leaseMs, Date.now()),
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
      runs.reportRun(this.#core.stores, jobId, token, report, this.#core.config.leaseMs, Date.now()),
    );
  }

  /** Answers from an object that holds nothing: the way to an object works. */
  async probe(): Promise<"ok"> {
    return "ok";
  }

  /** Re-arms an object whose alarm was lost; what cron's sweep calls. */
  async wake(): Promise<void> {
    if (this.#core.admission.tenant()) await this.#core.alarm.wake();
  }

  override async alarm(): Promise<void> {
    if (this.#core.admission.tenant()) await this.#core.alarm.ring();
  }
}
