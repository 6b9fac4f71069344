import { admit, fullBucket, type BucketState, type RateSnapshot } from "../../src/domain/bucket";
import { err, ok, type Result } from "../../src/domain/result";
import { limitsOf, type Limits } from "../../src/domain/tier";
import type { Caller, TenantRefusal } from "./answer";
import type { TenantRecord, TenantStore } from "./tenant-store";

const REQUESTS = "requests";

export interface Admitted {
  readonly tenant: TenantRecord;
  readonly limits: Limits;
  /** How long a job made now may wait for its turn. */
  readonly jobTtlMs: number;
}

/**
 * Who may come in: the tenant exists, is not suspended, and its bucket holds a token. The bucket lives in memory
 * and is persisted with the next commit, so that a restart grants at most one extra burst (DESIGN §2.8).
 */
export class Admission {
  #tenant: TenantRecord | undefined;
  #bucket: BucketState | undefined;
  #persisted: BucketState | undefined;

  constructor(
    private readonly store: TenantStore,
    private readonly jobTtlMs: number,
  ) {}

  /** Reads tenant and bucket again: after start, and after a command that changed or rolled back the tenant. */
  reload(): void {
    this.#tenant = this.store.find();
    this.#bucket ??= this.store.bucket(REQUESTS);
  }

  /** The tables are gone again: provisioning was rolled back. */
  forget(): void {
    this.#tenant = undefined;
    this.#bucket = undefined;
  }

  tenant(): TenantRecord | undefined {
    return this.#tenant;
  }

  admit(
    caller: Caller,
    nowMs: number,
  ): { rate: RateSnapshot | null; entry: Result<Admitted, TenantRefusal> } {
    const tenant = this.#tenant;
    if (!tenant) return { rate: null, entry: err({ reason: "tenant_not_found" }) };
    if (tenant.tenantId !== caller.tenantId) throw new Error("A call reached the object of another tenant.");

    const limits = limitsOf(tenant.tier, tenant.overrides, nowMs);
    const step = admit(this.#bucket ?? fullBucket(limits.rate, nowMs), limits.rate, nowMs);
    this.#bucket = step.state;
    if (!step.admitted) return { rate: step.rate, entry: err({ reason: "rate_limited" }) };
    if (tenant.status === "suspended") return { rate: step.rate, entry: err({ reason: "tenant_suspended" }) };
    return { rate: step.rate, entry: ok({ tenant, limits, jobTtlMs: this.jobTtlMs }) };
  }

  /** To be called inside a batch's transaction. */
  persist(): void {
    if (!this.#bucket || this.#bucket === this.#persisted) return;
    this.store.saveBucket(REQUESTS, this.#bucket);
    this.#persisted = this.#bucket;
  }
}
