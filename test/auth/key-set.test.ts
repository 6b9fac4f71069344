import { describe, expect, it } from "vitest";
import { parseKeySet } from "../../src/auth/key-set";
import { jwksOf, newSigner, publicJwk } from "./signing";

const es256 = await newSigner("ES256", "ec");
const rs256 = await newSigner("RS256", "rsa");
const eddsa = await newSigner("EdDSA", "ed");
const set = (...keys: readonly unknown[]) => parseKeySet(JSON.stringify({ keys }));
const ec = publicJwk(es256);

describe("parseKeySet", () => {
  it.each([
    ["nothing", "", /not usable JSON/],
    ["no JSON", "{", /not usable JSON/],
    ["a name twice", '{"keys":[],"keys":[]}', /duplicate_name/],
    ["a list", "[]", /list "keys"/],
    ["no keys", "{}", /list "keys"/],
    ["keys that are no list", '{"keys":{}}', /list "keys"/],
    ["a key that is no object", '{"keys":[null]}', /list "keys"/],
    ["too many keys", JSON.stringify({ keys: Array(65).fill({}) }), /more than 64 keys/],
    ["too long a text", JSON.stringify({ keys: [], padding: "x".repeat(65_536) }), /longer than 65536/],
  ])("throws at %s", (_name, text, message) => {
    expect(() => parseKeySet(text)).toThrow(message);
  });

  it("passes over keys it cannot use, and keeps the others", () => {
    const unusable = [
      {},
      { kty: "oct", k: "AAAA", kid: "ec" },
      { ...ec, use: "enc" },
      { ...ec, alg: "ES512" },
      { ...publicJwk(eddsa), crv: "X25519" },
      { ...publicJwk(rs256), n: publicJwk(rs256).n?.slice(0, 200) },
      { ...publicJwk(rs256), e: "AQ" },
      { ...publicJwk(rs256), e: "Ag" },
    ];
    expect(set(...unusable).size).toBe(0);
    expect(set(...unusable, ec, publicJwk(eddsa), publicJwk(rs256)).size).toBe(3);
  });

  it.each([
    ["use sig", { use: "sig" }],
    ["key_ops verify", { key_ops: ["verify"] }],
    ["its algorithm", { alg: "ES256" }],
    ["a certificate and unknown members", { x5c: ["AAAA"], x5t: "AAAA", issued: 1 }],
  ])("keeps a key with %s", async (_name, members) => {
    expect(await set({ ...ec, ...members }).matching({ alg: "ES256", kid: "ec" })).toHaveLength(1);
  });
});

describe("a key set's match", () => {
  const all = parseKeySet(jwksOf(es256, rs256, eddsa));

  it.each([
    ["ES256", "ec", 1],
    ["RS256", "rsa", 1],
    ["EdDSA", "ed", 1],
    ["Ed25519", "ed", 1],
    ["ES256", null, 1],
    ["RS256", null, 1],
    ["ES256", "rsa", 0],
    ["RS256", "ec", 0],
    ["EdDSA", "ec", 0],
    ["ES256", "other", 0],
    ["ES256", "", 0],
  ] as const)("for %s and kid %s has %i keys", async (alg, kid, count) => {
    expect(await all.matching({ alg, kid })).toHaveLength(count);
  });

  it("is a public key that can do nothing but verify, even if its private half was published", async () => {
    const leaked = set(
      { ...es256.jwk, kid: "ec", key_ops: undefined },
      { ...rs256.jwk, kid: "rsa", key_ops: undefined },
    );
    for (const [alg, kid] of [
      ["ES256", "ec"],
      ["RS256", "rsa"],
    ] as const) {
      const [key] = await leaked.matching({ alg, kid });
      expect(key).toMatchObject({ type: "public", extractable: false, usages: ["verify"] });
    }
  });

  it("is the same imported key each time", async () => {
    const [first] = await all.matching({ alg: "RS256", kid: "rsa" });
    const [second] = await all.matching({ alg: "RS256", kid: null });
    expect(second).toBe(first);
  });

  it("has at most four keys for a token without kid", async () => {
    const keys = await Promise.all(Array.from({ length: 6 }, (_, at) => newSigner("EdDSA", `ed-${at}`)));
    expect(await parseKeySet(jwksOf(...keys)).matching({ alg: "EdDSA", kid: null })).toHaveLength(4);
    expect(await parseKeySet(jwksOf(...keys)).matching({ alg: "EdDSA", kid: "ed-5" })).toHaveLength(1);
  });
});
