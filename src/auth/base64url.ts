/**
 * The bytes of a base64url text (RFC 7515 §2), or null. Only the one canonical spelling is taken: no padding, no
 * white space, no stray bits in the last character (RFC 4648 §3.5), so that bytes and text stand for each other.
 */
export function decodeBase64Url(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : null;
}
