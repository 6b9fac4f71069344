import type { ApiKey } from "../../src/domain/api-key";
import type { OpenJob } from "../../src/domain/job";
import type { JsonText } from "../../src/domain/json-text";
import { ok } from "../../src/domain/result";
import type { Caller } from "../../src/domain/tenant-context";
import { readConfig, type Env } from "../../src/env";
import { Analytics } from "../../src/telemetry/analytics";
import { shardNamed } from "../../src/shards/shard-router";
import type { Allowance } from "./admission";
import type { Answer, Created, Idempotency } from "./answer";
import { TenantCore } from "./core";
import type { KeyPage } from "./credential-store";
import { keyCustody } from "./custody";
import type { JobFilter, JobPlace } from "./job-store";
import type { DeliveryTerms } from "./operations/delivery-steps";
import * as jobs from "./operations/jobs";
import * as keys from "./operations/keys";
import { endSupport } from "./operations/support";
import type { Stores } from "./stores";
import { StreamCalls } from "./stream-calls";

/** One object per tenant, named by tenant id and partition: the only writer of that tenant's state. */
export class Tenant extends StreamCalls {
  protected readonly core: TenantCore;
  protected readonly leaseMs: number;
  protected readonly deliveryTerms: DeliveryTerms;
  readonly #stores: Stores;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const config = readConfig(env);
    const { leaseMs, jobTtlMs, messageKeys } = config;
    this.leaseMs = leaseMs;
    this.deliveryTerms = { ...config.webhooks, leaseMs, random: () => Math.random() };
    this.core = new TenantCore(ctx, {
      leaseMs,
      jobTtlMs,
      archiveMs: config.archiveMs,
      backlogMax: config.backlogMax,
      routes: config.webhooks.routes,
      messageKeys,
      custody: keyCustody(config, env.KEYS),
      resealQueue: env.RESEAL,
      eventQueue: env.EVENTS,
      analytics: new Analytics(env.ANALYTICS),
      files: env.FILES,
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
    return this.core.commandSealed(caller, (admitted, nowMs, seal) =>
      jobs.submitJob(this.#stores, admitted, input, seal, nowMs),
    );
  }

  retryJob(caller: Caller, jobId: string, idempotency: Idempotency): Promise<jobs.RetryAnswer> {
    return this.core.commandSealed(caller, (admitted, nowMs, seal) =>
      jobs.retryJob(this.#stores, admitted, jobId, idempotency, seal, nowMs),
    );
  }

  cancelJob(caller: Caller, jobId: string): Promise<Answer<JsonText<OpenJob>, jobs.CancelRefusal>> {
    return this.core.commandSealed(caller, (admitted, nowMs, seal) =>
      jobs.cancelJob(this.#stores, admitted, jobId, seal, nowMs),
    );
  }

  /** The job, and what its links to output and report must carry. */
  getJob(caller: Caller, jobId: string): Promise<Answer<jobs.JobView, jobs.UnknownJob>> {
    return this.core.readSealed(caller, (admitted, nowMs, seal) =>
      jobs.viewJob(this.#stores, admitted, jobId, seal, nowMs),
    );
  }

  listJobs(
    caller: Caller,
    filter: JobFilter,
    sellerId: string | null,
    place: JobPlace,
  ): Promise<Answer<jobs.OpenJobPage, never>> {
    return this.core.readSealed(caller, (_admitted, _nowMs, seal) =>
      ok(jobs.listJobs(this.#stores, filter, sellerId, place, seal)),
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

  override async alarm(): Promise<void> {
    await this.core.alarm.ring();
  }
}
