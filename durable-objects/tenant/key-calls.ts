import type { WorkContext } from "../../src/crypto/sealed-context";
import type { KeyRotation } from "../../src/domain/key-rotation";
import { err, ok, type Result } from "../../src/domain/result";
import type { Caller } from "../../src/domain/tenant-context";
import type { Shred } from "../../src/domain/shred";
import { requireTenant } from "../../src/domain/tenant-isolation";
import type { WrappedKey } from "../../src/keys/wrappers";
import type { Created, KeyRefusal } from "./answer";
import type { CustodyRefusal, RecoveryRefusal } from "./custody-change";
import type { TenantRecord } from "./tenant-store";
import { OperatorCalls, requireOperator, type UnknownTenant } from "./operator-calls";
import * as reseals from "./operations/reseal-files";
import { keyStanding, type KeyStanding } from "./operations/key-standing";
import { shred, type ShredRefusal, type ShredRequest } from "./operations/shred";

const SHREDS_SHOWN = 100;

/** The half of a tenant's object that has to do with its own key: what operators ask of it, and the files' worker. */
export abstract class KeyCalls extends OperatorCalls {
  /** Which versions there are, and how a rotation goes on; that an operator looked is an entry in the log. */
  inspectKeys(caller: Caller): Promise<Result<KeyStanding, UnknownTenant>> {
    return this.operate(caller, (tenant, nowMs) => {
      this.core.stores.recordAccess("operator.access", caller, nowMs);
      return ok(keyStanding(this.core.stores, tenant));
    });
  }

  /** Puts a new version in force; everything sealed by former ones follows in the background. */
  async rotateKeys(caller: Caller): Promise<Result<KeyRotation, KeyRefusal | UnknownTenant>> {
    if (!this.#known(caller)) return err({ reason: "tenant_not_found" });
    return this.core.rotation.request(caller.tenantId, "requested", caller);
  }

  /** The tenant's keys are wrapped by the customer's own KMS from now on; with null settings by the platform again. */
  async changeCustody(
    caller: Caller,
    settings: unknown,
  ): Promise<Result<KeyRotation | null, CustodyRefusal | UnknownTenant>> {
    const tenant = this.#known(caller);
    if (!tenant) return err({ reason: "tenant_not_found" });
    const { custody } = this.core;
    return settings === null
      ? custody.toPlatform(tenant, caller)
      : custody.toCustomer(tenant, settings, caller);
  }

  /** What the offline recovery key opens. */
  async exportRecovery(
    caller: Caller,
    version: number,
  ): Promise<Result<string, RecoveryRefusal | UnknownTenant>> {
    const tenant = this.#known(caller);
    return tenant ? this.core.custody.recovery(version, caller) : err({ reason: "tenant_not_found" });
  }

  /** What the recovery drill has made of it. */
  async restoreKey(
    caller: Caller,
    version: number,
    wrapped: WrappedKey,
  ): Promise<Result<null, RecoveryRefusal | KeyRefusal | UnknownTenant>> {
    const tenant = this.#known(caller);
    if (!tenant) return err({ reason: "tenant_not_found" });
    return this.core.custody.restore(tenant, version, wrapped, caller);
  }

  /** Makes a tenant, a job or some of a job's fields unreadable for good. */
  async shred(
    caller: Caller,
    request: ShredRequest,
  ): Promise<Result<Created<Shred>, ShredRefusal | KeyRefusal | UnknownTenant>> {
    requireOperator(caller);
    if (!this.core.admission.tenant()) return err({ reason: "tenant_not_found" });
    // A field is taken out of what is sealed with it; a tenant or a job goes as a whole, keys or no keys.
    const opens = request.scope.type === "field" || this.core.stores.dataKeys.list().length === 0;
    const ready = opens ? await this.core.keys.ready(caller.tenantId) : ok(null);
    if (!ready.ok) return ready;
    return this.operate<Created<Shred>, ShredRefusal | KeyRefusal>(caller, (tenant, nowMs) => {
      const seal = opens ? this.core.keys.seal(caller.tenantId, nowMs) : null;
      if (opens && !seal) return err({ reason: "key_unavailable" });
      const outcome = shred(this.core.stores, caller, tenant, request, seal, nowMs);
      this.core.keys.ring.forget();
      return outcome;
    });
  }

  /** What was shredded, newest first; of one id where given. */
  inspectShreds(caller: Caller, id: string | null): Promise<Result<readonly Shred[], UnknownTenant>> {
    return this.operate(caller, (_tenant, nowMs) => {
      this.core.stores.recordAccess("operator.access", caller, nowMs);
      const { shreds } = this.core.stores;
      return ok(
        id === null ? shreds.list(SHREDS_SHOWN) : [shreds.find(id)].filter((one) => one !== undefined),
      );
    });
  }

  /** The tenant that an operator acts on, unless it is none any more. */
  #known(caller: Caller): TenantRecord | null {
    requireOperator(caller);
    const tenant = this.core.admission.tenant();
    if (!tenant || tenant.status === "offboarded") return null;
    requireTenant(caller.tenantId, tenant.tenantId, "the object that was called");
    return tenant;
  }

  /** Called by the files' worker: where it is to begin. */
  async beginReseal(
    context: WorkContext,
    token: string,
  ): Promise<Result<reseals.ResealSpec, reseals.ResealRefusal>> {
    if (this.core.admission.tenant()?.tenantId !== context.tenantId) return err({ reason: "not_yours" });
    return reseals.beginReseal(this.core.stores, context.epoch, token);
  }

  /** What the files at these paths are opened and sealed with, and what is left out; null for one that is to be deleted. */
  async resealKeys(
    context: WorkContext,
    token: string,
    paths: readonly string[],
  ): Promise<Result<readonly (reseals.ResealKeys | null)[], reseals.ResealRefusal>> {
    const begun = await this.beginReseal(context, token);
    if (!begun.ok) return begun;
    const seal = await this.core.keys.readySeal(context.tenantId);
    if (!seal.ok) return err({ reason: "not_yours" });
    const { tenantId } = context;
    for (const path of paths) requireTenant(tenantId, path.split("/")[0] ?? "", "a list of files");
    const { stores } = this.core;
    const keysOf = (path: string) => ({
      ...seal.value.fileKeys(path),
      leftOut: reseals.leftOutOf(stores, tenantId, path),
    });
    return ok(paths.map((path) => (reseals.isDead(stores, tenantId, path) ? null : keysOf(path))));
  }

  async reportReseal(
    context: WorkContext,
    token: string,
    report: reseals.ResealReport,
  ): Promise<Result<reseals.ResealAnswer, reseals.ResealRefusal>> {
    const begun = await this.beginReseal(context, token);
    if (!begun.ok) return begun;
    const { stores, commands } = this.core;
    return commands.run(() => reseals.reportReseal(stores, token, report, Date.now()));
  }
}
