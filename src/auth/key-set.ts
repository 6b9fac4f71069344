import { importJWK, type JWK } from "jose";
import { decodeBase64Url } from "./base64url";
import { isJsonObject, parseStrictJson, type JsonObject } from "./strict-json";

/** The signatures a token may carry; Ed25519 is RFC 9864's name for what RFC 8037 calls EdDSA. */
export type TokenAlgorithm = "RS256" | "ES256" | "EdDSA" | "Ed25519";

/** What a token's header says of the key that signed it. */
export interface KeyHint {
  readonly alg: TokenAlgorithm;
  readonly kid: string | null;
}

interface KeyKind {
  readonly kty: string;
  readonly crv: string | null;
  /** The public members, all of them base64url; nothing else of a key is kept. */
  readonly members: readonly string[];
  /** One type of key, one algorithm: a token cannot choose what its signature is checked with (RFC 8725 §3.1). */
  readonly algorithms: readonly [TokenAlgorithm, ...TokenAlgorithm[]];
}

const KINDS: readonly KeyKind[] = [
  { kty: "RSA", crv: null, members: ["n", "e"], algorithms: ["RS256"] },
  { kty: "EC", crv: "P-256", members: ["x", "y"], algorithms: ["ES256"] },
  { kty: "OKP", crv: "Ed25519", members: ["x"], algorithms: ["EdDSA", "Ed25519"] },
];

export const MAX_JWKS_BYTES = 64 * 1024;
const MAX_KEYS = 64;
const MIN_RSA_BITS = 2048;
/** What a token without a `kid` may be tried with: an issuer's keys of one type, old and new, at most these. */
const MAX_CANDIDATES = 4;

export const isTokenAlgorithm = (value: unknown): value is TokenAlgorithm =>
  KINDS.some(({ algorithms }) => algorithms.some((algorithm) => algorithm === value));

/** Usable public keys of an issuer. */
export class KeySet {
  constructor(private readonly keys: readonly PublicKey[]) {}

  get size(): number {
    return this.keys.length;
  }

  /** The keys of the algorithm's own type that have the token's `kid`, or any `kid` where the token names none. */
  async matching({ alg, kid }: KeyHint): Promise<readonly CryptoKey[]> {
    const matching: CryptoKey[] = [];
    for (const key of this.keys) {
      if (!key.kind.algorithms.includes(alg) || (kid !== null && key.kid !== kid)) continue;
      const imported = await key.cryptoKey();
      if (imported !== null && matching.push(imported) === MAX_CANDIDATES) break;
    }
    return matching;
  }
}

class PublicKey {
  /** Null: the platform would not take it (a point off its curve). The outcome is kept, never the promise of it. */
  #imported: CryptoKey | null | undefined;

  constructor(
    readonly kid: string | null,
    readonly kind: KeyKind,
    private readonly jwk: JWK,
  ) {}

  async cryptoKey(): Promise<CryptoKey | null> {
    if (this.#imported === undefined)
      try {
        const key = await importJWK(this.jwk, this.kind.algorithms[0], { extractable: false });
        this.#imported = key instanceof Uint8Array ? null : key;
      } catch {
        this.#imported = null;
      }
    return this.#imported;
  }
}

/**
 * The usable keys of a JWK Set (RFC 7517 §5): public signature keys of the known types; the others are passed over,
 * and private members are dropped. Throws where the text is no JWK Set at all.
 */
export function parseKeySet(text: string): KeySet {
  if (text.length > MAX_JWKS_BYTES) throw new Error(`The JWKS is longer than ${MAX_JWKS_BYTES} bytes.`);
  const parsed = parseStrictJson(text);
  if (!parsed.ok) throw new Error(`The JWKS is not usable JSON (${parsed.error}).`);
  const keys = isJsonObject(parsed.value) ? parsed.value.keys : undefined;
  if (!Array.isArray(keys) || !keys.every(isJsonObject))
    throw new Error('The JWKS is not an object with a list "keys" of objects.');
  if (keys.length > MAX_KEYS) throw new Error(`The JWKS holds more than ${MAX_KEYS} keys.`);
  return new KeySet(keys.map(readKey).filter((key) => key !== null));
}

function readKey(jwk: JsonObject): PublicKey | null {
  const { kid, alg, use, key_ops: operations } = jwk;
  const kind = KINDS.find(({ kty, crv }) => kty === jwk.kty && (crv === null || crv === jwk.crv));
  if (kind === undefined || (kid !== undefined && typeof kid !== "string")) return null;
  if (alg !== undefined && !kind.algorithms.some((algorithm) => algorithm === alg)) return null;
  if (use !== undefined && use !== "sig") return null;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes("verify"))) return null;
  const publicHalf: JWK & Record<string, unknown> = { kty: kind.kty };
  if (kind.crv !== null) publicHalf.crv = kind.crv;
  for (const member of kind.members) {
    const value = jwk[member];
    if (typeof value !== "string" || decodeBase64Url(value) === null) return null;
    publicHalf[member] = value;
  }
  return kind.kty === "RSA" && !isStrongRsa(publicHalf) ? null : new PublicKey(kid ?? null, kind, publicHalf);
}

/** RFC 7518 §3.3 for the modulus; an exponent of 1 (or an even one) would leave every signature open to all. */
function isStrongRsa({ n = "", e = "" }: JWK): boolean {
  const [modulus, exponent] = [bigEndian(n), bigEndian(e)];
  return modulus >= 1n << BigInt(MIN_RSA_BITS - 1) && exponent > 1n && exponent % 2n === 1n;
}

const bigEndian = (text: string): bigint => BigInt(`0x0${Buffer.from(text, "base64url").toString("hex")}`);
