/** A tenant's id, checked: whoever holds one may build names and keys from it. */
export type TenantId = string & { readonly __brand: "TenantId" };

const TENANT_ID = /^t_[a-z0-9_]{1,47}$/;

/** Exactly the contract's form; nothing is trimmed, folded or repaired. */
export const parseTenantId = (text: string): TenantId | null =>
  TENANT_ID.test(text) ? (text as TenantId) : null;

/** The header alone is forgiving: ASCII white space around it and ASCII capitals; no Unicode folding. */
export const normaliseTenantHeader = (text: string): string =>
  text.replace(/^[ \t]+|[ \t]+$/g, "").replace(/[A-Z]/g, (letter) => letter.toLowerCase());
