/** Tokens as an attacker makes them: from any text, signed by whatever a key can be made to sign. */

/** A key pair, as its private JWK. */
export interface Signer {
  readonly kid: string;
  readonly alg: "RS256" | "ES256" | "EdDSA";
  readonly jwk: JsonWebKey;
}

type Members = Readonly<Record<string, unknown>>;

const encoder = new TextEncoder();
export const bytesOf = (text: string | Uint8Array): Uint8Array =>
  typeof text === "string" ? encoder.encode(text) : text;
export const b64 = (text: string | Uint8Array): string => Buffer.from(bytesOf(text)).toString("base64url");

const GENERATED = {
  RS256: {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
  ES256: { name: "ECDSA", namedCurve: "P-256" },
  EdDSA: { name: "Ed25519" },
};

export async function newSigner(alg: Signer["alg"], kid: string, rsaBits = 2048): Promise<Signer> {
  const algorithm = alg === "RS256" ? { ...GENERATED.RS256, modulusLength: rsaBits } : GENERATED[alg];
  const pair = (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
  return { kid, alg, jwk: (await crypto.subtle.exportKey("jwk", pair.privateKey)) as JsonWebKey };
}

/** The public members alone, as an issuer publishes them. */
export function publicJwk({ kid, jwk }: Signer): JsonWebKey & { kid: string } {
  const { kty, crv, n, e, x, y } = jwk;
  return JSON.parse(JSON.stringify({ kty, crv, n, e, x, y, kid })) as JsonWebKey & { kid: string };
}

export const jwksOf = (...signers: readonly Signer[]): string =>
  JSON.stringify({ keys: signers.map(publicJwk) });

/** What WebCrypto calls an algorithm, also those that no verifier here may take. */
const SIGNING: Readonly<
  Record<string, { name: string; hash?: string; namedCurve?: string; saltLength?: number }>
> = {
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  RS384: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-384" },
  RS512: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-512" },
  PS256: { name: "RSA-PSS", hash: "SHA-256", saltLength: 32 },
  PS384: { name: "RSA-PSS", hash: "SHA-384", saltLength: 48 },
  PS512: { name: "RSA-PSS", hash: "SHA-512", saltLength: 64 },
  ES256: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  EdDSA: { name: "Ed25519" },
};

export async function signatureOf(
  text: string,
  signer: Signer,
  as: string = signer.alg,
): Promise<Uint8Array> {
  const { kty, crv, n, e, x, y, d, p, q, dp, dq, qi } = signer.jwk;
  const members = JSON.parse(JSON.stringify({ kty, crv, n, e, x, y, d, p, q, dp, dq, qi })) as JsonWebKey;
  const key = await crypto.subtle.importKey("jwk", members, SIGNING[as]!, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign(SIGNING[as]!, key, bytesOf(text)));
}

/** An HMAC; WebCrypto takes no empty key, but a key is padded with zeros, so that one zero byte is the same key. */
export async function macOf(text: string, secret: string | Uint8Array, bits = 256): Promise<Uint8Array> {
  const algorithm = { name: "HMAC", hash: `SHA-${bits}` };
  const raw = secret.length === 0 ? new Uint8Array(1) : bytesOf(secret);
  const key = await crypto.subtle.importKey("raw", raw, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, bytesOf(text)));
}

export async function spkiOf(signer: Signer): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("jwk", publicJwk(signer), SIGNING[signer.alg]!, true, ["verify"]);
  return new Uint8Array((await crypto.subtle.exportKey("spki", key)) as ArrayBuffer);
}

/** Whose tokens are made, for whom, when, and by which keys. */
export interface Material {
  readonly issuer: string;
  readonly audience: string;
  readonly nowMs: number;
  readonly es256: Signer;
  readonly rs256: Signer;
  readonly eddsa: Signer;
  /** Added to what every good token claims: its tenant and scopes. */
  readonly claims: Members;
}

/** Makes tokens that are good but for what is replaced; a member replaced by undefined is left out. */
export class Forge {
  readonly nowSeconds: number;

  constructor(readonly material: Material) {
    this.nowSeconds = Math.floor(material.nowMs / 1000);
  }

  header(replaced: Members = {}, signer: Signer = this.material.es256): Members {
    return { alg: signer.alg, kid: signer.kid, typ: "JWT", ...replaced };
  }

  claims(replaced: Members = {}): Members {
    const { issuer, audience, claims } = this.material;
    const [iat, exp] = [this.nowSeconds, this.nowSeconds + 3600];
    return { iss: issuer, aud: audience, sub: "user_1", iat, exp, ...claims, ...replaced };
  }

  /** Header and claims as a token's first two parts. */
  input(header: Members, claims: Members): string {
    return `${b64(JSON.stringify(header))}.${b64(JSON.stringify(claims))}`;
  }

  /** A properly signed token. */
  token(header: Members = {}, claims: Members = {}, signer: Signer = this.material.es256): Promise<string> {
    return this.signed(this.input(this.header(header, signer), this.claims(claims)), signer);
  }

  /** A properly signed token of any header and payload text. */
  text(
    header: string | Uint8Array | null,
    payload: string | Uint8Array | null,
    signer: Signer = this.material.es256,
  ): Promise<string> {
    const parts = [
      header ?? JSON.stringify(this.header({}, signer)),
      payload ?? JSON.stringify(this.claims()),
    ];
    return this.signed(parts.map(b64).join("."), signer);
  }

  async signed(input: string, signer: Signer = this.material.es256, as?: string): Promise<string> {
    return `${input}.${b64(await signatureOf(input, signer, as))}`;
  }
}
