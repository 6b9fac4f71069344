import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { sha256Hex } from "../crypto/canonical-json";
import { parseTenantId, type TenantId } from "../domain/tenant-id";

/** What a key's text says, once its MAC has held. */
export interface PresentedKey {
  readonly tenantId: TenantId;
  readonly keyId: string;
  readonly secretHash: string;
}

const SECRET_BYTES = 32;
/** `vh_{env}_{tenant_id}.{key_id}.{secret}.{mac}`: no environment has a `_`, no tenant id a dot. */
const FORM =
  /^(?<signed>vh_(?<environment>[a-z0-9]{1,16})_(?<tenant>t_[a-z0-9_]{1,47})\.(?<id>[0-9a-f-]{36})\.(?<secret>[A-Za-z0-9_-]{43}))\.(?<mac>[A-Za-z0-9_-]{43})$/;
const MAX_CHARS = 256;

export const looksLikeApiKey = (text: string): boolean => text.startsWith("vh_");

/** A new key's text, to be shown once, and the hash under which its secret is kept. */
export function mintApiKey(
  macKey: Uint8Array,
  { environment, tenantId, keyId }: { environment: string; tenantId: TenantId; keyId: string },
): { readonly text: string; readonly secretHash: string } {
  const secret = randomBytes(SECRET_BYTES).toString("base64url");
  const signed = `vh_${environment}_${tenantId}.${keyId}.${secret}`;
  return { text: `${signed}.${macOf(macKey, signed).toString("base64url")}`, secretHash: sha256Hex(secret) };
}

/**
 * Reads a key only when its MAC holds, so that a forged one costs no I/O and reaches no tenant. Whether the key is
 * still good is for the tenant's object to say. Takes all MAC keys in force, newest first.
 */
export function openApiKey(
  macKeys: readonly Uint8Array[],
  environment: string,
  text: string,
): PresentedKey | null {
  const parts = text.length > MAX_CHARS ? undefined : FORM.exec(text)?.groups;
  if (!parts) return null;
  const { signed = "", tenant = "", id = "", secret = "", mac = "" } = parts;
  const given = Buffer.from(mac, "base64url");
  const holds = macKeys.map((key) => timingSafeEqual(given, macOf(key, signed))).includes(true);
  // The last character of 43 carries two unused bits: only the canonical spelling of a MAC passes.
  if (!holds || given.toString("base64url") !== mac || parts["environment"] !== environment) return null;
  const tenantId = parseTenantId(tenant);
  return tenantId && { tenantId, keyId: id, secretHash: sha256Hex(secret) };
}

const macOf = (key: Uint8Array, signed: string): Buffer => createHmac("sha256", key).update(signed).digest();
