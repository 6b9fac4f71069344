import { createHmac, hkdfSync } from "node:crypto";

/** The field whose values are looked up; the same value has another index in another field. */
export interface IndexedField {
  readonly table: string;
  readonly column: string;
}

const KEY_BYTES = 32;

/**
 * The key of a tenant's blind indexes. Its root is 32 random bytes of their own per tenant, outside the versions of
 * the tenant's key: rotation re-encrypts fields and leaves every index as it is.
 */
export function indexKey(rootOfTenantIndex: Uint8Array): Uint8Array {
  if (rootOfTenantIndex.length !== KEY_BYTES) throw new RangeError(`An index root has ${KEY_BYTES} bytes.`);
  return new Uint8Array(
    hkdfSync("sha256", rootOfTenantIndex, new Uint8Array(), "validahub blind index", KEY_BYTES),
  );
}

/**
 * Finds a sealed field by equality (NFC, otherwise to the letter). Limits: whoever reads the index sees which rows of
 * a tenant share a value and how often, and whoever holds the key can try guesses; other tenants compare with nothing.
 */
export function blindIndex(key: Uint8Array, { table, column }: IndexedField, value: string): string {
  if (key.length !== KEY_BYTES) throw new RangeError(`An index key has ${KEY_BYTES} bytes.`);
  return createHmac("sha256", key)
    .update(JSON.stringify(["index", table, column, value.normalize("NFC")]))
    .digest("base64url");
}
