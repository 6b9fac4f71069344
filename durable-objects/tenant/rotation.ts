import { sealContext } from "../../src/crypto/sealed-context";
import {
  backTo,
  beginRotation,
  isUnderWay,
  nextPhase,
  type KeyRotation,
  type RotationReason,
} from "../../src/domain/key-rotation";
import { err, ok, type Result } from "../../src/domain/result";
import type { Caller } from "../../src/domain/tenant-context";
import type { TenantId } from "../../src/domain/tenant-id";
import { KEY_LIFE_MS } from "../../src/domain/tier";
import { resealMessageParts, type ResealMessage } from "../../src/queues/messages";
import { ShardSeals } from "../../src/shards/shard-seals";
import type { KeyRefusal } from "./answer";
import type { CommandQueue } from "./command";
import type { MadeKey } from "./key-ring";
import { within } from "./relay/within";
import { completeShreds } from "./operations/complete-shreds";
import { endFormerVersions, isStillWritten } from "./operations/end-former-versions";
import { cursorAt, resealStale, resealStep, trimmedFrom } from "./operations/reseal";
import { SEALED, sealedBy } from "./seal";
import { PLATFORM, type Stores } from "./stores";
import type { TenantKeys } from "./tenant-keys";
import type { TenantRecord } from "./tenant-store";

/** Between two steps the object answers others. */
const STEP_MS = 20;
/** After something that was out of reach, or has to end first. */
const WAIT_MS = 2_000;
/** Who wraps the keys was asked in vain, which holds up the object's other timers for as long as it took. */
const KEYLESS_MS = { key_unavailable: 30_000, key_withdrawn: 300_000 } as const;
/** How long the files' worker may be silent before another is sent. */
export const FILES_LEASE_MS = 60_000;
/** A look through all that a large tenant has takes its time. */
const SHARD_MS = 20_000;

export interface RotationPorts {
  readonly shard: (name: string) => D1Database;
  readonly resealQueue: Pick<Queue<ResealMessage>, "send">;
  readonly messageKeys: readonly [Uint8Array, ...Uint8Array[]];
}

type Actor = Pick<Caller, "actorId" | "traceparent">;

/**
 * Brings everything of the tenant from former versions of its key to the newest, step by step while the tenant works,
 * and then destroys the former ones. Each step may be cut short and is done again: rows in the object first, then the
 * same rows in the shard, then the files, by a worker of their own; then a check that nothing was left behind.
 */
export class Rotation {
  constructor(
    private readonly ports: RotationPorts,
    private readonly stores: Stores,
    private readonly commands: CommandQueue,
    private readonly keys: TenantKeys,
  ) {}

  /** One step, and when the next is due. */
  async step(tenant: TenantRecord): Promise<void> {
    const rotation = this.stores.keyState.rotation();
    if (!isUnderWay(rotation)) return this.#whenDue(tenant);
    const { phase } = rotation;
    if (phase === "destroy") return this.#destroy(tenant, rotation);
    const ready = await this.keys.ready(tenant.tenantId);
    if (!ready.ok) return this.#again(KEYLESS_MS[ready.error.reason]);
    if (phase === "files") return this.#files(tenant, rotation);
    if (phase === "check") return this.#check(tenant, rotation);
    return this.#rows(tenant, phase, rotation.cursor);
  }

  /** A new version, from now on the current one; where one is taking over already, another follows it. */
  async request(
    tenantId: TenantId,
    reason: RotationReason,
    by: Actor,
  ): Promise<Result<KeyRotation, KeyRefusal>> {
    const ready = await this.keys.ready(tenantId);
    if (!ready.ok) return ready;
    if (this.isUnderWay()) return this.commands.run(() => this.#follow(reason));
    const made = await this.keys.ring.make(tenantId);
    if (!made.ok) return made;
    return this.commands.run(() =>
      this.mayBegin(made.value) ? ok(this.begin(made.value, reason, by, Date.now())) : this.#follow(reason),
    );
  }

  /** Another rotation after the one under way; none for a tenant that was shredded while its key was being made. */
  #follow(reason: RotationReason): Result<KeyRotation, KeyRefusal> {
    const current = this.stores.keyState.rotation();
    if (current === null || this.keys.ring.inForce().length === 0) return err({ reason: "key_withdrawn" });
    this.stores.keyState.want(reason);
    this.stores.timers.set("key_rotation", Date.now());
    return ok(current);
  }

  /** Whether this key may take over now: no other one does, none has meanwhile, and the tenant was not shredded. */
  mayBegin({ after }: MadeKey): boolean {
    const isLate = after !== this.keys.ring.lastVersion();
    return !isLate && !this.isUnderWay() && this.keys.ring.inForce().length > 0;
  }

  /** Inside a command, for a key that may. */
  begin(made: MadeKey, reason: RotationReason, by: Actor, nowMs: number): KeyRotation {
    const { keyState, jobSeals, logSeals } = this.stores;
    keyState.want(null);
    this.keys.store(made, nowMs);
    const totals = { jobsTotal: jobSeals.count(), entriesTotal: logSeals.count() };
    const rotation = beginRotation(reason, made.version, totals, nowMs);
    keyState.saveRotation(rotation);
    const data = { version: made.version, reason, wrapper: made.kept.wrapped.wrapperId };
    this.stores.record(
      by,
      { kind: "audit", type: "data_key.created", subject: keySubject(made.version), data },
      nowMs,
    );
    return rotation;
  }

  isUnderWay(): boolean {
    return isUnderWay(this.stores.keyState.rotation());
  }

  /** Nothing under way: a key that somebody else should wrap is wrapped anew, one whose time has come is replaced. */
  async #whenDue(tenant: TenantRecord): Promise<void> {
    const { tenantId } = tenant;
    if (this.keys.ring.inForce().length === 0) return this.#at(null);
    await this.keys.rewrap(tenantId);
    const wanted = this.stores.keyState.wanted();
    const dueMs = (this.keys.ring.inForce().at(-1)?.createdAtMs ?? 0) + KEY_LIFE_MS[tenant.tier];
    if (wanted === null && dueMs > Date.now()) {
      // Somebody may have asked for a rotation while the wrapping was waited for: that one is due at once.
      const isAsked = () => this.isUnderWay() || this.stores.keyState.wanted() !== null;
      const nextMs = () => (isAsked() ? Date.now() : dueMs);
      return this.commands.run(() => this.stores.timers.replace("key_rotation", nextMs()));
    }
    const begun = await this.request(tenantId, wanted ?? "scheduled", PLATFORM);
    if (!begun.ok) return this.#again(KEYLESS_MS[begun.error.reason]);
  }

  async #rows(tenant: TenantRecord, phase: "jobs" | "log", cursor: string): Promise<void> {
    const trimmed = phase === "log" ? trimmedFrom(this.stores, cursor) : null;
    if (trimmed) return this.#trimmedRows(tenant, trimmed);
    const step = await this.commands.run(() => {
      const rotation = this.stores.keyState.rotation();
      const seal = this.keys.seal(tenant.tenantId, Date.now());
      if (!seal || !isUnderWay(rotation) || rotation.phase !== phase) return null;
      return resealStep(this.stores, seal, phase, rotation.cursor);
    });
    if (step === null) return this.#again(WAIT_MS);
    await this.#reach(tenant, (shard) => shard.reseal(tenant.tenantId, step.jobs, step.entries));
    await this.#progress(phase, (rotation, nowMs) => {
      const done = {
        ...rotation,
        jobsDone: rotation.jobsDone + step.jobs.length,
        entriesDone: rotation.entriesDone + step.entries.length,
        updatedAtMs: nowMs,
      };
      return step.cursor === null ? nextPhase(done, nowMs) : { ...done, cursor: step.cursor };
    });
  }

  /** Entries that the object has no more, where they lie in the shard. */
  async #trimmedRows(
    tenant: TenantRecord,
    { after, upTo, limit }: NonNullable<ReturnType<typeof trimmedFrom>>,
  ): Promise<void> {
    const { tenantId } = tenant;
    const rows = await this.#reach(tenant, (shard) => shard.sealedAfter(tenantId, after, upTo, limit));
    const seal = this.keys.seal(tenantId, Date.now());
    if (!seal) return this.#again(WAIT_MS);
    const { entries } = resealStale(this.stores, seal, { jobs: [], entries: rows });
    await this.#reach(tenant, (shard) => shard.reseal(tenantId, [], entries));
    const last = rows.length < limit ? upTo : (rows.at(-1) ?? upTo);
    await this.#progress("log", (rotation, nowMs) => ({
      ...rotation,
      cursor: cursorAt(last),
      entriesDone: rotation.entriesDone + rows.length,
      updatedAtMs: nowMs,
    }));
  }

  /** Sends a worker, once; should it fall silent, another. */
  async #files({ tenantId }: TenantRecord, rotation: KeyRotation): Promise<void> {
    const nowMs = Date.now();
    if (rotation.leaseExpiresAtMs !== null && rotation.leaseExpiresAtMs > nowMs)
      return this.#at(rotation.leaseExpiresAtMs);
    const token = crypto.randomUUID();
    await this.#progress(
      "files",
      (now) => ({ ...now, token, leaseExpiresAtMs: nowMs + FILES_LEASE_MS }),
      FILES_LEASE_MS,
    );
    const context = { tenantId, epoch: this.stores.log.head().epoch, traceparent: null };
    const sealed = sealContext(this.ports.messageKeys, context, resealMessageParts({ token }));
    await this.ports.resealQueue.send({ version: 1, context: sealed, token });
  }

  async #check(tenant: TenantRecord, { toVersion, hasLateFiles }: KeyRotation): Promise<void> {
    const { tenantId } = tenant;
    if (hasLateFiles) return this.#progress("check", (rotation, nowMs) => backTo(rotation, "files", nowMs));
    // Cheap to see, and may last: whoever still writes by a former key is waited for before anything is looked through.
    if (isStillWritten(this.stores, toVersion, Date.now())) return this.#again(WAIT_MS);
    const stale = await this.#reach(tenant, (shard) => shard.stale(tenantId, sealedBy(toVersion), SEALED));
    if (stale.jobs.length + stale.entries.length > 0) {
      const seal = this.keys.seal(tenantId, Date.now());
      if (!seal) return this.#again(WAIT_MS);
      const { jobs, entries } = resealStale(this.stores, seal, stale);
      await this.#reach(tenant, (shard) => shard.reseal(tenantId, jobs, entries));
      return this.#again(STEP_MS);
    }
    const ended = await this.commands.run(() => {
      const outcome = endFormerVersions(this.stores, Date.now());
      this.keys.ring.forget();
      return outcome;
    });
    await this.#again(ended ? STEP_MS : WAIT_MS);
  }

  /** The vault's half goes last: until then the rows say that the version is destroyed, and nothing opens by it. */
  async #destroy({ tenantId }: TenantRecord, { toVersion, ended }: KeyRotation): Promise<void> {
    for (const version of ended)
      if (!(await this.keys.destroy({ tenantId, version }))) return this.#again(WAIT_MS);
    await this.commands.run(() => {
      const nowMs = Date.now();
      const rotation = this.stores.keyState.rotation();
      if (!isUnderWay(rotation) || rotation.phase !== "destroy") return;
      this.stores.keyState.saveRotation(nextPhase(rotation, nowMs));
      this.stores.timers.replace("key_rotation", nowMs);
      this.keys.ring.forget();
      completeShreds(this.stores, nowMs);
      // A customer's key that was on its way out has nothing left to open.
      if (this.stores.keyState.customerKey()?.isInForce === false) this.stores.keyState.saveCustomerKey(null);
      const { jobsDone, entriesDone, filesDone, bytesDone, reason } = rotation;
      const data = {
        version: toVersion,
        reason,
        destroyed: ended,
        jobs: jobsDone,
        entries: entriesDone,
        files: filesDone,
        bytes: bytesDone,
      };
      this.stores.record(
        PLATFORM,
        { kind: "audit", type: "data_key.rotated", subject: keySubject(toVersion), data },
        nowMs,
      );
    });
  }

  /** Changes the rotation if it still is in that phase, and says when the next step is due. */
  async #progress(
    phase: KeyRotation["phase"],
    change: (rotation: KeyRotation, nowMs: number) => KeyRotation,
    nextMs = STEP_MS,
  ): Promise<void> {
    await this.commands.run(() => {
      const rotation = this.stores.keyState.rotation();
      const nowMs = Date.now();
      if (isUnderWay(rotation) && rotation.phase === phase)
        this.stores.keyState.saveRotation(change(rotation, nowMs));
      this.stores.timers.replace("key_rotation", nowMs + nextMs);
    });
  }

  #again(afterMs: number): Promise<void> {
    return this.#at(Date.now() + afterMs);
  }

  #at(dueMs: number | null): Promise<void> {
    return this.commands.run(() => this.stores.timers.replace("key_rotation", dueMs));
  }

  /** A shard that does not answer fails the step, which is done again. */
  async #reach<T>(tenant: TenantRecord, ask: (shard: ShardSeals) => Promise<T>): Promise<T> {
    return within(SHARD_MS, ask(new ShardSeals(this.ports.shard(tenant.shard))));
  }
}

const keySubject = (version: number): string => `data_key:${version}`;
