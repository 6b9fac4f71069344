type Encoding = "base64" | "base64url";

/**
 * The bytes of a text, or null. Only the one canonical spelling is taken (RFC 4648 §3.5): a changed character is
 * then a changed byte, which the authentication of what is inside will notice.
 */
export function decodeText(text: string, encoding: Encoding): Uint8Array | null {
  const bytes = Buffer.from(text, encoding);
  return bytes.toString(encoding) === text ? bytes : null;
}

export const encodeText = (bytes: Uint8Array, encoding: Encoding): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(encoding);
