/**
 * A key that the customer holds: the same adapter, with a key in the customer's own KMS and credentials of a role
 * that may do `Encrypt` and `Decrypt` with it and nothing else. It takes the place of the platform's wrapper for
 * that tenant (`Wrappers.preferring`).
 *
 * Disabling the key, scheduling its deletion or withdrawing the role's right takes the data away from us: the next
 * refresh (by default within 5 minutes of the last one) is refused, which ends the cached data key at once, and
 * nothing of the tenant that is sealed can be read or written until the key is enabled again. Nothing is lost by it:
 * what is sealed stays where it is. Deleting the key is final, and so is then the loss. A KMS that cannot be reached
 * is an outage and no refusal: the cached data key goes on for its hard life (by default 1 hour), as it does where
 * only the credentials have expired or were deleted; to end access at once, disable the key.
 *
 * It holds only while nothing else opens the tenant's keys: versions that the platform wrapped earlier are to be
 * wrapped anew, and a copy sealed to the platform's recovery key would outlive the customer's decision. The settings
 * hold a secret, to be stored sealed by the platform's own wrapper.
 */

import { ok, type Result } from "../domain/result";
import { AwsKmsWrapper, type KmsPorts } from "./aws-kms-wrapper";
import type { KeyWrapper } from "./key-wrapper";
import { parseKmsSettings } from "./kms-settings";

/** The wrapper, or what is wrong with the settings: a sentence's end that names a member and repeats no value. */
export function customerWrapper(settings: unknown, ports: KmsPorts): Result<KeyWrapper, string> {
  const parsed = parseKmsSettings(settings, ports.allowLoopback);
  return parsed.ok ? ok(new AwsKmsWrapper(parsed.value, ports, "customer")) : parsed;
}
