import type { ApiKey } from "../../src/domain/api-key";
import type { WorkContext } from "../../src/crypto/sealed-context";
import type { StoredFile } from "../../src/domain/file";
import type { Job } from "../../src/domain/job";
import { err, ok, type Result } from "../../src/domain/result";
import type { Caller } from "../../src/domain/tenant-context";
import { readConfig, type Env } from "../../src/env";
import { shardNamed } from "../../src/shards/shard-router";
import type { Allowance } from "./admission";
import type { Answer, Created, Idempotency } from "./answer";
import { TenantCore } from "./core";
import type { KeyPage } from "./credential-store";
import type { JobFilter, JobPage, JobPlace } from "./job-store";
import { readEvents, type EventPage } from "./operations/events";
import * as files from "./operations/files";
import * as jobs from "./operations/jobs";
import * as keys from "./operations/keys";
import * as runs from "./operations/runs";
import { endSupport } from "./operations/support";
import { OperatorCalls } from "./operator-calls";
import type { Stores } from "./stores";

/** One object per tenant, named by tenant id and partition: the only writer of that tenant's state. */
export class Tenant extends OperatorCalls {
  protected readonly core: TenantCore;
  readonly #leaseMs: number;
  readonly #stores: Stores;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { leaseMs, jobTtlMs, messageKeys } = readConfig(env);
    this.#leaseMs = leaseMs;
    this.core = new TenantCore(ctx, {
      leaseMs,
      jobTtlMs,
      messageKeys,
      shard: (name) => shardNamed(env, name),
      jobQueue: (tier) => (tier === "basic" ? env.JOBS_STANDARD : env.JOBS_PRIORITY),
    });
    this.#stores = this.core.stores;
  }

  standing(caller: Caller): Promise<Answer<Allowance, never>> {
    return this.core.read(caller, ({ tenant, limits }) =>
      ok({ tenant, limits, runningJobs: this.#stores.jobs.leasedCount() }),
    );
  }

  submitJob(caller: Caller, input: jobs.SubmitJob): Promise<jobs.SubmitAnswer> {
    return this.core.command(caller, (admitted, nowMs) =>
      jobs.submitJob(this.#stores, admitted, input, nowMs),
    );
  }

  retryJob(caller: Caller, jobId: string, idempotency: Idempotency): Promise<jobs.RetryAnswer> {
    return this.core.command(caller, (admitted, nowMs) =>
      jobs.retryJob(this.#stores, admitted, jobId, idempotency, nowMs),
    );
  }

  cancelJob(caller: Caller, jobId: string): Promise<Answer<Job, jobs.CancelRefusal>> {
    return this.core.command(caller, (admitted, nowMs) =>
      jobs.cancelJob(this.#stores, admitted, jobId, nowMs),
    );
  }

  /** The job, and what its links to output and report must carry. */
  getJob(caller: Caller, jobId: string): Promise<Answer<jobs.JobView, jobs.UnknownJob>> {
    return this.core.read(caller, (admitted, nowMs) => jobs.viewJob(this.#stores, admitted, jobId, nowMs));
  }

  listJobs(caller: Caller, filter: JobFilter, place: JobPlace): Promise<Answer<JobPage, never>> {
    return this.core.read(caller, () => ok(this.#stores.jobs.list(filter, place)));
  }

  listEvents(
    caller: Caller,
    after: { epoch: number | null; eventSeq: number },
    limit: number,
    type: string | null,
  ): Promise<Answer<EventPage, never>> {
    return this.core.read(caller, () => ok(readEvents(this.#stores.log, after, limit, type)));
  }

  /** Before R2 is asked to open an upload in parts: takes no token, the announcement does. */
  async mayAnnounce(caller: Caller): Promise<Answer<null, never>> {
    return this.core.vouch(caller);
  }

  announceFile(
    caller: Caller,
    input: files.AnnounceFile,
  ): Promise<Answer<Created<files.AnnouncedFile>, files.AnnounceRefusal>> {
    return this.core.command(caller, (admitted, nowMs) =>
      files.announceFile(this.#stores, admitted, input, nowMs),
    );
  }

  mayUpload(caller: Caller, fileId: string, linkEpoch: number): Promise<files.UploadAnswer> {
    return this.core.read(caller, ({ tenant }) =>
      files.mayUpload(this.#stores, fileId, linkEpoch, tenant.linkEpoch),
    );
  }

  /** The second half of an upload that `mayUpload` has admitted. */
  completeUpload(caller: Caller, fileId: string, sha256: string): Promise<files.UploadedOutcome> {
    return this.core.settle(caller, (nowMs) =>
      files.completeUpload(this.#stores, caller, fileId, sha256, nowMs),
    );
  }

  openLink(
    caller: Caller,
    link: { fileId: string | null; epoch: number },
  ): Promise<Answer<null, files.UploadRefusal>> {
    return this.core.read(caller, ({ tenant }) => files.openLink(this.#stores, link, tenant.linkEpoch));
  }

  getFile(caller: Caller, fileId: string): Promise<Answer<StoredFile, files.UnknownFile>> {
    return this.core.read(caller, () => files.findFile(this.#stores, fileId));
  }

  deleteFile(caller: Caller, fileId: string): Promise<Answer<StoredFile, files.UnknownFile>> {
    return this.core.command(caller, (admitted, nowMs) =>
      files.deleteFile(this.#stores, admitted, fileId, nowMs),
    );
  }

  createKey(caller: Caller, input: keys.NewKey): Promise<Answer<Created<ApiKey>, keys.CreateKeyRefusal>> {
    return this.core.command(caller, (admitted, nowMs) =>
      keys.createKey(this.#stores, admitted, input, nowMs),
    );
  }

  /** API keys, or the support grants that operators hold. */
  listKeys(caller: Caller, kind: ApiKey["kind"], page: KeyPage): Promise<Answer<readonly ApiKey[], never>> {
    return this.core.read(caller, () => ok(keys.listKeys(this.#stores, this.core.credentials, kind, page)));
  }

  getKey(caller: Caller, keyId: string): Promise<Answer<ApiKey, keys.UnknownKey>> {
    return this.core.read(caller, () => keys.viewKey(this.#stores, this.core.credentials, keyId));
  }

  updateKey(caller: Caller, update: keys.KeyUpdate): Promise<Answer<ApiKey, keys.ChangeKeyRefusal>> {
    return this.core.commandOnKeys(caller, (admitted, nowMs) =>
      keys.updateKey(this.#stores, admitted, update, nowMs),
    );
  }

  rotateKey(
    caller: Caller,
    rotation: keys.Rotation,
  ): Promise<Answer<Created<ApiKey>, keys.RotateKeyRefusal>> {
    return this.core.commandOnKeys(caller, (admitted, nowMs) =>
      keys.rotateKey(this.#stores, admitted, rotation, nowMs),
    );
  }

  endKey(caller: Caller, keyId: string): Promise<Answer<ApiKey, keys.UnknownKey>> {
    return this.core.commandOnKeys(caller, (admitted, nowMs) =>
      keys.endKey(this.#stores, admitted, keyId, nowMs),
    );
  }

  endSupport(caller: Caller, id: string): Promise<Answer<ApiKey, keys.UnknownKey>> {
    return this.core.commandOnKeys(caller, (admitted, nowMs) =>
      endSupport(this.#stores, admitted.caller, id, nowMs),
    );
  }

  /** Called by the runner: with its message's opened context and ticket, and then with its run's own token. */
  async beginRun(
    context: WorkContext,
    jobId: string,
    ticket: string,
  ): Promise<Result<runs.RunSpec, runs.RunRefusal>> {
    const tenant = this.core.admission.tenant();
    if (tenant?.tenantId !== context.tenantId) return err({ reason: "not_yours" });
    return this.core.commands.run(() =>
      runs.beginRun(this.#stores, tenant, { epoch: context.epoch, jobId, ticket }, this.#leaseMs, Date.now()),
    );
  }

  async reportRun(
    context: WorkContext,
    jobId: string,
    token: string,
    report: runs.RunReport,
  ): Promise<Result<null, runs.RunRefusal>> {
    if (this.core.admission.tenant()?.tenantId !== context.tenantId) return err({ reason: "not_yours" });
    return this.core.commands.run(() =>
      runs.reportRun(this.#stores, jobId, token, report, this.#leaseMs, Date.now()),
    );
  }

  override async alarm(): Promise<void> {
    await this.core.alarm.ring();
  }
}
