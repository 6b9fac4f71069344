import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, sha256Bytes, sha256Hex } from "../../src/crypto/canonical-json";

const SEEDED = { seed: 1 };

/** The same value with its members in the opposite order, all the way down. */
function mirrored(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mirrored);
  if (typeof value !== "object" || value === null) return value;
  const mirror: Record<string, unknown> = Object.create(null);
  for (const [key, member] of Object.entries(value).reverse()) mirror[key] = mirrored(member);
  return mirror;
}

describe("canonicalJson", () => {
  it("writes the example of RFC 8785 §3.2.2 as §3.2.3 has it", () => {
    const value = JSON.parse(String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`);
    expect(canonicalJson(value)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  it("sorts members by UTF-16 code units", () => {
    const names = ["\u20ac", "\r", "\ufb33", "1", "\u{1f600}", "\u0080", "\u00f6"];
    const value = Object.fromEntries(names.map((name) => [name, 0]));
    expect(Object.keys(JSON.parse(canonicalJson(value)))).toEqual(expect.arrayContaining(names));
    expect(canonicalJson(value)).toBe(
      '{"\\r":0,"1":0,"\u0080":0,"\u00f6":0,"\u20ac":0,"\u{1f600}":0,"\ufb33":0}',
    );
  });

  it("does not depend on the order of members or on white space, and loses nothing", () => {
    const values = fc.jsonValue({ depthSize: "medium" }).map((value) => JSON.parse(JSON.stringify(value)));
    fc.assert(
      fc.property(values, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(mirrored(value))).toBe(text);
        expect(canonicalJson(JSON.parse(JSON.stringify(value, null, 2)))).toBe(text);
        expect(JSON.parse(text)).toEqual(value);
      }),
      SEEDED,
    );
  });

  it.each([
    ["undefined", undefined],
    ["a function", () => 1],
    ["a symbol", Symbol("s")],
    ["a big integer", 1n],
    ["NaN", Number.NaN],
    ["an infinity", Number.POSITIVE_INFINITY],
    ["a lone surrogate", "\ud800"],
    ["a date", new Date(0)],
    ["a map", new Map([["a", 1]])],
    ["bytes", new Uint8Array(2)],
  ])("refuses %s, alone and deep inside", (_name, value) => {
    expect(() => canonicalJson(value)).toThrow();
    expect(() => canonicalJson([value])).toThrow();
    expect(() => canonicalJson({ a: [{ b: value }] })).toThrow();
  });

  it("refuses what refers to itself", () => {
    const loop: Record<string, unknown> = {};
    loop["self"] = loop;
    expect(() => canonicalJson(loop)).toThrow();
  });
});

describe("sha256", () => {
  it("is the digest of FIPS 180-4's example, of text and of bytes", () => {
    const digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect(sha256Hex("abc")).toBe(digest);
    expect(sha256Hex(new TextEncoder().encode("abc"))).toBe(digest);
    expect(Buffer.from(sha256Bytes("abc")).toString("hex")).toBe(digest);
  });

  it("hashes text as UTF-8", () => {
    expect(sha256Hex("ç")).toBe(sha256Hex(new Uint8Array([0xc3, 0xa7])));
  });
});
