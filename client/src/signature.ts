import { concat, decodeBase64, utf8, type Bytes } from "./bytes.ts";
import type { KeySet } from "./key-set.ts";
import { err, ok, type Result } from "./result.ts";

/** `Headers`, or what Node has: names in lower case. */
export type HeaderSource =
  { get(name: string): string | null } | Readonly<Record<string, string | readonly string[] | undefined>>;

/** `signature_malformed`: none in the header, or too many; `signature_invalid`: none of those in it holds. */
export type SignatureFault =
  | "header_missing"
  | "id_invalid"
  | "timestamp_invalid"
  | "timestamp_too_old"
  | "timestamp_too_new"
  | "signature_malformed"
  | "signature_invalid"
  | "keys_unavailable";

/** What a message may be signed by: one of either kind suffices. */
export interface Trust {
  readonly macKeys: readonly CryptoKey[];
  readonly keySet: KeySet | null;
  readonly nowMs: number;
}

const TOLERANCE_MS = 300_000;

/** Neither has a dot, so that no two messages are the same content. */
const ID = /^[A-Za-z0-9_-]{1,128}$/;
const TIMESTAMP = /^(?:0|[1-9]\d{0,9})$/;
const ENTRY = /^(?<version>[^,\s]+),(?<signature>[^,\s]+)$/;
/** The platform sends three at most. */
const MAX_ENTRIES = 16;
const ED25519_BYTES = 64;

const SECRET = /^whsec_(?<base64>[A-Za-z0-9+/]{32,86}={0,2})$/;
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;

/** Throws for what is no `whsec_` secret: a consumer set up with one would take nothing. */
export async function macKeyOf(secret: string): Promise<CryptoKey> {
  const key = decodeBase64(SECRET.exec(secret)?.groups?.["base64"] ?? "");
  if (key === null || key.length < MIN_SECRET_BYTES || key.length > MAX_SECRET_BYTES)
    throw new TypeError("A webhook secret is whsec_ and 24 to 64 bytes in Base64.");
  return crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
}

/** The message's id (Standard Webhooks 1.0.0). Give the body's bytes as they came. */
export async function verifySignature(
  headers: HeaderSource,
  body: Uint8Array,
  { macKeys, keySet, nowMs }: Trust,
): Promise<Result<string, SignatureFault>> {
  const id = headerOf(headers, "webhook-id");
  const timestamp = headerOf(headers, "webhook-timestamp");
  const signatures = headerOf(headers, "webhook-signature");
  if (id === null || timestamp === null || signatures === null) return err("header_missing");
  if (!ID.test(id)) return err("id_invalid");
  if (!TIMESTAMP.test(timestamp)) return err("timestamp_invalid");
  // Written so that a clock that is NaN lets nothing pass.
  const sentMs = Number(timestamp) * 1000;
  if (!(sentMs >= nowMs - TOLERANCE_MS)) return err("timestamp_too_old");
  if (!(sentMs <= nowMs + TOLERANCE_MS)) return err("timestamp_too_new");

  const entries = readEntries(signatures);
  if (entries === null) return err("signature_malformed");
  const content = concat(utf8(`${id}.${timestamp}.`), body);
  if (await holds("HMAC", macKeys, entries.v1, content)) return ok(id);
  if (keySet === null || entries.v1a.length === 0) return err("signature_invalid");
  const keys = await keySet.keys();
  if (!keys.ok) return keys;
  if (await holds("Ed25519", keys.value, entries.v1a, content)) return ok(id);
  const newer = (await keySet.refresh()) ? await keySet.keys() : null;
  const isGood = newer?.ok && (await holds("Ed25519", newer.value, entries.v1a, content));
  return isGood ? ok(id) : err("signature_invalid");
}

function headerOf(headers: HeaderSource, name: string): string | null {
  const value = isHeaders(headers) ? headers.get(name) : headers[name];
  return typeof value === "string" ? value : null;
}

const isHeaders = (headers: HeaderSource): headers is Extract<HeaderSource, { get: unknown }> =>
  typeof headers["get"] === "function";

interface Entries {
  readonly v1: readonly Bytes[];
  readonly v1a: readonly Bytes[];
}

/** Versions that are not known are passed over. */
function readEntries(header: string): Entries | null {
  const texts = header.split(" ");
  const read = texts.flatMap((text) => {
    const { version, signature } = ENTRY.exec(text)?.groups ?? {};
    return version === undefined || signature === undefined ? [] : [{ version, signature }];
  });
  if (texts.length > MAX_ENTRIES || read.length === 0) return null;
  const of = (wanted: string): readonly Bytes[] =>
    read
      .filter(({ version }) => version === wanted)
      .flatMap(({ signature }) => decodeBase64(signature) ?? []);
  return { v1: of("v1"), v1a: of("v1a").filter(({ length }) => length === ED25519_BYTES) };
}

/** Every signature by every key, whatever the others gave; WebCrypto compares in constant time. */
async function holds(
  algorithm: "HMAC" | "Ed25519",
  keys: readonly CryptoKey[],
  signatures: readonly Bytes[],
  content: Bytes,
): Promise<boolean> {
  const checks = signatures.flatMap((signature) =>
    keys.map((key) => crypto.subtle.verify(algorithm, key, signature, content)),
  );
  return (await Promise.all(checks)).includes(true);
}
