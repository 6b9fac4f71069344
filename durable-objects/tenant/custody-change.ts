import { err, ok, type Result } from "../../src/domain/result";
import type { KeyRotation } from "../../src/domain/key-rotation";
import type { Caller } from "../../src/domain/tenant-context";
import type { TenantId } from "../../src/domain/tenant-id";
import type { KeptKey, SealedText } from "../../src/keys/key-custody";
import type { KeyWrapper } from "../../src/keys/key-wrapper";
import type { WrappedKey } from "../../src/keys/wrappers";
import type { KeyRefusal } from "./answer";
import type { CommandQueue } from "./command";
import { customerPlace } from "./custodian";
import type { Rotation } from "./rotation";
import type { Stores } from "./stores";
import type { TenantKeys } from "./tenant-keys";
import type { TenantRecord } from "./tenant-store";

export type CustodyRefusal =
  | KeyRefusal
  | { readonly reason: "not_enterprise" }
  | { readonly reason: "settings_invalid"; readonly detail: string };

export type RecoveryRefusal = { readonly reason: "unknown_version" } | { readonly reason: "wrong_key" };

const REFUSED = "the KMS refuses to use the key in this way, or for these credentials.";

/** Who wraps the tenant's keys: changed by an operator at the customer's word, and mended after a loss. */
export class CustodyChange {
  constructor(
    private readonly stores: Stores,
    private readonly commands: CommandQueue,
    private readonly keys: TenantKeys,
    private readonly rotation: Rotation,
  ) {}

  /**
   * The customer's own key from now on: tried at once by a new version of the tenant's key, which it alone wraps and
   * nobody keeps in escrow. Former versions, which the platform can open, go when everything is sealed anew.
   */
  async toCustomer(
    tenant: TenantRecord,
    settings: unknown,
    by: Caller,
  ): Promise<Result<KeyRotation | null, CustodyRefusal>> {
    if (tenant.tier !== "enterprise") return err({ reason: "not_enterprise" });
    const { platform, customerWrapper } = this.keys.ring.custodian.ports;
    const wrapper = customerWrapper(settings);
    if (!wrapper.ok) return err({ reason: "settings_invalid", detail: wrapper.error });
    const { tenantId } = tenant;
    const sealed = await platform.sealText(customerPlace(tenantId), JSON.stringify(settings));
    if (!sealed.ok) return err({ reason: "key_unavailable" });
    const known = this.stores.keyState.customerKey();
    if (known?.wrapperId === wrapper.value.id) return this.#renew(tenantId, wrapper.value, sealed.value);
    if (known !== null)
      return err({
        reason: "settings_invalid",
        detail: "take the present key away first, and wait for its rotation.",
      });
    const made = await this.keys.ring.makeNext(ok(platform.heldBy(wrapper.value)), tenantId);
    if (!made.ok)
      return made.error.reason === "key_unavailable"
        ? made
        : err({ reason: "settings_invalid", detail: REFUSED });
    return this.commands.run((): Result<KeyRotation, CustodyRefusal> => {
      // Two versions cannot take over at once, and this one must not wait behind one that the platform opens.
      if (!this.rotation.mayBegin(made.value)) return err({ reason: "key_unavailable" });
      this.stores.keyState.saveCustomerKey({
        settings: sealed.value,
        wrapperId: wrapper.value.id,
        isInForce: true,
      });
      return ok(this.rotation.begin(made.value, "custody_changed", by, Date.now()));
    });
  }

  /** Other credentials for the key that is in force: nothing is sealed anew, and a rotation under way goes on by them. */
  async #renew(
    tenantId: TenantId,
    wrapper: KeyWrapper,
    settings: SealedText,
  ): Promise<Result<KeyRotation | null, CustodyRefusal>> {
    const held = this.stores.dataKeys.list().find(({ kept }) => kept?.wrapped.wrapperId === wrapper.id);
    const { platform } = this.keys.ring.custodian.ports;
    const opened =
      held?.kept && (await platform.heldBy(wrapper).open({ tenantId, version: held.version }, held.kept));
    if (opened && !opened.ok && opened.error === "unavailable") return err({ reason: "key_unavailable" });
    if (opened && !opened.ok) return err({ reason: "settings_invalid", detail: REFUSED });
    return this.commands.run(() => {
      const known = this.stores.keyState.customerKey();
      if (known?.wrapperId === wrapper.id) this.stores.keyState.saveCustomerKey({ ...known, settings });
      return ok(this.stores.keyState.rotation());
    });
  }

  /** Back to the platform: the customer's key opens what it has wrapped until nothing of that is left. */
  async toPlatform(tenant: TenantRecord, by: Caller): Promise<Result<KeyRotation | null, CustodyRefusal>> {
    const customer = this.stores.keyState.customerKey();
    if (customer?.isInForce !== true) return ok(null);
    const { platform } = this.keys.ring.custodian.ports;
    const ready = await this.keys.ready(tenant.tenantId);
    if (!ready.ok) return ready;
    const made = await this.keys.ring.makeNext(ok(platform), tenant.tenantId);
    if (!made.ok) return made;
    return this.commands.run((): Result<KeyRotation, CustodyRefusal> => {
      if (!this.rotation.mayBegin(made.value)) return err({ reason: "key_unavailable" });
      this.stores.keyState.saveCustomerKey({ ...customer, isInForce: false });
      return ok(this.rotation.begin(made.value, "custody_changed", by, Date.now()));
    });
  }

  /** The JWE for the offline recovery key; written down before it is handed out. */
  recovery(version: number, by: Caller): Promise<Result<string, RecoveryRefusal>> {
    return this.commands.run((): Result<string, RecoveryRefusal> => {
      const recovery = this.#kept(version)?.recovery ?? null;
      if (recovery === null) return err({ reason: "unknown_version" });
      const fact = {
        kind: "audit",
        type: "data_key.recovery_exported",
        subject: `data_key:${version}`,
        data: { version },
      } as const;
      this.stores.record(by, fact, Date.now());
      return ok(recovery);
    });
  }

  /** Puts in what the recovery drill has wrapped; only if it proves to be the very key that was lost. */
  async restore(
    { tenantId }: TenantRecord,
    version: number,
    wrapped: WrappedKey,
    by: Caller,
  ): Promise<Result<null, RecoveryRefusal | KeyRefusal>> {
    const kept = this.#kept(version);
    if (!kept) return err({ reason: "unknown_version" });
    const { platform } = this.keys.ring.custodian.ports;
    const opened = await platform.open({ tenantId, version }, { ...kept, wrapped });
    if (!opened.ok) return err({ reason: opened.error === "unavailable" ? "key_unavailable" : "wrong_key" });
    return this.commands.run(() => {
      this.keys.storeRewrapped(version, { ...kept, wrapped }, by, Date.now());
      return ok(null);
    });
  }

  #kept(version: number): KeptKey | null {
    return this.stores.dataKeys.list().find((key) => key.version === version)?.kept ?? null;
  }
}
