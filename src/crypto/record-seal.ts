import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import { err, ok, type Result } from "../domain/result";
import type { TenantId } from "../domain/tenant-id";

/** One version of a tenant's key: 32 random bytes. */
export interface TenantKey {
  readonly version: number;
  readonly bytes: Uint8Array;
}

/** Where a sealed text belongs; at any other place it does not open. */
export interface RecordPlace {
  readonly tenantId: TenantId;
  readonly table: string;
  readonly column: string;
  readonly row: string;
}

/** `altered`: also what was sealed with another key, or for another place. */
export type OpenFault = "malformed" | "unknown_version" | "altered";

/** UTF-8 bytes; once sealed it still fits a row of SQLite (2 MB). */
export const MAX_RECORD_BYTES = 1024 ** 2;

const FORMAT = "s1";
const CIPHER = "aes-256-gcm";
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const COMMITMENT_BYTES = 32;
const TAG_BYTES = 16;
const FRAME_BYTES = SALT_BYTES + COMMITMENT_BYTES + TAG_BYTES;
const MAX_VERSION = 999_999_999;
const MAX_SEALED_CHARS = Math.ceil(((FRAME_BYTES + MAX_RECORD_BYTES) * 4) / 3) + 16;
/** A record's key seals once: a fixed nonce cannot meet itself. */
const NONCE = new Uint8Array(12);
const HEAD = /^s1\.([1-9]\d{0,8})\./;

/**
 * `s1.{version}.{base64url(salt | commitment | ciphertext | tag)}`. AES-GCM alone lets one ciphertext open under two
 * keys that were chosen for it; the commitment ties it to one. Throws for what is not Unicode text or is too long.
 */
export function sealRecord(key: TenantKey, place: RecordPlace, plaintext: string): string {
  const { version } = key;
  if (!Number.isInteger(version) || version < 1 || version > MAX_VERSION)
    throw new RangeError(`A key's version lies between 1 and ${MAX_VERSION}.`);
  // UTF-8 has no lone surrogates: what came out would be another text.
  if (!plaintext.isWellFormed()) throw new TypeError("Only Unicode text can be sealed.");
  const plain = Buffer.from(plaintext);
  if (plain.length > MAX_RECORD_BYTES)
    throw new RangeError(`A sealed field has at most ${MAX_RECORD_BYTES} bytes.`);

  const salt = randomBytes(SALT_BYTES);
  const { recordKey, commitment } = deriveKeys(key.bytes, salt);
  const cipher = createCipheriv(CIPHER, recordKey, NONCE).setAAD(header(place, version));
  const ciphertext = cipher.update(plain);
  cipher.final();
  const body = Buffer.concat([salt, commitment, ciphertext, cipher.getAuthTag()]);
  return `${FORMAT}.${version}.${body.toString("base64url")}`;
}

/** The text, if it was sealed for this very place with one of these keys (by version). */
export function openRecord(
  keys: ReadonlyMap<number, Uint8Array>,
  place: RecordPlace,
  sealed: string,
): Result<string, OpenFault> {
  const parsed = parse(sealed);
  if (parsed === null) return err("malformed");
  const { version, salt, commitment, ciphertext, tag } = parsed;
  const key = keys.get(version);
  if (key === undefined) return err("unknown_version");
  const derived = deriveKeys(key, salt);
  if (!timingSafeEqual(derived.commitment, commitment)) return err("altered");
  const decipher = createDecipheriv(CIPHER, derived.recordKey, NONCE, { authTagLength: TAG_BYTES })
    .setAAD(header(place, version))
    .setAuthTag(tag);
  const plain = decipher.update(ciphertext);
  try {
    decipher.final();
  } catch {
    return err("altered");
  }
  return ok(plain.toString("utf8"));
}

/** The version of the key that a text was sealed with; null for what is no sealed text. */
export const sealedVersion = (sealed: string): number | null => parse(sealed)?.version ?? null;

/** Only the one spelling that `sealRecord` writes, so that text and bytes stand for each other. */
function parse(sealed: string) {
  if (sealed.length > MAX_SEALED_CHARS) return null;
  const [head, version] = HEAD.exec(sealed) ?? [];
  if (head === undefined) return null;
  const text = sealed.slice(head.length);
  const body = Buffer.from(text, "base64url");
  if (body.length < FRAME_BYTES || body.toString("base64url") !== text) return null;
  const afterSalt = SALT_BYTES + COMMITMENT_BYTES;
  return {
    version: Number(version),
    salt: body.subarray(0, SALT_BYTES),
    commitment: body.subarray(SALT_BYTES, afterSalt),
    ciphertext: body.subarray(afterSalt, -TAG_BYTES),
    tag: body.subarray(-TAG_BYTES),
  };
}

function deriveKeys(key: Uint8Array, salt: Uint8Array) {
  if (key.length !== KEY_BYTES) throw new RangeError(`A tenant's key has ${KEY_BYTES} bytes.`);
  const okm = new Uint8Array(hkdfSync("sha256", key, salt, "validahub record", KEY_BYTES + COMMITMENT_BYTES));
  return { recordKey: okm.subarray(0, KEY_BYTES), commitment: okm.subarray(KEY_BYTES) };
}

/** A JSON array: no two places run into the same text. */
const header = ({ tenantId, table, column, row }: RecordPlace, version: number): Buffer =>
  Buffer.from(JSON.stringify(["record", tenantId, table, column, row, version]));
