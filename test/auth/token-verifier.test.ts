import { afterEach, describe, expect, it, vi } from "vitest";
import { inlineKeys } from "../../src/auth/inline-keys";
import type { KeySource } from "../../src/auth/key-source";
import { remoteKeys } from "../../src/auth/remote-keys";
import { TokenVerifier, type IssuerTerms } from "../../src/auth/token-verifier";
import { Forge, jwksOf, newSigner } from "./signing";

const NOW_MS = Date.UTC(2026, 0, 2);
const ISSUER = "https://auth.example/";
const AUDIENCE = "https://api.example";
const MINUTE_MS = 60_000;
const INVALID = { ok: false, error: "invalid" };

const [es256, rs256, eddsa] = [
  await newSigner("ES256", "ec"),
  await newSigner("RS256", "rsa"),
  await newSigner("EdDSA", "ed"),
];
const forge = new Forge({
  issuer: ISSUER,
  audience: AUDIENCE,
  nowMs: NOW_MS,
  es256,
  rs256,
  eddsa,
  claims: { tenant_id: "t_a" },
});
const { nowSeconds } = forge;

/** Keys that count how often they are asked for. */
function counted(keys: KeySource = inlineKeys(jwksOf(es256, rs256, eddsa))): KeySource & { asked: number } {
  const source = {
    asked: 0,
    keysFor: (...hint: Parameters<KeySource["keysFor"]>) => {
      source.asked++;
      return keys.keysFor(...hint);
    },
  };
  return source;
}

const issuer = (keys: KeySource, rest: Partial<IssuerTerms> = {}): IssuerTerms => ({
  issuer: ISSUER,
  keys,
  tenants: null,
  ...rest,
});
const verifierOf = (keys: KeySource = counted(), options = {}) =>
  new TokenVerifier([issuer(keys)], AUDIENCE, options);

afterEach(() => vi.restoreAllMocks());

describe("what a verified token says", () => {
  it.each([
    ["the least", {}, { tokenId: null, scopes: [], tenantId: "t_a", tenants: [] }],
    ["a jti", { jti: "id-1" }, { tokenId: "id-1" }],
    ["a scope", { scope: "jobs:read jobs:write" }, { scopes: ["jobs:read", "jobs:write"] }],
    ["a scope with spaces", { scope: "  jobs:read   jobs:write " }, { scopes: ["jobs:read", "jobs:write"] }],
    ["an empty scope", { scope: "" }, { scopes: [] }],
    [
      "a list of scopes",
      { scopes: ["jobs:read", "", "jobs:write"] },
      { scopes: ["jobs:read", "jobs:write"] },
    ],
    ["scope before scopes", { scope: "jobs:read", scopes: ["jobs:write"] }, { scopes: ["jobs:read"] }],
    [
      "a list of tenants",
      { tenant_id: undefined, tenants: ["t_a", "t_b"] },
      { tenantId: null, tenants: ["t_a", "t_b"] },
    ],
    ["no tenant", { tenant_id: undefined }, { tenantId: null, tenants: [] }],
    ["a tenant as it is spelled", { tenant_id: " T_\u00c4 " }, { tenantId: " T_\u00c4 " }],
    ["its end, with the leeway", { exp: nowSeconds + 60 }, { expiresAtMs: NOW_MS + 90_000 }],
    ["its end in fractions", { exp: nowSeconds + 0.5 }, { expiresAtMs: NOW_MS + 30_500 }],
  ])("is %s", async (_name, claims, expected) => {
    const verdict = await verifierOf().verify(await forge.token({}, claims), NOW_MS);
    if (!verdict.ok) throw new Error(verdict.error);
    expect({ ...verdict.value, scopes: [...verdict.value.scopes] }).toMatchObject({
      issuer: ISSUER,
      subject: "user_1",
      ...expected,
    });
  });
});

describe("a token met before", () => {
  it("is not checked again: no keys are asked for, and nothing is verified", async () => {
    const keys = counted();
    const verifier = verifierOf(keys);
    const verify = vi.spyOn(crypto.subtle, "verify");
    const token = await forge.token();
    const first = await verifier.verify(token, NOW_MS);
    expect(verify).toHaveBeenCalledTimes(1);
    const again = await verifier.verify(token, NOW_MS + 1);
    expect(again).toEqual(first);
    expect(again.ok && first.ok && again.value === first.value).toBe(true);
    expect(verify).toHaveBeenCalledTimes(1);
    expect(keys.asked).toBe(1);
  });

  it("is still checked to the letter", async () => {
    const verifier = verifierOf();
    const token = await forge.token();
    await verifier.verify(token, NOW_MS);
    for (const near of [token.slice(0, -1), `${token}A`, `${token} `, token.toLowerCase()])
      expect(await verifier.verify(near, NOW_MS)).toEqual(INVALID);
  });

  it("ends when it expires, and the clock going back does not revive it unchecked", async () => {
    const keys = counted();
    const verifier = verifierOf(keys);
    const token = await forge.token({}, { exp: nowSeconds + 60 });
    for (const at of [0, 89_999])
      expect(await verifier.verify(token, NOW_MS + at)).toMatchObject({ ok: true });
    expect(keys.asked).toBe(1);
    for (const at of [90_000, 900_000]) expect(await verifier.verify(token, NOW_MS + at)).toEqual(INVALID);
    expect(await verifier.verify(token, NOW_MS)).toMatchObject({ ok: true });
    expect(keys.asked).toBe(2);
  });

  it("is checked again after ten minutes, so that a withdrawn key ends it", async () => {
    let text = jwksOf(es256, rs256);
    const keys = counted(
      remoteKeys("https://auth.example/jwks", { fetchJwks: async () => new Response(text) }),
    );
    const verifier = verifierOf(keys);
    const token = await forge.token();
    await verifier.verify(token, NOW_MS);
    text = jwksOf(rs256);
    expect(await verifier.verify(token, NOW_MS + 10 * MINUTE_MS - 1)).toMatchObject({ ok: true });
    expect(await verifier.verify(token, NOW_MS + 10 * MINUTE_MS)).toEqual(INVALID);
    expect(keys.asked).toBe(2);
  });

  it("is checked again once too many others came", async () => {
    const keys = counted();
    const verifier = verifierOf(keys, { maxTokens: 4 });
    const tokens = await Promise.all(
      Array.from({ length: 9 }, (_, at) => forge.token({}, { sub: `user_${at}` })),
    );
    for (const token of tokens) await verifier.verify(token, NOW_MS);
    await verifier.verify(tokens[8]!, NOW_MS);
    expect(keys.asked).toBe(9);
    await verifier.verify(tokens[0]!, NOW_MS);
    expect(keys.asked).toBe(10);
  });

  it("is not remembered if it was refused", async () => {
    const keys = counted();
    const verifier = verifierOf(keys);
    const token = await forge.token({ kid: "rsa" });
    for (let time = 1; time <= 3; time++) {
      expect(await verifier.verify(token, NOW_MS)).toEqual(INVALID);
      expect(keys.asked).toBe(time);
    }
  });
});

describe("keys are imported", () => {
  it("once for all tokens", async () => {
    const importing = vi.spyOn(crypto.subtle, "importKey");
    const verifier = verifierOf();
    const tokens = await Promise.all(
      Array.from({ length: 3 }, (_, at) => forge.token({}, { sub: `user_${at}` })),
    );
    importing.mockClear();
    for (const token of tokens) expect(await verifier.verify(token, NOW_MS)).toMatchObject({ ok: true });
    expect(importing).toHaveBeenCalledTimes(1);
  });
});

describe("keys are not asked for by a token that is refused anyway:", () => {
  it.each([
    ["not a token", {}, {}, "x.y.z"],
    ["with an algorithm of none", { alg: "none" }, {}, null],
    ["with an address for keys", { jku: "https://evil.example/jwks.json" }, {}, null],
    ["with an address for certificates", { x5u: "https://evil.example/x" }, {}, null],
    ["that asks for more than a signature", { crit: ["exp"], exp: nowSeconds + 60 }, {}, null],
    ["of another type", { typ: "dpop+jwt" }, {}, null],
    ["of another issuer", {}, { iss: "https://evil.example/" }, null],
    ["for another audience", {}, { aud: "https://other.example" }, null],
    ["that has expired", {}, { exp: 1 }, null],
    ["without a subject", {}, { sub: "" }, null],
  ])("%s", async (_name, header, claims, text) => {
    const fetched: string[] = [];
    const keys = remoteKeys("https://auth.example/jwks", {
      fetchJwks: async (url) => {
        fetched.push(url);
        return new Response(jwksOf(es256));
      },
    });
    const token = text ?? (await forge.token({ kid: "unknown", ...header }, claims));
    expect(await verifierOf(keys).verify(token, NOW_MS)).toEqual(INVALID);
    expect(fetched).toEqual([]);
  });
});

describe("several issuers", () => {
  const partner = { issuer: "https://partner.example/", tenants: ["t_p"] };
  const two = (ours: KeySource, theirs: KeySource) =>
    new TokenVerifier([issuer(ours), issuer(theirs, partner)], AUDIENCE);

  it("answer each for its own tokens only", async () => {
    const [ours, theirs] = [counted(inlineKeys(jwksOf(es256))), counted(inlineKeys(jwksOf(rs256)))];
    const verifier = two(ours, theirs);
    const theirClaims = { iss: partner.issuer, tenant_id: "t_p" };
    expect(await verifier.verify(await forge.token(), NOW_MS)).toMatchObject({ ok: true });
    expect([ours.asked, theirs.asked]).toEqual([1, 0]);
    expect(await verifier.verify(await forge.token({}, theirClaims, rs256), NOW_MS)).toMatchObject({
      ok: true,
    });
    expect([ours.asked, theirs.asked]).toEqual([1, 1]);
    expect(await verifier.verify(await forge.token({}, theirClaims), NOW_MS)).toEqual(INVALID);
    expect([ours.asked, theirs.asked]).toEqual([1, 2]);
    expect(await verifier.verify(await forge.token({}, {}, rs256), NOW_MS)).toEqual(INVALID);
    expect([ours.asked, theirs.asked]).toEqual([2, 2]);
  });

  it("do not fall together: while one has no keys, the other's tokens are verified", async () => {
    const theirs = remoteKeys("https://partner.example/jwks", {
      fetchJwks: async () => new Response("", { status: 500 }),
    });
    const verifier = two(inlineKeys(jwksOf(es256)), theirs);
    const token = await forge.token({}, { iss: partner.issuer, tenant_id: "t_p" }, rs256);
    expect(await verifier.verify(token, NOW_MS)).toEqual({ ok: false, error: "keys_unavailable" });
    expect(await verifier.verify(await forge.token(), NOW_MS)).toMatchObject({ ok: true });
  });

  it.each([
    ["one issuer twice", () => new TokenVerifier([issuer(counted()), issuer(counted())], AUDIENCE), /twice/],
    ["an empty issuer", () => new TokenVerifier([issuer(counted(), { issuer: "" })], AUDIENCE), /empty/],
    ["an empty audience", () => new TokenVerifier([issuer(counted())], ""), /empty/],
  ])("cannot be %s", (_name, make, message) => {
    expect(make).toThrow(message);
  });

  it("may be none, and then no token is valid", async () => {
    expect(await new TokenVerifier([], AUDIENCE).verify(await forge.token(), NOW_MS)).toEqual(INVALID);
  });
});

describe("a token without kid", () => {
  it("is verified by whichever of the issuer's keys of its type signed it", async () => {
    const rotated = await newSigner("ES256", "ec-2");
    const verifier = verifierOf(inlineKeys(jwksOf(es256, rotated, rs256)));
    for (const signer of [es256, rotated, rs256])
      expect(await verifier.verify(await forge.token({ kid: undefined }, {}, signer), NOW_MS)).toMatchObject({
        ok: true,
      });
  });
});
