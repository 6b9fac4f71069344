/** A tenant's id, checked: whoever holds one may build names and keys from it. */
export type TenantId = string & { readonly __brand: "TenantId" };

const TENANT_ID = /^t_[a-z0-9_]{1,47}$/;
const ASCII_SPACE = " \t\n\f\r";

/** Exactly the contract's form; nothing is trimmed, folded or repaired. */
export const parseTenantId = (text: string): TenantId | null =>
  TENANT_ID.test(text) ? (text as TenantId) : null;

/**
 * The header alone is forgiving: ASCII white space around it and ASCII capitals. Unicode is left as it is, so that
 * a look-alike (a Kelvin sign, a no-break space) is refused afterwards. Linear in the header's length.
 */
export function normaliseTenantHeader(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && ASCII_SPACE.includes(text.charAt(start))) start++;
  while (end > start && ASCII_SPACE.includes(text.charAt(end - 1))) end--;
  return text.slice(start, end).replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
