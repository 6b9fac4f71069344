import { describe, expect, it } from "vitest";
import { inlineKeys } from "../../src/auth/inline-keys";
import { TokenVerifier, type IssuerTerms } from "../../src/auth/token-verifier";
import { jwtVectors } from "./jwt-vectors";
import { b64, Forge, jwksOf, macOf, newSigner, publicJwk, type Material } from "./signing";

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const ISSUER = "https://auth.validahub.local/";
const OTHER_ISSUER = "https://login.partner.example/";
const AUDIENCE = "https://api.validahub.local";

const material: Material = {
  issuer: ISSUER,
  audience: AUDIENCE,
  nowMs: NOW_MS,
  es256: await newSigner("ES256", "ec-1"),
  rs256: await newSigner("RS256", "rsa-1"),
  eddsa: await newSigner("EdDSA", "ed-1"),
  claims: { tenant_id: "t_a", scope: "jobs:read jobs:write" },
};
const forge = new Forge(material);
const partner = await newSigner("ES256", "partner-1");
const vectors = await jwtVectors(material);

const terms = (jwks: string, issuer = ISSUER, tenants: IssuerTerms["tenants"] = null): IssuerTerms => ({
  issuer,
  keys: inlineKeys(jwks),
  tenants,
});
const OURS = jwksOf(material.es256, material.rs256, material.eddsa);
const newVerifier = () =>
  new TokenVerifier([terms(OURS), terms(jwksOf(partner), OTHER_ISSUER, ["t_p", "t_q"])], AUDIENCE);
const verifier = newVerifier();
const INVALID = { ok: false, error: "invalid" };

describe("refuses a token:", () => {
  it.each(vectors)("$name", async ({ token }) => {
    expect(await verifier.verify(token, NOW_MS)).toEqual(INVALID);
  });

  it("of a table in which each has its own name", () => {
    expect(vectors.length).toBeGreaterThan(800);
    expect(new Set(vectors.map(({ name }) => name)).size).toBe(vectors.length);
    expect(new Set(vectors.map(({ token }) => token)).size).toBe(vectors.length);
  });

  it("also after a good one of the same header and claims was accepted", async () => {
    const warm = newVerifier();
    for (const signer of [material.es256, material.rs256, material.eddsa])
      expect(await warm.verify(await forge.token({}, {}, signer), NOW_MS)).toMatchObject({ ok: true });
    for (const { name, token } of vectors)
      expect({ name, verdict: await warm.verify(token, NOW_MS) }).toEqual({ name, verdict: INVALID });
  });
});

describe("the same hand makes tokens that are accepted:", () => {
  const now = Math.floor(NOW_MS / 1000);
  const { rs256, eddsa } = material;
  it.each([
    ["ES256", forge.token()],
    ["RS256", forge.token({}, {}, rs256)],
    ["EdDSA", forge.token({}, {}, eddsa)],
    ["Ed25519", forge.token({ alg: "Ed25519" }, {}, eddsa)],
    ["of any header and claims text", forge.text(null, null)],
    ["with white space in the claims", forge.text(null, JSON.stringify(forge.claims(), null, 2))],
    [
      "with escapes in the claims",
      forge.text(null, `{"\\u0078":1,${JSON.stringify(forge.claims()).slice(1)}`),
    ],
    ["without a kid", forge.token({ kid: undefined })],
    ["without a kid, RS256", forge.token({ kid: undefined }, {}, rs256)],
    ["at+jwt", forge.token({ typ: "at+jwt" })],
    ["AT+JWT", forge.token({ typ: "AT+JWT" })],
    ["jwt", forge.token({ typ: "jwt" })],
    ["with a thumbprint and an unknown member in the header", forge.token({ x5t: "abc", nonce: "n" })],
    ["for several audiences", forge.token({}, { aud: ["https://other.example", AUDIENCE] })],
    ["for one audience in a list", forge.token({}, { aud: [AUDIENCE] })],
    ["with a jti", forge.token({}, { jti: "0192f0c1-2a3b-7c4d-8e5f-0123456789ab" })],
    ["with the longest jti", forge.token({}, { jti: "~".repeat(255) })],
    ["with the longest subject", forge.token({}, { sub: "\u00e9".repeat(255) })],
    ["with a subject of a pair of surrogates", forge.token({}, { sub: "\u{1f600}" })],
    ["with no iat", forge.token({}, { iat: undefined })],
    ["with an nbf that has come", forge.token({}, { nbf: now })],
    ["that ended within the leeway", forge.token({}, { exp: now - 29 })],
    ["that begins within the leeway", forge.token({}, { nbf: now + 30, iat: now + 30 })],
    ["with times in fractions", forge.token({}, { exp: now + 0.5, iat: now - 0.5 })],
    ["with a thousand tenants", forge.token({}, { tenant_id: undefined, tenants: Array(1000).fill("t") })],
    ["with a tenant of no valid form", forge.token({}, { tenant_id: "T A" })],
    ["with members it does not know", forge.token({}, { roles: [{ a: 1 }, { a: 2 }], x: { sub: 1 } })],
    ["of the second issuer", forge.token({}, { iss: OTHER_ISSUER, tenant_id: "t_p" }, partner)],
  ])("%s", async (_name, making) => {
    expect(await newVerifier().verify(await making, NOW_MS)).toMatchObject({ ok: true });
  });

  it.each([
    ["exp", { exp: now - 30 }],
    ["nbf", { nbf: now + 31 }],
    ["iat", { iat: now + 31 }],
  ])("and refused one second beyond the leeway of %s", async (_name, claims) => {
    expect(await newVerifier().verify(await forge.token({}, claims), NOW_MS)).toEqual(INVALID);
  });
});

describe("refuses by its keys a token", () => {
  it.each([
    ["of ours with the partner's key", {}, {}, partner],
    ["of ours with the partner's key and no kid", { kid: undefined }, {}, partner],
    ["of ours with the partner's key and a kid of ours", { kid: "ec-1" }, {}, partner],
    ["of the partner with our key", {}, { iss: OTHER_ISSUER, tenant_id: "t_p" }, material.es256],
    [
      "of the partner with our key and its kid",
      { kid: "partner-1" },
      { iss: OTHER_ISSUER, tenant_id: "t_p" },
      material.es256,
    ],
  ])("%s", async (_name, header, claims, signer) => {
    expect(await verifier.verify(await forge.token(header, claims, signer), NOW_MS)).toEqual(INVALID);
  });

  const { es256, eddsa } = material;
  const secret = b64("0123456789abcdef0123456789abcdef");
  it.each([
    ["for encryption", { ...publicJwk(es256), use: "enc" }],
    ["for encryption by its operations", { ...publicJwk(es256), key_ops: ["deriveBits"] }],
    ["with operations that are no list", { ...publicJwk(es256), key_ops: "verify" }],
    ["for another algorithm", { ...publicJwk(es256), alg: "ES384" }],
    ["for another type's algorithm", { ...publicJwk(es256), alg: "RS256" }],
    ["of another curve", { ...publicJwk(es256), crv: "P-384" }],
    ["of no curve", { ...publicJwk(es256), crv: undefined }],
    ["with a point off its curve", { ...publicJwk(es256), y: publicJwk(es256).x }],
    ["with half a point", { ...publicJwk(es256), y: undefined }],
    ["with a padded number", { ...publicJwk(es256), x: `${publicJwk(es256).x}=` }],
    ["with a kid that is a number", { ...publicJwk(es256), kid: 1 }],
    ["of an unknown type", { ...publicJwk(es256), kty: "XY" }],
    ["that is symmetric", { kty: "oct", k: secret, kid: "ec-1" }],
    ["that is symmetric and says ES256", { kty: "oct", k: secret, kid: "ec-1", alg: "ES256" }],
  ])("whose kid names a key %s", async (_name, key) => {
    const jwks = JSON.stringify({ keys: [key, publicJwk(eddsa)] });
    const input = forge.input(forge.header({ alg: "HS256" }), forge.claims());
    const keyed = `${input}.${b64(await macOf(input, Buffer.from(secret, "base64url")))}`;
    const narrow = new TokenVerifier([terms(jwks)], AUDIENCE);
    for (const token of [await forge.token(), await forge.token({ kid: undefined }), keyed])
      expect(await narrow.verify(token, NOW_MS)).toEqual(INVALID);
    expect(await narrow.verify(await forge.token({}, {}, eddsa), NOW_MS)).toMatchObject({ ok: true });
  });

  it.each([
    ["empty", ""],
    ["of 256 characters", "k".repeat(256)],
    ["with a space", "a b"],
    ["with a null byte", "ec-1\u0000"],
    ["with a line feed", "ec-1\n"],
    ["beyond ASCII", "\u00e9"],
  ])("whose kid is %s, even if a key has it", async (_name, kid) => {
    const odd = { ...es256, kid };
    const narrow = new TokenVerifier([terms(jwksOf(odd, eddsa))], AUDIENCE);
    expect(await narrow.verify(await forge.token({}, {}, odd), NOW_MS)).toEqual(INVALID);
    const longest = { ...es256, kid: "~".repeat(255) };
    const wide = new TokenVerifier([terms(jwksOf(longest))], AUDIENCE);
    expect(await wide.verify(await forge.token({}, {}, longest), NOW_MS)).toMatchObject({ ok: true });
  });

  it("signed by an RSA key of 1024 bits", async () => {
    const weak = await newSigner("RS256", "weak", 1024);
    const narrow = new TokenVerifier([terms(jwksOf(weak, es256))], AUDIENCE);
    expect(await narrow.verify(await forge.token({}, {}, weak), NOW_MS)).toEqual(INVALID);
  });

  it("signed for an RSA key whose exponent is one, by anybody", async () => {
    const open = { ...publicJwk(material.rs256), e: "AQ" };
    const narrow = new TokenVerifier([terms(JSON.stringify({ keys: [open, publicJwk(es256)] }))], AUDIENCE);
    const input = forge.input(forge.header({}, material.rs256), forge.claims());
    const digest = Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.from(input)));
    const info = Buffer.from("3031300d060960864801650304020105000420", "hex");
    const padding = Buffer.alloc(256 - 3 - info.length - digest.length, 0xff);
    const forged = Buffer.concat([Buffer.of(0, 1), padding, Buffer.of(0), info, digest]);
    expect(await narrow.verify(`${input}.${b64(forged)}`, NOW_MS)).toEqual(INVALID);
  });

  it("and drops the private members of a key that should not have been published", async () => {
    const leaked = JSON.stringify({ keys: [{ ...es256.jwk, key_ops: undefined, kid: "ec-1" }] });
    const careless = new TokenVerifier([terms(leaked)], AUDIENCE);
    expect(await careless.verify(await forge.token(), NOW_MS)).toMatchObject({ ok: true });
  });
});

describe("an issuer of some tenants", () => {
  const of = (claims: Record<string, unknown>) =>
    forge.token({}, { iss: OTHER_ISSUER, tenant_id: undefined, ...claims }, partner);

  it.each([
    ["one of them", { tenant_id: "t_p" }],
    ["several of them", { tenants: ["t_q", "t_p"] }],
    ["one of them twice over", { tenant_id: "t_p", tenants: ["t_p"] }],
  ])("may name %s", async (_name, claims) => {
    expect(await verifier.verify(await of(claims), NOW_MS)).toMatchObject({
      ok: true,
      value: { issuer: OTHER_ISSUER },
    });
  });

  it.each([
    ["another", { tenant_id: "t_a" }],
    ["another among them", { tenants: ["t_p", "t_a"] }],
    ["another beside one of them", { tenant_id: "t_p", tenants: ["t_a"] }],
    ["one of them beside another", { tenant_id: "t_a", tenants: ["t_p"] }],
    ["none", {}],
    ["an empty list", { tenants: [] }],
    ["an empty one", { tenant_id: "" }],
    ["one in capitals", { tenant_id: "T_P" }],
    ["one with a space", { tenant_id: " t_p" }],
    ["a look-alike", { tenant_id: "t_\u0440" }],
    ["every one", { tenant_id: "*" }],
  ])("may not name %s", async (_name, claims) => {
    expect(await verifier.verify(await of(claims), NOW_MS)).toEqual(INVALID);
  });
});
