import { createHash } from "node:crypto";
import canonicalize from "canonicalize";

/**
 * RFC 8785: the same value always has the same text. Throws for what is no JSON value, also deep inside, because
 * dropping a member silently would let two different values share a digest.
 */
export function canonicalJson(value: unknown): string {
  requireJson(value);
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("Only a JSON value has a canonical form.");
  return text;
}

export const sha256Hex = (data: string | Uint8Array): string =>
  createHash("sha256").update(data).digest("hex");

export const sha256Bytes = (data: string | Uint8Array): Uint8Array =>
  createHash("sha256").update(data).digest();

/** `canonicalize` itself refuses NaN, infinities, cycles it reaches and lone surrogates. */
function requireJson(value: unknown): void {
  if (value === null || ["string", "number", "boolean"].includes(typeof value)) return;
  if (Array.isArray(value)) {
    for (const item of value) requireJson(item);
    return;
  }
  if (typeof value !== "object" || !isPlain(value))
    throw new TypeError("Only a JSON value has a canonical form.");
  for (const member of Object.values(value)) requireJson(member);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
