import { decodeBase64Url } from "./base64url";
import { isTokenAlgorithm, type KeyHint } from "./key-set";
import { isJsonObject, parseStrictJson, type JsonObject } from "./strict-json";

/** What a token says, before anyone has checked who says it. */
export interface UnverifiedToken extends KeyHint {
  readonly claims: JsonObject;
}

const MAX_TOKEN_CHARS = 8192;
/** A signed token in the compact form; an encrypted one has five parts, an unsigned one an empty third. */
const COMPACT = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;
const TYPES = new Set(["jwt", "at+jwt"]);
const KEY_ID = /^[\x21-\x7e]{1,255}$/;

/**
 * Members by which a token would bring its own key, ask for processing that nobody here does, or claim to be
 * something else than a set of claims (RFC 7515 §4.1, RFC 7797, RFC 7519 §5.2, RFC 8725 §3.10).
 */
const REFUSED_MEMBERS = ["jku", "x5u", "jwk", "x5c", "crit", "b64", "zip", "enc", "cty"];

/** Null for whatever is not a compact JWS of claims with a header that may be acted upon. */
export function readCompactToken(token: string): UnverifiedToken | null {
  if (token.length > MAX_TOKEN_CHARS) return null;
  const [, headerPart, claimsPart, signature] = COMPACT.exec(token) ?? [];
  if (headerPart === undefined || claimsPart === undefined || signature === undefined) return null;
  const header = decodeObject(headerPart);
  const hint = header && readHint(header);
  const claims = hint && decodeObject(claimsPart);
  if (!claims || decodeBase64Url(signature) === null) return null;
  return { ...hint, claims };
}

function readHint(header: JsonObject): KeyHint | null {
  if (REFUSED_MEMBERS.some((member) => Object.hasOwn(header, member))) return null;
  const { alg, typ, kid } = header;
  if (!isTokenAlgorithm(alg)) return null;
  if (typeof typ !== "string" || !TYPES.has(typ.toLowerCase())) return null;
  if (kid === undefined) return { alg, kid: null };
  return typeof kid === "string" && KEY_ID.test(kid) ? { alg, kid } : null;
}

function decodeObject(part: string): JsonObject | null {
  const bytes = decodeBase64Url(part);
  const text = bytes && decodeUtf8(bytes);
  const parsed = text === null ? null : parseStrictJson(text);
  return parsed?.ok && isJsonObject(parsed.value) ? parsed.value : null;
}

/** A byte order mark stays in the text, and is no JSON (RFC 8259 §8.1). */
function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
