import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import { canonicalJson, sha256Hex } from "../crypto/canonical-json";
import { err, ok, type Result } from "../domain/result";
import { decodeText, encodeText } from "./binary-text";
import {
  KEY_BYTES,
  requireKeyLength,
  type KeyWrapper,
  type WrapContext,
  type WrapFault,
} from "./key-wrapper";

const MIN_ROOT_BYTES = 32;
const PREFIX = "w1.";
const ALGORITHM = "aes-256-gcm";
const SALT_BYTES = 32;
const COMMITMENT_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const TEXT_BYTES = SALT_BYTES + COMMITMENT_BYTES + NONCE_BYTES + KEY_BYTES + TAG_BYTES;

/**
 * Wraps by a root key that the deployment holds as a secret. `w1.` and base64url of: salt, commitment, nonce,
 * ciphertext, tag. The salt gives each text an encryption key of its own and a commitment to the root, because
 * AES-GCM alone would open under several keys a text that was made for that.
 */
export class RootKeyWrapper implements KeyWrapper {
  readonly id: string;
  readonly #root: Uint8Array;

  constructor(root: Uint8Array) {
    if (root.length < MIN_ROOT_BYTES) throw new RangeError(`A root key has ${MIN_ROOT_BYTES} bytes or more.`);
    this.#root = Uint8Array.from(root);
    this.id = `root:${sha256Hex(derive(root, new Uint8Array(), "id", 32)).slice(0, 16)}`;
  }

  async wrap(context: WrapContext, key: Uint8Array): Promise<Result<string, WrapFault>> {
    requireKeyLength(key);
    const salt = randomBytes(SALT_BYTES);
    const nonce = randomBytes(NONCE_BYTES);
    const { encryptionKey, commitment } = this.#derived(salt);
    const cipher = createCipheriv(ALGORITHM, encryptionKey, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(this.#bound(context));
    const sealed = [cipher.update(key), cipher.final(), cipher.getAuthTag()];
    return ok(`${PREFIX}${encodeText(Buffer.concat([salt, commitment, nonce, ...sealed]), "base64url")}`);
  }

  async unwrap(context: WrapContext, wrapped: string): Promise<Result<Uint8Array, WrapFault>> {
    if (!wrapped.startsWith(PREFIX)) return err("refused");
    const bytes = decodeText(wrapped.slice(PREFIX.length), "base64url");
    if (bytes?.length !== TEXT_BYTES) return err("refused");
    const [salt, commitment, nonce, ciphertext, tag] = cut(bytes);
    const derived = this.#derived(salt);
    if (!timingSafeEqual(derived.commitment, commitment)) return err("refused");
    const decipher = createDecipheriv(ALGORITHM, derived.encryptionKey, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(this.#bound(context));
    decipher.setAuthTag(tag);
    try {
      return ok(Buffer.concat([decipher.update(ciphertext), decipher.final()]));
    } catch {
      return err("refused");
    }
  }

  #derived(salt: Uint8Array): { readonly encryptionKey: Uint8Array; readonly commitment: Uint8Array } {
    const bytes = derive(this.#root, salt, "wrap", KEY_BYTES + COMMITMENT_BYTES);
    return { encryptionKey: bytes.subarray(0, KEY_BYTES), commitment: bytes.subarray(KEY_BYTES) };
  }

  #bound({ tenantId, version }: WrapContext): Uint8Array {
    return Buffer.from(canonicalJson(["validahub tenant key", tenantId, version, this.id]));
  }
}

/**
 * The root keys of a list in base64url, separated by commas, newest first; none where it is empty. Strict, because
 * a root of which a part is skipped unread would be a weaker one.
 */
export function readRootKeys(text: string): readonly RootKeyWrapper[] {
  if (text.trim() === "") return [];
  return text.split(",").map((item) => {
    const root = decodeText(item.trim(), "base64url");
    if (root === null || root.length < MIN_ROOT_BYTES)
      throw new Error(
        `Configuration ROOT_KEY: each key needs at least ${MIN_ROOT_BYTES} bytes in base64url without padding.`,
      );
    return new RootKeyWrapper(root);
  });
}

/** HKDF-SHA-256 (RFC 5869). */
const derive = (root: Uint8Array, salt: Uint8Array, purpose: "id" | "wrap", bytes: number): Uint8Array =>
  new Uint8Array(hkdfSync("sha256", root, salt, `validahub-edge root-key ${purpose}`, bytes));

function cut(bytes: Uint8Array) {
  let at = 0;
  const next = (length: number): Uint8Array => bytes.subarray(at, (at += length));
  return [
    next(SALT_BYTES),
    next(COMMITMENT_BYTES),
    next(NONCE_BYTES),
    next(KEY_BYTES),
    next(TAG_BYTES),
  ] as const;
}
