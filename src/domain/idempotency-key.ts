import { err, ok, type Result } from "./result";

const SAFE = /^[A-Za-z0-9_][A-Za-z0-9_-]{15,127}$/;
const VISIBLE = /^[\u0021-\u007e](?:[\u0020-\u007e]*[\u0021-\u007e])?$/;
const FORMULA_START = /^[=+\-@]/;
const MAX_CHARS = 255;
const CANONICAL_CHARS = 22;

/** Why a key is refused; `needs_canonical_form` only where the service was told to reject such keys. */
export type IdempotencyKeyRefusal = {
  readonly reason:
    "empty" | "too_long" | "not_visible" | "malformed_string" | "formula_start" | "needs_canonical_form";
};

/**
 * The key in force (CONTRACT §3): a safe key as it is, any other visible ASCII text as a 22-character digest of it.
 * Takes the header bare or as a quoted Structured Field string (RFC 9651 §3.3.3); both spellings are one key.
 */
export function parseIdempotencyKey(
  header: string,
  compat: "canonicalise" | "reject",
  sha256: (text: string) => Uint8Array,
): Result<string, IdempotencyKeyRefusal> {
  const text = unquoted(header.trim());
  if (text === null) return err({ reason: "malformed_string" });
  if (text === "") return err({ reason: "empty" });
  if (text.length > MAX_CHARS) return err({ reason: "too_long" });
  if (!VISIBLE.test(text)) return err({ reason: "not_visible" });
  if (FORMULA_START.test(text)) return err({ reason: "formula_start" });
  if (SAFE.test(text)) return ok(text);
  if (compat === "reject") return err({ reason: "needs_canonical_form" });
  const digest = base64Url(sha256(text)).slice(0, CANONICAL_CHARS);
  return ok(digest.startsWith("-") ? `_${digest.slice(1)}` : digest);
}

function unquoted(text: string): string | null {
  if (!text.startsWith('"')) return text;
  const inner = /^"((?:[^"\\]|\\["\\])*)"$/.exec(text)?.[1];
  return inner === undefined ? null : inner.replaceAll(/\\(["\\])/g, "$1");
}

const base64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
