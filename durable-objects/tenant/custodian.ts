import type { RecordPlace } from "../../src/crypto/record-seal";
import { err, ok, type Result } from "../../src/domain/result";
import type { TenantId } from "../../src/domain/tenant-id";
import type { KeyCustody } from "../../src/keys/key-custody";
import type { KeyWrapper, WrapFault } from "../../src/keys/key-wrapper";
import type { CustomerKey, KeyStateStore } from "./key-state-store";

export interface CustodyPorts {
  /** The platform's own. */
  readonly platform: KeyCustody;
  /** A wrapper by a customer's settings, or what is wrong with them. */
  readonly customerWrapper: (settings: unknown) => Result<KeyWrapper, string>;
}

/** Who makes and opens this tenant's keys: the platform, or the customer by a key in a KMS of its own. */
export class Custodian {
  #known: { readonly of: string; readonly custody: KeyCustody } | null = null;

  constructor(
    readonly ports: CustodyPorts,
    private readonly state: KeyStateStore,
  ) {}

  /** The customer's settings are a secret: they rest sealed by the platform's own wrapper, and are opened here. */
  async current(tenantId: TenantId): Promise<Result<KeyCustody, WrapFault>> {
    const customer = this.state.customerKey();
    if (customer === null) return ok(this.ports.platform);
    const of = JSON.stringify(customer);
    if (this.#known?.of === of) return ok(this.#known.custody);
    const custody = await this.#opened(tenantId, customer);
    if (custody.ok) this.#known = { of, custody: custody.value };
    return custody;
  }

  async #opened(tenantId: TenantId, customer: CustomerKey): Promise<Result<KeyCustody, WrapFault>> {
    const { platform, customerWrapper } = this.ports;
    const settings = await platform.openText(customerPlace(tenantId), customer.settings);
    if (!settings.ok) return settings;
    const wrapper = customerWrapper(JSON.parse(settings.value));
    if (!wrapper.ok) return err("refused");
    return ok(customer.isInForce ? platform.heldBy(wrapper.value) : platform.formerlyHeldBy(wrapper.value));
  }
}

export const customerPlace = (tenantId: TenantId): RecordPlace => ({
  tenantId,
  table: "key_state",
  column: "customer_key",
  row: "settings",
});
