import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { err, ok, type Result } from "../domain/result";

/** What one attempt sends. A body in bytes is signed as it is, a text as its UTF-8. */
export interface WebhookMessage {
  /** The event's, the same in every attempt: receivers know repetitions by it. */
  readonly id: string;
  /** The attempt's. */
  readonly timestampSeconds: number;
  readonly body: string | Uint8Array;
}

/** Signs by a private key that lives elsewhere. */
export type Ed25519Signer = (content: Uint8Array) => Promise<Uint8Array>;

export interface WebhookSigners {
  /** Newest first: two while a rotation's overlap lasts, none where the Ed25519 signature alone is wanted. */
  readonly secrets: readonly Uint8Array[];
  readonly ed25519?: Ed25519Signer;
}

export interface WebhookHeaders {
  readonly "webhook-id": string;
  readonly "webhook-timestamp": string;
  readonly "webhook-signature": string;
}

/** What a receiver trusts. Either kind suffices; with neither, nothing verifies. */
export interface WebhookTrust {
  readonly secrets?: readonly Uint8Array[];
  /** Ed25519, as `importJWK` makes them from the published key set. */
  readonly publicKeys?: readonly CryptoKey[];
  readonly nowSeconds: number;
  readonly toleranceSeconds: number;
}

export type WebhookSigningFault = "id_invalid" | "timestamp_invalid";

/** `signature_malformed`: no signature in the header, or too many; `signature_invalid`: none of those in it holds. */
export type WebhookFault =
  | WebhookSigningFault
  | "header_missing"
  | "timestamp_too_old"
  | "timestamp_too_new"
  | "signature_malformed"
  | "signature_invalid";

const SECRET_PREFIX = "whsec_";
const SECRET_FORM = /^whsec_(?<base64>[A-Za-z0-9+/]{32,86}={0,2})$/;
/** RFC 2104 §3: a key as long as the hash. Standard Webhooks allows 24 to 64 bytes. */
const NEW_SECRET_BYTES = 32;
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;

/** Neither has a dot, so that no two messages are the same content. Ten digits: milliseconds are no seconds. */
const ID = /^[A-Za-z0-9_-]{1,128}$/;
const TIMESTAMP = /^(?:0|[1-9]\d{0,9})$/;

const SYMMETRIC = "v1";
const ASYMMETRIC = "v1a";
const ED25519 = "Ed25519";
const ED25519_BYTES = 64;
const ENTRY = /^(?<version>[^,\s]+),(?<signature>[^,\s]+)$/;
/** A sender has three; each `v1a` costs its receiver a verification by each key. */
const MAX_ENTRIES = 16;

/** An endpoint's new secret, to be shown once. */
export const makeWebhookSecret = (): string =>
  `${SECRET_PREFIX}${randomBytes(NEW_SECRET_BYTES).toString("base64")}`;

/** The key that a secret's text stands for. Only the one canonical spelling is taken (RFC 4648 §3.5). */
export function parseWebhookSecret(text: string): Result<Uint8Array, "webhook_secret_invalid"> {
  const base64 = SECRET_FORM.exec(text)?.groups?.["base64"];
  const key = decodeBase64(base64 ?? "");
  return key !== null && isSecret(key) ? ok(key) : err("webhook_secret_invalid");
}

/**
 * The headers of one attempt (Standard Webhooks 1.0.0): `v1` by each secret, newest first, then `v1a`. Throws for a
 * secret, a signer's answer or a body that is none.
 */
export async function signWebhook(
  { id, timestampSeconds, body }: WebhookMessage,
  { secrets, ed25519 }: WebhookSigners,
): Promise<Result<WebhookHeaders, WebhookSigningFault>> {
  const timestamp = String(timestampSeconds);
  if (!ID.test(id)) return err("id_invalid");
  if (!TIMESTAMP.test(timestamp)) return err("timestamp_invalid");
  // UTF-8 has no lone surrogates: what `fetch` makes of them differs from what was signed.
  if (typeof body === "string" && !body.isWellFormed())
    throw new TypeError("Only Unicode text can be signed.");
  const content = signedContent(id, timestamp, body);
  const signatures = secrets.map((key) => `${SYMMETRIC},${macOf(key, content)}`);
  if (ed25519) signatures.push(`${ASYMMETRIC},${await ed25519Of(ed25519, content)}`);
  return ok({
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signatures.join(" "),
  });
}

/**
 * The event's id and when it was sent, once any one signature held. Give the body's bytes as they came: `text()` drops a
 * byte order mark. Signatures of unknown versions are passed over, malformed ones hold for nothing.
 */
export async function verifyWebhook(
  headers: Pick<Headers, "get">,
  body: string | Uint8Array,
  { secrets = [], publicKeys = [], nowSeconds, toleranceSeconds }: WebhookTrust,
): Promise<Result<Omit<WebhookMessage, "body">, WebhookFault>> {
  const id = headers.get("webhook-id");
  const timestamp = headers.get("webhook-timestamp");
  const signatures = headers.get("webhook-signature");
  if (id === null || timestamp === null || signatures === null) return err("header_missing");
  if (!ID.test(id)) return err("id_invalid");
  if (!TIMESTAMP.test(timestamp)) return err("timestamp_invalid");

  const timestampSeconds = Number(timestamp);
  // Written so that a clock or tolerance that is NaN lets nothing pass.
  if (!(timestampSeconds >= nowSeconds - toleranceSeconds)) return err("timestamp_too_old");
  if (!(timestampSeconds <= nowSeconds + toleranceSeconds)) return err("timestamp_too_new");

  const entries = readEntries(signatures);
  if (entries.length === 0) return err("signature_malformed");
  const content = signedContent(id, timestamp, body);
  const holds = holdsByMac(entries, secrets, content) || (await holdsByEd25519(entries, publicKeys, content));
  return holds ? ok({ id, timestampSeconds }) : err("signature_invalid");
}

interface Entry {
  readonly version: string;
  readonly signature: string;
}

function readEntries(header: string): readonly Entry[] {
  const texts = header.split(" ");
  if (texts.length > MAX_ENTRIES) return [];
  return texts.flatMap((text) => {
    const { version, signature } = ENTRY.exec(text)?.groups ?? {};
    return version === undefined || signature === undefined ? [] : [{ version, signature }];
  });
}

/** Compares every signature with every secret's, each in constant time, whatever the others gave. */
function holdsByMac(entries: readonly Entry[], secrets: readonly Uint8Array[], content: Uint8Array): boolean {
  const macs = secrets.map((key) => Buffer.from(macOf(key, content)));
  return entries
    .filter(({ version }) => version === SYMMETRIC)
    .map(({ signature }) => Buffer.from(signature))
    .flatMap((given) => macs.map((mac) => equal(given, mac)))
    .includes(true);
}

async function holdsByEd25519(
  entries: readonly Entry[],
  publicKeys: readonly CryptoKey[],
  content: Uint8Array,
): Promise<boolean> {
  const checks = entries
    .filter(({ version }) => version === ASYMMETRIC)
    .map(({ signature }) => decodeBase64(signature) ?? new Uint8Array())
    .filter((given) => given.length === ED25519_BYTES)
    .flatMap((given) => publicKeys.map((key) => crypto.subtle.verify(ED25519, key, given, content)));
  return (await Promise.all(checks)).includes(true);
}

const signedContent = (id: string, timestamp: string, body: string | Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from(`${id}.${timestamp}.`), typeof body === "string" ? Buffer.from(body) : body]);

/** Anybody can sign by an empty key: what is no secret neither signs nor verifies. */
function macOf(key: Uint8Array, content: Uint8Array): string {
  if (!isSecret(key))
    throw new RangeError(`A webhook secret has ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} bytes.`);
  return createHmac("sha256", key).update(content).digest("base64");
}

async function ed25519Of(sign: Ed25519Signer, content: Uint8Array): Promise<string> {
  const signature = await sign(content);
  if (signature.length !== ED25519_BYTES)
    throw new RangeError(`An Ed25519 signature has ${ED25519_BYTES} bytes.`);
  return Buffer.from(signature).toString("base64");
}

const isSecret = (key: Uint8Array): boolean =>
  key.length >= MIN_SECRET_BYTES && key.length <= MAX_SECRET_BYTES;

/** Copied out of what Buffers share: a secret's bytes leave with none of their neighbours. */
function decodeBase64(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? new Uint8Array(bytes) : null;
}

const equal = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);
