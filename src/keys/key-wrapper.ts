import type { Result } from "../domain/result";
import type { TenantId } from "../domain/tenant-id";

/** Bytes of a tenant's key: AES-256. */
export const KEY_BYTES = 32;

/** Whose key it is, and which of them; bound to the wrapped text as AAD or as an encryption context. */
export interface WrapContext {
  readonly tenantId: TenantId;
  readonly version: number;
}

/**
 * `refused` is final: wrong key, wrong context, altered text, or a key that its holder has taken away.
 * `unavailable`: nobody could say; the same call may succeed later.
 */
export type WrapFault = "refused" | "unavailable";

/** Who wraps tenants' keys: a root key, or a KMS. Faults are values; only a key of the wrong length throws. */
export interface KeyWrapper {
  /** Names wrapper and key; stands beside each wrapped key, so that several can be in force side by side. */
  readonly id: string;
  wrap(context: WrapContext, key: Uint8Array): Promise<Result<string, WrapFault>>;
  unwrap(context: WrapContext, wrapped: string): Promise<Result<Uint8Array, WrapFault>>;
}

/** A key of another length here is a mistake of the caller, never of a stored text. */
export function requireKeyLength(key: Uint8Array): void {
  if (key.length !== KEY_BYTES) throw new RangeError(`A tenant's key has ${KEY_BYTES} bytes.`);
}
