import { requireTenant } from "../../src/domain/tenant-isolation";
import type { TenantId } from "../../src/domain/tenant-id";
import { limitsOf, type Tier } from "../../src/domain/tier";
import type { DeliveryMessage, JobMessage } from "../../src/queues/messages";
import { ShardLog } from "../../src/shards/shard-log";
import { ShardProjection } from "../../src/shards/shard-projection";
import type { Analytics } from "../../src/telemetry/analytics";
import { log, withLogContext } from "../../src/telemetry/logger";
import type { Admission } from "./admission";
import type { Backlog } from "./backlog";
import type { Checkpoints } from "./checkpoints";
import type { Archive } from "./archive";
import type { CommandQueue } from "./command";
import { cancelNextOffboarded, expireJobs, reclaimLeases } from "./operations/due-jobs";
import { forgetDeliveries } from "./operations/forget-deliveries";
import { writePoints } from "./relay/analytics";
import { drain, type DrainLimits } from "./relay/drain";
import { grantLeases, leaseSink, type LeaseTerms } from "./relay/leases";
import { grantDeliveries, wakeUpSink } from "./relay/wake-ups";
import { projectionSink } from "./relay/projection";
import type { Retention } from "./retention";
import type { Rotation } from "./rotation";
import type { Shredding } from "./shredding";
import type { Stores } from "./stores";
import type { TenantRecord } from "./tenant-store";
import type { TimerKind } from "./timers";

/** After a step that threw: long enough not to spin, short enough that nobody waits for long. */
const POSTPONE_MS = 5_000;
const RELAY: DrainLimits = {
  maxBatches: 10,
  sendTimeoutMs: 2_000,
  nowMs: () => Date.now(),
  random: () => Math.random(),
};

/** An alarm that is this late was lost: the platform drops one that kept failing. */
const OVERDUE_MS = 30_000;

/** Where the object sends what it has: handed in by the composition root. */
export interface AlarmPorts {
  readonly leaseMs: number;
  readonly shard: (name: string) => D1Database;
  readonly jobQueue: (tier: Tier) => Pick<Queue<JobMessage>, "sendBatch">;
  readonly eventQueue: Pick<Queue<DeliveryMessage>, "sendBatch">;
  readonly analytics: Analytics;
  /** Seal the context of every message. */
  readonly messageKeys: LeaseTerms["messageKeys"];
}

/** The parts of the object that its alarm sets going. */
export interface AlarmParts {
  readonly stores: Stores;
  readonly commands: CommandQueue;
  readonly admission: Admission;
  readonly rotation: Rotation;
  readonly shredding: Shredding;
  readonly backlog: Backlog;
  readonly archive: Archive;
  readonly checkpoints: Checkpoints;
  readonly retention: Retention;
}

/** What the object does by itself: one table of due times, one alarm at the earliest (DESIGN §2.5). */
export class Alarm {
  /** What the platform was last told; null when that is not known. */
  #armedMs: number | null = null;
  #isRinging = false;
  #isDelivering = false;
  /** Something was committed while what was before is being delivered. */
  #hasMore = false;
  /** The earliest due time as of the last commit, for the watchdog; null when not read yet. */
  #dueMs: number | null = null;

  constructor(
    private readonly storage: DurableObjectStorage,
    private readonly ports: AlarmPorts,
    private readonly object: AlarmParts,
  ) {}

  /** Sets the platform's alarm to the earliest due time; inside a transaction it commits with it. */
  arm(): void {
    // While it rings it is armed once, at the end: should it be cut short, the platform rings again.
    if (this.#isRinging) return;
    const nextMs = this.object.stores.timers.nextMs();
    this.#dueMs = nextMs ?? Number.POSITIVE_INFINITY;
    if (nextMs === null || nextMs === this.#armedMs) return;
    void this.storage.setAlarm(nextMs);
    this.#armedMs = nextMs;
  }

  /** Forgets what is armed; to be called whenever it may have been rolled back, or has rung. */
  forget(): void {
    this.#armedMs = null;
    this.#dueMs = null;
  }

  /** The watchdog of every call: re-arms when the alarm in force is long overdue. */
  watch(nowMs: number): void {
    this.#dueMs ??= this.object.stores.timers.nextMs() ?? Number.POSITIVE_INFINITY;
    if (this.#dueMs < nowMs - OVERDUE_MS) this.wake().catch((error: unknown) => fault("arm", error));
  }

  /**
   * Has what was just committed delivered. An alarm would do it as well, but not while another is waiting for a shard:
   * alarms of one object do not overlap.
   */
  deliver(): void {
    const tenant = this.object.admission.tenant();
    this.#hasMore = this.#isDelivering;
    if (!tenant || this.#isDelivering) return;
    this.#isDelivering = true;
    void withLogContext({ tenantId: tenant.tenantId }, () => this.#attempt("deliveries", tenant)).finally(
      () => {
        this.#isDelivering = false;
        if (this.#hasMore) this.deliver();
      },
    );
  }

  /** Sees to it that everything that waits is due some time: also what an earlier version of the object did not know. */
  async wake(): Promise<void> {
    if (!this.object.admission.tenant()) return;
    this.forget();
    await this.object.commands.run(() => {
      const { stores, archive, backlog } = this.object;
      archive.seeTo(Date.now());
      if (backlog.isFull()) stores.timers.ensure("relay", Date.now());
    });
  }

  /** Runs what is due. Never throws: the platform drops an alarm that keeps failing. */
  async ring(): Promise<void> {
    const tenant = this.object.admission.tenant();
    if (!tenant) return;
    return withLogContext({ tenantId: tenant.tenantId }, () => this.#ringFor(tenant));
  }

  async #ringFor(tenant: TenantRecord): Promise<void> {
    this.forget();
    this.#isRinging = true;
    for (const kind of this.object.stores.timers.due(Date.now())) await this.#attempt(kind, tenant);
    this.#isRinging = false;
    try {
      await this.object.commands.run(() => undefined);
    } catch (error) {
      fault("arm", error);
      await this.storage.setAlarm(Date.now() + POSTPONE_MS);
    }
  }

  /** A step that fails is postponed and keeps no other from its turn. */
  async #attempt(kind: TimerKind, tenant: TenantRecord): Promise<void> {
    try {
      await this.#run(kind, tenant);
    } catch (error) {
      fault(kind, error);
      await this.object.commands
        .run(() => this.object.stores.timers.replace(kind, Date.now() + POSTPONE_MS))
        .catch((again: unknown) => fault("postpone", again));
    }
  }

  async #run(kind: TimerKind, tenant: TenantRecord): Promise<void> {
    switch (kind) {
      case "dispatch":
        return this.#dispatch(tenant);
      case "deliveries":
        return this.#deliver(tenant);
      case "leases":
        return this.object.commands.run(() => reclaimLeases(this.object.stores, Date.now()));
      case "expiry":
        return this.object.commands.run(() => expireJobs(this.object.stores, Date.now()));
      case "relay":
        return this.#relay(tenant);
      case "checkpoints":
        return this.object.checkpoints.step(tenant);
      case "archive":
        return this.object.archive.step(tenant);
      case "retention":
        return this.object.retention.step(tenant);
      case "key_rotation":
        return this.object.rotation.step(tenant);
      case "shredding":
        return this.object.shredding.step(tenant);
      case "offboarding":
        return this.object.commands.run(() => cancelNextOffboarded(this.object.stores, Date.now()));
      case "housekeeping":
        return this.object.commands.run(() => {
          this.object.stores.idempotency.forget(Date.now());
          this.object.stores.credentials.forget(Date.now());
          const { timers, idempotency } = this.object.stores;
          const deliveriesMs = forgetDeliveries(this.object.stores, Date.now());
          timers.replace(kind, idempotency.nextForgetMs());
          if (deliveriesMs !== null) timers.set(kind, deliveriesMs);
          this.object.stores.tidyCredentials();
        });
    }
  }

  async #dispatch({ tenantId }: TenantRecord): Promise<void> {
    const { granted, tier } = await this.object.commands.run(() => this.#grant(tenantId, Date.now()));
    await drain(
      leaseSink(granted, this.ports.jobQueue(tier), this.object.stores, this.object.commands, RELAY.nowMs),
      RELAY,
    );
  }

  async #deliver({ tenantId }: TenantRecord): Promise<void> {
    const { stores, commands, admission } = this.object;
    const { messageKeys, eventQueue, leaseMs } = this.ports;
    const granted = await commands.run(() => {
      // Nobody is told anything of a tenant that is not active: what there is waits until it is.
      if (admission.standing() === "active")
        return grantDeliveries(stores, { tenantId, messageKeys, leaseMs }, Date.now());
      stores.timers.replace("deliveries", null);
      return [];
    });
    await drain(wakeUpSink(granted, eventQueue, stores, commands), RELAY);
  }

  /** By the limits as they are now: the tenant may have been changed since the alarm rang. */
  #grant(tenantId: TenantId, nowMs: number): { granted: readonly JobMessage[]; tier: Tier } {
    const tenant = this.object.admission.tenant();
    if (!tenant) throw new Error("The tenant is gone while its alarm rings.");
    requireTenant(tenantId, tenant.tenantId, "the object whose alarm rings");
    const { tier, overrides, status } = tenant;
    const terms: LeaseTerms = {
      tenantId,
      runningJobs: status === "active" ? limitsOf(tier, overrides, nowMs).runningJobs : 0,
      messageKeys: this.ports.messageKeys,
      leaseMs: this.ports.leaseMs,
      limitsEndMs: overrides.expiresAtMs ?? null,
      newToken: () => crypto.randomUUID(),
    };
    return { granted: grantLeases(this.object.stores, terms, nowMs), tier };
  }

  async #relay(tenant: TenantRecord): Promise<void> {
    const db = this.ports.shard(tenant.shard);
    const shard = new ShardProjection(db);
    const sink = projectionSink(
      tenant.tenantId,
      shard,
      new ShardLog(db),
      this.object.stores,
      this.object.commands,
    );
    const points = writePoints(tenant, this.ports.analytics, this.object.stores);
    const ended = await drain(sink, RELAY);
    // What was written meanwhile is found by this look.
    await this.object.commands.run(() => {
      points.save();
      this.object.archive.seeTo(Date.now());
      if (ended === "failed") return;
      const isBehind = ended === "more" || points.hasMore || sink.load() !== null;
      this.object.stores.timers.replace("relay", isBehind ? Date.now() : null);
    });
  }
}

const fault = (step: string, error: unknown): void =>
  log.error("alarm.step_failed", { step, error: String(error) });
