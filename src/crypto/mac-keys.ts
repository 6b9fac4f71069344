import { hkdfSync } from "node:crypto";

/** What a key derived from the root MAC keys is for; no two purposes share one. */
export type MacPurpose = "api-key" | "message-context" | "idempotent-payload";

const MIN_BYTES = 32;

/**
 * The MAC keys of one purpose (HKDF-SHA-256, RFC 5869) from a list in base64url, separated by commas, newest first:
 * the first one signs, all of them verify, so that a root key is replaced without a break.
 */
export function macKeys(
  roots: string | undefined,
  purpose: MacPurpose,
): readonly [Uint8Array, ...Uint8Array[]] {
  const [first, ...others] = (roots ?? "").split(",").map((text) => {
    const root = Buffer.from(text.trim(), "base64url");
    if (root.length < MIN_BYTES)
      throw new Error(`Configuration MAC_KEY: each key needs at least ${MIN_BYTES} bytes in base64url.`);
    return new Uint8Array(hkdfSync("sha256", root, new Uint8Array(), `validahub-edge ${purpose}`, 32));
  });
  if (!first) throw new Error("Configuration MAC_KEY is missing.");
  return [first, ...others];
}
