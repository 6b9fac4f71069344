import { DurableObject } from "cloudflare:workers";
import type { ApiKey } from "../../src/domain/api-key";
import { err, ok, type Result } from "../../src/domain/result";
import type { TenantStatus } from "../../src/domain/tenant";
import type { Caller } from "../../src/domain/tenant-context";
import { requireTenant } from "../../src/domain/tenant-isolation";
import type { Env } from "../../src/env";
import type { Created, IdempotencyRefusal } from "./answer";
import type { KeyState } from "./tenant-keys";
import type { Synchronous } from "./command";
import type { TenantCore } from "./core";
import type { KeyPage, RevokedToken } from "./credential-store";
import type { UnknownKey } from "./operations/keys";
import { setStatus, type LifecycleRefusal } from "./operations/lifecycle";
import * as support from "./operations/support";
import * as tenancy from "./operations/tenancy";
import type { TenantRecord } from "./tenant-store";

export type UnknownTenant = { readonly reason: "tenant_not_found" };

/** The operator plane's half of a tenant's object. Whatever an operator does here stands in the tenant's own log. */
export abstract class OperatorCalls extends DurableObject<Env> {
  protected abstract readonly core: TenantCore;

  async provision(
    caller: Caller,
    input: tenancy.Provision,
  ): Promise<Result<Created<TenantRecord>, tenancy.ProvisionRefusal>> {
    requireOperator(caller);
    // The key is made before anything else of the tenant is: what is durable is sealed from its first byte.
    const known = this.core.admission.tenant() !== undefined;
    const made = known ? null : await this.core.keys.makeFirst(caller.tenantId);
    if (made && !made.ok) return made;
    return this.core.commands.run(() => {
      this.core.createTables();
      const outcome = tenancy.provision(this.core.stores, caller, input, Date.now());
      if (outcome.ok && !outcome.value.replayed && made) this.core.keys.store(made.value, Date.now());
      this.core.reload();
      return outcome;
    });
  }

  /** The tenant as it is; that an operator looked is an entry in its log. Null, and no entry, where there is none. */
  async inspect(caller: Caller): Promise<TenantRecord | null> {
    const outcome = await this.operate(caller, (tenant, nowMs) => {
      this.core.stores.recordAccess("operator.access", caller, nowMs);
      return ok(tenant);
    });
    return outcome.ok ? outcome.value : null;
  }

  patchTenant(
    caller: Caller,
    patch: tenancy.TenantPatch,
  ): Promise<Result<TenantRecord, LifecycleRefusal | UnknownTenant>> {
    return this.operate(caller, (tenant, nowMs) => {
      if (tenant.status === "offboarded") return err({ reason: "offboarded" });
      return ok(tenancy.patchTenant(this.core.stores, caller, tenant, patch, nowMs));
    });
  }

  /** Suspends, resumes or offboards: in force with the next call, wherever it comes from. */
  setStatus(
    caller: Caller,
    status: TenantStatus,
    reason: string | null,
  ): Promise<Result<TenantRecord, LifecycleRefusal | UnknownTenant>> {
    return this.operate(caller, (tenant, nowMs) =>
      setStatus(this.core.stores, caller, tenant, status, reason, nowMs),
    );
  }

  grantSupport(
    caller: Caller,
    grant: support.SupportGrant,
  ): Promise<Result<Created<ApiKey>, IdempotencyRefusal | LifecycleRefusal | UnknownTenant>> {
    return this.operate<Created<ApiKey>, IdempotencyRefusal | LifecycleRefusal>(caller, (tenant, nowMs) => {
      if (tenant.status === "offboarded") return err({ reason: "offboarded" });
      return support.grantSupport(this.core.stores, caller, grant, nowMs);
    });
  }

  listSupportForOperator(caller: Caller, page: KeyPage): Promise<Result<readonly ApiKey[], UnknownTenant>> {
    return this.operate(caller, (_tenant, nowMs) => {
      this.core.stores.recordAccess("operator.access", caller, nowMs);
      return ok(this.core.stores.credentials.list("support", page));
    });
  }

  endSupportByOperator(caller: Caller, id: string): Promise<Result<ApiKey, UnknownKey | UnknownTenant>> {
    return this.operate(caller, (_tenant, nowMs) => support.endSupport(this.core.stores, caller, id, nowMs));
  }

  revokeToken(caller: Caller, token: RevokedToken): Promise<Result<RevokedToken, UnknownTenant>> {
    return this.operate(caller, (_tenant, nowMs) =>
      ok(support.revokeToken(this.core.stores, caller, token, nowMs)),
    );
  }

  /** Re-arms an object whose alarm was lost, and says how its key is; what cron's sweep calls. Null for no tenant. */
  async wake(): Promise<KeyState | null> {
    await this.core.alarm.wake();
    const tenant = this.core.admission.tenant();
    return tenant ? this.core.keys.tend(tenant) : null;
  }

  /** Answers from an object that holds nothing: the way to an object works. */
  async probe(): Promise<"ok"> {
    return "ok";
  }

  /** A command on a tenant that exists; what it changes of tenant and keys is in force when it returns. */
  protected async operate<T, R>(
    caller: Caller,
    step: (tenant: TenantRecord, nowMs: number) => Result<T, R>,
  ): Promise<Result<T, R | UnknownTenant>> {
    requireOperator(caller);
    if (!this.core.admission.tenant()) return err({ reason: "tenant_not_found" });
    const command = (): Result<T, R | UnknownTenant> => {
      const tenant = this.core.stores.tenant.find();
      if (!tenant) return err({ reason: "tenant_not_found" });
      requireTenant(caller.tenantId, tenant.tenantId, "the object that was called");
      const outcome = step(tenant, Date.now());
      this.core.reload();
      this.core.credentials.forget();
      return outcome;
    };
    return this.core.commands.run(command as () => Synchronous<Result<T, R | UnknownTenant>>);
  }
}

/** The second lock: the operator plane alone makes such callers. */
export function requireOperator({ credential }: Caller): void {
  if (credential.type !== "operator") throw new Error("A tenant's call came to the operator plane.");
}
