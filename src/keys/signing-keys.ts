import { calculateJwkThumbprint, CompactSign, exportJWK, type JWK } from "jose";
import { decodeText } from "./binary-text";

/** A key as outsiders verify with it. */
export type PublicKey = JWK & { readonly kid: string };

const SEED_BYTES = 32;
const ALGORITHM = "EdDSA";
/** PKCS #8 of an Ed25519 key (RFC 8410 §7), up to the seed. */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

interface SigningKey {
  readonly privateKey: CryptoKey;
  readonly publicKey: PublicKey;
}

/** Signs what outsiders verify offline: the first key signs, the public halves of all are published. */
export class SigningKeys {
  readonly #keys: Promise<readonly SigningKey[]>;

  /** Seeds of 32 bytes in base64url, separated by commas, newest first; none of them malformed, or every use throws. */
  constructor(seeds: string) {
    this.#keys = Promise.all(seeds.split(",").map((seed) => readSeed(seed.trim())));
    // Told to whoever uses it: not to a request that has no use for it.
    this.#keys.catch(() => undefined);
  }

  async publicKeys(): Promise<readonly PublicKey[]> {
    return (await this.#keys).map(({ publicKey }) => publicKey);
  }

  /** A bare Ed25519 signature (RFC 8032) by the newest key. */
  async signBytes(content: Uint8Array): Promise<Uint8Array> {
    const [key] = await this.#keys;
    if (!key) throw new Error("Configuration SIGNING_KEY is missing.");
    return new Uint8Array(await crypto.subtle.sign("Ed25519", key.privateKey, content));
  }

  /** A compact JWS (RFC 7515) over the payload's JSON. The same payload gives the same text. */
  async sign(typ: string, payload: object): Promise<string> {
    const [key] = await this.#keys;
    if (!key) throw new Error("Configuration SIGNING_KEY is missing.");
    return new CompactSign(Buffer.from(JSON.stringify(payload)))
      .setProtectedHeader({ alg: ALGORITHM, kid: key.publicKey.kid, typ })
      .sign(key.privateKey);
  }
}

async function readSeed(text: string): Promise<SigningKey> {
  const seed = decodeText(text, "base64url");
  if (seed?.length !== SEED_BYTES)
    throw new Error(
      `Configuration SIGNING_KEY: each key has ${SEED_BYTES} bytes in base64url without padding.`,
    );
  const pkcs8 = Buffer.concat([PKCS8_HEAD, seed]);
  const pair = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  const { d: _secret, ...open } = await exportJWK(pair);
  const publicKey = { kty: "OKP", crv: "Ed25519", x: open.x, alg: ALGORITHM, use: "sig" } as JWK;
  const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]);
  return { privateKey, publicKey: { ...publicKey, kid: await calculateJwkThumbprint(publicKey) } };
}
