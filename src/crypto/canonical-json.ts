import { createHash } from "node:crypto";
import canonicalize from "canonicalize";

/** RFC 8785: the same value always has the same text. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("Only a JSON value has a canonical form.");
  return text;
}

export const sha256Hex = (text: string): string => createHash("sha256").update(text).digest("hex");

export const sha256Bytes = (text: string): Uint8Array => createHash("sha256").update(text).digest();
