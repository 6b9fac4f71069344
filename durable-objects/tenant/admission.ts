import { admit, fullBucket, type BucketState, type RateSnapshot } from "../../src/domain/bucket";
import { err, ok, type Result } from "../../src/domain/result";
import type { Caller } from "../../src/domain/tenant-context";
import type { TenantScope } from "../../src/domain/scope";
import { requireTenant } from "../../src/domain/tenant-isolation";
import { limitsOf, type Limits } from "../../src/domain/tier";
import type { TenantRefusal } from "./answer";
import type { Credentials, Vouched, VouchedKey } from "./credentials";
import type { TenantRecord, TenantStore } from "./tenant-store";

const REQUESTS = "requests";

/** A call that was let in: whose it is, and within what limits. */
export interface Admitted extends Vouched {
  readonly tenant: TenantRecord;
  readonly limits: Limits;
  /** How long a job made now may wait for its turn. */
  readonly jobTtlMs: number;
}

/** What a tenant may do, and what of it is in use. */
export type Allowance = Pick<Admitted, "tenant" | "limits"> & { readonly runningJobs: number };

export type Standing = "active" | Extract<TenantRefusal["reason"], "tenant_not_found" | "tenant_suspended">;

const holds = (key: VouchedKey | null, scope: TenantScope): boolean =>
  key === null || (key.scopes.has(scope) && !(key.isPrevious && scope === "keys:write"));

/**
 * Who may come in: the tenant exists, its bucket holds a token, the credential is still good, the tenant is not
 * suspended, and a key has the scope. The bucket lives in memory and is persisted with the next commit, so that a
 * restart grants at most one extra burst (DESIGN §2.8).
 */
export class Admission {
  #tenant: TenantRecord | undefined;
  #bucket: BucketState | undefined;
  #persisted: BucketState | undefined;

  constructor(
    private readonly store: TenantStore,
    private readonly credentials: Credentials,
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

  /** Whether work goes on for the tenant: what comes after a call was let in asks again. */
  standing(): Standing {
    switch (this.#tenant?.status) {
      case "active":
        return "active";
      case "suspended":
        return "tenant_suspended";
      case "offboarded":
      case undefined:
        return "tenant_not_found";
    }
  }

  /** Lets a call in, its rate aside: asked by itself before something is begun that is not the object's own. */
  vouch(caller: Caller, nowMs: number): Result<Admitted, TenantRefusal> {
    const tenant = this.#tenant;
    const standing = this.standing();
    if (!tenant || standing === "tenant_not_found") return err({ reason: "tenant_not_found" });
    requireTenant(caller.tenantId, tenant.tenantId, "the object that was called");
    const vouched = this.credentials.check(caller, nowMs);
    if (!vouched.ok) return err({ reason: "credential_ended" });
    if (standing !== "active") return err({ reason: standing });
    const { scope } = caller;
    if (scope !== null && !holds(vouched.value.key, scope))
      return err({ reason: "insufficient_scope", scope });
    const limits = limitsOf(tenant.tier, tenant.overrides, nowMs);
    return ok({ ...vouched.value, tenant, limits, jobTtlMs: this.jobTtlMs });
  }

  admit(
    caller: Caller,
    nowMs: number,
  ): { rate: RateSnapshot | null; entry: Result<Admitted, TenantRefusal> } {
    const tenant = this.#tenant;
    if (!tenant || this.standing() === "tenant_not_found")
      return { rate: null, entry: err({ reason: "tenant_not_found" }) };
    requireTenant(caller.tenantId, tenant.tenantId, "the object that was called");
    const { rate } = limitsOf(tenant.tier, tenant.overrides, nowMs);
    const step = admit(this.#bucket ?? fullBucket(rate, nowMs), rate, nowMs);
    this.#bucket = step.state;
    if (!step.admitted) return { rate: step.rate, entry: err({ reason: "rate_limited" }) };
    return { rate: step.rate, entry: this.vouch(caller, nowMs) };
  }

  /** To be called inside a batch's transaction. */
  persist(): void {
    this.credentials.persist();
    if (!this.#bucket || this.#bucket === this.#persisted) return;
    this.store.saveBucket(REQUESTS, this.#bucket);
    this.#persisted = this.#bucket;
  }
}
