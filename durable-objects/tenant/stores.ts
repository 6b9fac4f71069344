import { v7 as uuidV7 } from "uuid";
import type { AuditType, Fact } from "../../src/domain/event";
import { PLATFORM_ACTOR, type Caller } from "../../src/domain/tenant-context";
import { randomSalt } from "../../src/crypto/salt";
import { AttemptStore } from "./attempt-store";
import { CheckpointStore } from "./checkpoint-store";
import { CredentialStore } from "./credential-store";
import { DataKeyStore } from "./data-key-store";
import { DeliveryStore } from "./delivery-store";
import { EndpointStore } from "./endpoint-store";
import { FileStore } from "./file-store";
import { HeaderStore } from "./header-store";
import { IdempotencyStore } from "./idempotency-store";
import { JobSealStore } from "./job-seal-store";
import { JobStore } from "./job-store";
import { KeyStateStore } from "./key-state-store";
import { LogHistoryStore } from "./log-history-store";
import { LogSealStore } from "./log-seal-store";
import { LogStore } from "./log-store";
import { ProfileStore } from "./profile-store";
import type { SealedMembers } from "./seal";
import { SegmentStore } from "./segment-store";
import { ShredStore } from "./shred-store";
import { SinkStore } from "./sink-store";
import { TenantStore } from "./tenant-store";
import { Timers } from "./timers";

/** Entries gather this long before they are relayed, so that a burst of commands is one batch. */
const RELAY_DELAY_MS = 100;

/** After so long nobody has told the endpoints what was committed. */
const NEWS_LOST_MS = 1_000;

/** Who acts when the platform itself does: expiry, lost leases, dispatch. */
export const PLATFORM: Pick<Caller, "actorId" | "traceparent"> = {
  actorId: PLATFORM_ACTOR,
  traceparent: null,
};

/** All tables of one tenant, and the one way into its log. */
export class Stores {
  readonly tenant: TenantStore;
  readonly jobs: JobStore;
  readonly jobSeals: JobSealStore;
  readonly checkpoints: CheckpointStore;
  readonly files: FileStore;
  readonly log: LogStore;
  readonly logSeals: LogSealStore;
  readonly history: LogHistoryStore;
  readonly segments: SegmentStore;
  readonly idempotency: IdempotencyStore;
  readonly timers: Timers;
  readonly sinks: SinkStore;
  readonly credentials: CredentialStore;
  readonly dataKeys: DataKeyStore;
  readonly keyState: KeyStateStore;
  readonly shreds: ShredStore;
  readonly endpoints: EndpointStore;
  readonly deliveries: DeliveryStore;
  readonly attempts: AttemptStore;
  readonly profiles: ProfileStore;
  readonly headers: HeaderStore;
  #hasNews = false;

  constructor(sql: SqlStorage) {
    this.tenant = new TenantStore(sql);
    this.jobs = new JobStore(sql);
    this.jobSeals = new JobSealStore(sql);
    this.checkpoints = new CheckpointStore(sql);
    this.files = new FileStore(sql);
    this.log = new LogStore(sql);
    this.logSeals = new LogSealStore(sql);
    this.history = new LogHistoryStore(sql);
    this.segments = new SegmentStore(sql);
    this.idempotency = new IdempotencyStore(sql);
    this.timers = new Timers(sql);
    this.sinks = new SinkStore(sql);
    this.credentials = new CredentialStore(sql);
    this.dataKeys = new DataKeyStore(sql);
    this.keyState = new KeyStateStore(sql);
    this.shreds = new ShredStore(sql);
    this.endpoints = new EndpointStore(sql);
    this.deliveries = new DeliveryStore(sql);
    this.attempts = new AttemptStore(sql);
    this.profiles = new ProfileStore(sql);
    this.headers = new HeaderStore(sql);
  }

  /** Appends a fact to the log and sees to it that it is relayed. */
  record(
    by: Pick<Caller, "actorId" | "traceparent">,
    fact: Fact,
    nowMs: number,
    sealed: SealedMembers | null = null,
  ): void {
    const { actorId, traceparent } = by;
    this.log.append(fact, { id: uuidV7(), timeMs: nowMs, actorId, traceparent, salt: randomSalt() }, sealed);
    this.timers.ensure("relay", nowMs + RELAY_DELAY_MS);
    if (fact.kind === "event" && this.endpoints.isWaiting()) this.#tellEndpoints(nowMs);
  }

  /** Whether there has been something for the endpoints since it was last asked. */
  takeNews(): boolean {
    const hasNews = this.#hasNews;
    this.#hasNews = false;
    return hasNews;
  }

  /** They are told as soon as this is committed; the timer is for the object that dies in between. */
  #tellEndpoints(nowMs: number): void {
    this.#hasNews = true;
    this.timers.set("deliveries", nowMs + NEWS_LOST_MS);
  }

  /** Sees to it that ended keys and revocations are forgotten when their time comes. */
  tidyCredentials(): void {
    const dueMs = this.credentials.nextForgetMs();
    if (dueMs !== null) this.timers.set("housekeeping", dueMs);
  }

  /** That somebody from outside the tenant has looked. */
  recordAccess(
    type: Extract<AuditType, `${"operator" | "support"}.access`>,
    caller: Caller,
    nowMs: number,
  ): void {
    const { operation, target, requestId } = caller;
    const data = { operation, target, request_id: requestId };
    this.record(caller, { kind: "audit", type, subject: `operation:${operation}`, data }, nowMs);
  }
}
