import type { Config } from "../../src/env";
import type { KmsPorts } from "../../src/keys/aws-kms-wrapper";
import { customerWrapper } from "../../src/keys/customer-wrapper";
import { readRecoveryKey } from "../../src/keys/escrow";
import { KeyCustody } from "../../src/keys/key-custody";
import { R2KeyVault } from "../../src/keys/key-vault";
import { readWrappers } from "../../src/keys/read-wrappers";
import { log } from "../../src/telemetry/logger";
import type { CustodyPorts } from "./custodian";

/** What a KMS is called with. */
const kmsPorts = (allowLoopback: boolean): KmsPorts => ({
  fetchKms: (url, init) => fetch(url, init),
  allowLoopback,
  nowMs: () => Date.now(),
  onFailure: ({ wrapperId, operation, fault, status, code }) =>
    log.warn("kms.failed", { wrapperId, operation, fault, status, code }),
});

/** Who makes and opens tenants' keys in this deployment. */
export function keyCustody(
  { custody, allowLoopback }: Pick<Config, "custody" | "allowLoopback">,
  vault: R2Bucket,
): CustodyPorts {
  const { rootKey, kms, recoveryKey } = custody;
  const ports = kmsPorts(allowLoopback);
  const wrappers = readWrappers({ rootKey, kms }, ports);
  return {
    platform: new KeyCustody(wrappers, new R2KeyVault(vault), () => readRecoveryKey(recoveryKey)),
    customerWrapper: (customer) => customerWrapper(customer, ports),
  };
}
