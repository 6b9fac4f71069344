import { createHmac, hkdfSync } from "node:crypto";

/** The field whose values are looked up; the same value has another index in another field. */
export interface IndexedField {
  readonly table: string;
  readonly column: string;
}

const KEY_BYTES = 32;

/**
 * The key of a tenant's blind indexes, of one version of the tenant's key. It turns with that key: rotation computes
 * the index of each row anew, so that an older copy's indexes say nothing to the keys of today.
 */
export function indexKey(tenantKey: Uint8Array): Uint8Array {
  if (tenantKey.length !== KEY_BYTES) throw new RangeError(`A tenant's key has ${KEY_BYTES} bytes.`);
  return new Uint8Array(hkdfSync("sha256", tenantKey, new Uint8Array(), "validahub blind index", KEY_BYTES));
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
