import { err, ok, type Result } from "./result";

const SAFE = /^[A-Za-z0-9_][A-Za-z0-9_-]{15,127}$/;
const VISIBLE = /^[\u0021-\u007e](?:[\u0020-\u007e]{0,253}[\u0021-\u007e])?$/;
const FORMULA_START = /^[=+\-@]/;
const CANONICAL_CHARS = 22;

/**
 * The key in force (CONTRACT §3): a safe key as it is, any other visible text as a 22-character digest of it.
 * Takes the header bare or as a quoted Structured Field string (RFC 9651 §3.3.3).
 */
export function parseIdempotencyKey(
  header: string,
  compat: "canonicalise" | "reject",
  sha256: (text: string) => Uint8Array,
): Result<string, { readonly reason: "invalid" }> {
  const text = unquoted(header.trim());
  if (text === null || !VISIBLE.test(text) || FORMULA_START.test(text)) return err({ reason: "invalid" });
  if (SAFE.test(text)) return ok(text);
  if (compat === "reject") return err({ reason: "invalid" });
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
