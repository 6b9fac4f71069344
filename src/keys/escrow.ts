import { calculateJwkThumbprint, compactDecrypt, CompactEncrypt, importJWK, type JWK } from "jose";
import { err, ok, type Result } from "../domain/result";
import { parseTenantId } from "../domain/tenant-id";
import { decodeText } from "./binary-text";
import { KEY_BYTES, requireKeyLength, type WrapContext } from "./key-wrapper";

/** One version of a tenant's key, in the clear. */
export interface TenantKey extends WrapContext {
  readonly key: Uint8Array;
}

const TYPE = "validahub-recovery+jwe";
const ENCRYPTION = "A256GCM";
const MAX_JWE_CHARS = 8192;
const CURVES: readonly unknown[] = ["P-256", "P-384", "P-521", "X25519"];

/**
 * A tenant's key as compact JWE (RFC 7516) for the holder of the offline recovery key. The protected header names
 * tenant and version, so that neither can be exchanged. It says nothing of who made it: anyone can seal to a public
 * key.
 */
export async function sealForRecovery(
  publicJwk: JWK,
  { tenantId, version, key }: TenantKey,
): Promise<string> {
  requireKeyLength(key);
  requirePublic(publicJwk);
  const alg = algorithmOf(publicJwk);
  const header = {
    alg,
    enc: ENCRYPTION,
    typ: TYPE,
    kid: await calculateJwkThumbprint(publicJwk),
    tenant_id: tenantId,
    key_version: version,
  };
  return new CompactEncrypt(key).setProtectedHeader(header).encrypt(await importJWK(publicJwk, alg));
}

/** Throws where the private key is none; refuses whatever does not open, or is no tenant's key. */
export async function recover(privateJwk: JWK, jwe: string): Promise<Result<TenantKey, "refused">> {
  if (typeof privateJwk.d !== "string") throw new Error("The recovery key is no private JWK.");
  const alg = algorithmOf(privateJwk);
  const privateKey = await imported(privateJwk, alg);
  if (!isCanonical(jwe)) return err("refused");
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(jwe, privateKey, {
      keyManagementAlgorithms: [alg],
      contentEncryptionAlgorithms: [ENCRYPTION],
    });
    const { typ, zip, tenant_id: tenant, key_version: version } = protectedHeader;
    const tenantId = typeof tenant === "string" ? parseTenantId(tenant) : null;
    const isKey = typ === TYPE && zip === undefined && plaintext.length === KEY_BYTES;
    if (tenantId === null || !isPositiveInteger(version) || !isKey) return err("refused");
    return ok({ tenantId, version, key: plaintext });
  } catch {
    return err("refused");
  }
}

/**
 * The public recovery key from a configuration's text: a JWK of RSA, X25519 or a NIST curve; null where it is empty.
 * Throws with the variable's name, most of all where somebody put the private half there.
 */
export async function readRecoveryKey(text: string): Promise<JWK | null> {
  if (text.trim() === "") return null;
  try {
    const jwk = JSON.parse(text) as JWK;
    requirePublic(jwk);
    await imported(jwk, algorithmOf(jwk));
    return jwk;
  } catch (error) {
    // The parser's own message would repeat the text.
    const reason =
      error instanceof SyntaxError || !(error instanceof Error) ? "It is no JSON." : error.message;
    throw new Error(`Configuration RECOVERY_KEY: ${reason}`);
  }
}

function algorithmOf({ kty, crv, alg, use }: JWK): string {
  const byType = kty === "RSA" ? "RSA-OAEP-256" : CURVES.includes(crv) ? "ECDH-ES+A256KW" : undefined;
  if (byType === undefined || (alg ?? byType) !== byType || (use ?? "enc") !== "enc")
    throw new Error("The recovery key must be a JWK for RSA-OAEP-256 or ECDH-ES+A256KW.");
  return byType;
}

function requirePublic(jwk: JWK): void {
  if (typeof jwk !== "object" || jwk === null) throw new Error("The recovery key must be a JWK.");
  if ("d" in jwk || "k" in jwk)
    throw new Error("The recovery key must be a public one; its private half belongs offline.");
}

/** The importer's own message could hold parts of the key. */
async function imported(jwk: JWK, alg: string) {
  try {
    return await importJWK(jwk, alg);
  } catch {
    throw new Error("The recovery key is a JWK that cannot be used.");
  }
}

/** Five parts in the one spelling that their bytes have (RFC 4648 §3.5). */
function isCanonical(jwe: string): boolean {
  if (jwe.length > MAX_JWE_CHARS) return false;
  const parts = jwe.split(".");
  return parts.length === 5 && parts.every((part) => part !== "" && decodeText(part, "base64url") !== null);
}

const isPositiveInteger = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value > 0;
