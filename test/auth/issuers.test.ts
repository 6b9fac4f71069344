import { describe, expect, it } from "vitest";
import { readAccess, readIssuers, type IssuerSettings } from "../../src/auth/issuers";
import { exportJWK, generateKeyPair } from "jose";

const asked: string[] = [];
const ports = {
  fetchJwks: async (url: string) => {
    asked.push(url);
    return new Response("{}", { status: 500 });
  },
  allowLoopback: false,
  onFailure: () => undefined,
};
const NONE: IssuerSettings = { issuer: "https://a/", jwks: "", jwksUrl: "", issuers: "" };
const jwks = async () => {
  const { publicKey } = await generateKeyPair("ES256");
  return { keys: [{ ...(await exportJWK(publicKey)), kid: "k", alg: "ES256" }] };
};

describe("readIssuers", () => {
  it("knows nobody where nothing is configured", () => {
    expect(readIssuers(NONE, ports)).toEqual([]);
  });

  it("takes the main issuer's keys inline or by URL, and further issuers with their tenants", async () => {
    const keys = await jwks();
    const issuers = JSON.stringify([
      { issuer: "https://b/", jwks: keys, tenants: ["t_b"] },
      { issuer: "https://c/", jwks_url: "https://c/jwks.json" },
    ]);
    const inline = readIssuers({ ...NONE, jwks: JSON.stringify(keys), issuers }, ports);
    expect(inline.map(({ issuer, tenants }) => [issuer, tenants])).toEqual([
      ["https://a/", null],
      ["https://b/", ["t_b"]],
      ["https://c/", null],
    ]);
    expect(readIssuers({ ...NONE, jwksUrl: "https://a/jwks.json" }, ports)).toHaveLength(1);
    expect(asked).toEqual([]);
  });

  it.each<[string, Partial<IssuerSettings>, RegExp]>([
    ["no JSON", { issuers: "[" }, /JWT_ISSUERS is not JSON/],
    ["no list", { issuers: "{}" }, /JWT_ISSUERS must be a JSON list/],
    ["no object", { issuers: "[1]" }, /no JSON object/],
    ["no issuer", { issuers: "[{}]" }, /lacks an issuer/],
    ["no keys", { issuers: '[{"issuer":"https://b/"}]' }, /needs jwks or jwks_url/],
    [
      "tenants that are no list",
      { issuers: '[{"issuer":"https://b/","jwks_url":"https://b/","tenants":"t_b"}]' },
      /list of tenant ids/,
    ],
    ["keys that are none", { jwks: '{"keys":[]}' }, /JWT_JWKS/],
    ["a URL without TLS", { jwksUrl: "http://a/jwks.json" }, /JWT_JWKS/],
    ["a loopback URL outside of development", { jwksUrl: "http://127.0.0.1/jwks.json" }, /JWT_JWKS/],
  ])("names the variable with %s", (_name, more, message) => {
    expect(() => readIssuers({ ...NONE, ...more }, ports)).toThrow(message);
  });
});

describe("readAccess", () => {
  it("is off when empty, and asks Access for its keys where none are given", async () => {
    expect(readAccess("", ports)).toBeNull();
    const issuer = "https://team.cloudflareaccess.com/";
    const access = readAccess(JSON.stringify({ issuer, audience: "aud" }), ports);
    expect(access).toMatchObject({ audience: "aud", terms: { issuer: "https://team.cloudflareaccess.com" } });
    await access?.terms.keys.keysFor({ alg: "RS256", kid: "k" }, 0);
    expect(asked).toEqual(["https://team.cloudflareaccess.com/cdn-cgi/access/certs"]);
  });

  it.each(["{", "[]", '{"issuer":"https://a/"}', '{"audience":"a"}'])("refuses %s by name", (text) => {
    expect(() => readAccess(text, ports)).toThrow(/ACCESS/);
  });
});
