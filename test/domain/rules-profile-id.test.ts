import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canonicalChannel,
  compareVersions,
  parseRulesProfileId,
  pinProfile,
} from "../../src/domain/rules-profile-id";

const SEEDED = { seed: 1 };

describe("canonicalChannel", () => {
  it.each([
    ["mercado_livre", "mercado_livre"],
    ["ml", "mercado_livre"],
    ["MLB", "mercado_livre"],
    ["mercadolibre", "mercado_livre"],
    ["mercadolivre", "mercado_livre"],
    ["Meli", "mercado_livre"],
    ["amazonbr", "amazon"],
    ["magazineluiza", "magalu"],
    ["magazine_luiza", "magalu"],
    ["MGLU", "magalu"],
    ["AMER", "americanas"],
    ["lojas_americanas", "americanas"],
    ["ShopeeBR", "shopee"],
    ["shopee", "shopee"],
    ["acme_2", "acme_2"],
    [`a${"b".repeat(39)}`, `a${"b".repeat(39)}`],
  ])("of %j is %j", (text, channel) => {
    expect(canonicalChannel(text)).toBe(channel);
  });

  it.each([
    "",
    "a",
    "_a",
    "2a",
    "Acme",
    "acme-2",
    "ac me",
    "acme\n",
    "am\u0430zon",
    "\uff4d\uff4c",
    "constructor.",
    "__proto__",
    `a${"b".repeat(40)}`,
  ])("of %j does not exist", (text) => {
    expect(canonicalChannel(text)).toBeNull();
  });
});

describe("parseRulesProfileId", () => {
  it.each([
    ["ml@latest", "mercado_livre", "latest"],
    ["shopee@0.0.0", "shopee", "0.0.0"],
    ["acme@10.20.300", "acme", "10.20.300"],
    ["acme@999999999.0.1", "acme", "999999999.0.1"],
  ])("reads %j", (text, channel, version) => {
    expect(parseRulesProfileId(text)).toEqual({ ok: true, value: { channel, version } });
  });

  it.each([
    "",
    "@",
    "acme",
    "acme@",
    "@1.0.0",
    "acme@1",
    "acme@1.0",
    "acme@1.0.0.0",
    "acme@v1.0.0",
    "acme@01.0.0",
    "acme@1.0.0-rc.1",
    "acme@1.0.0+build",
    "acme@-1.0.0",
    "acme@1e3.0.0",
    "acme@\u0661.0.0",
    "acme@1.0.0 ",
    "acme@1.0.0\n",
    "acme@LATEST",
    "acme@latest@1.0.0",
    "acme@@1.0.0",
    "acme/../x@1.0.0",
    "acme@1234567890.0.0",
  ])("refuses %j", (text) => {
    expect(parseRulesProfileId(text)).toEqual({ ok: false, error: { reason: "malformed" } });
  });
});

describe("pinProfile", () => {
  const published = ["mercado_livre@1.9.0", "mercado_livre@1.10.0", "acme@2.0.0", "acme_2@9.0.0"];

  it.each([
    ["ml@latest", "mercado_livre@1.10.0"],
    ["mercado_livre@1.9.0", "mercado_livre@1.9.0"],
    ["acme@latest", "acme@2.0.0"],
  ])("pins %j to %j", (text, pinned) => {
    expect(pinProfile(text, published)).toEqual({ ok: true, value: pinned });
  });

  it.each([
    ["acme@1.0.0", "unpublished"],
    ["shopee@latest", "unpublished"],
    ["acme@2", "malformed"],
  ])("refuses %j as %s", (text, reason) => {
    expect(pinProfile(text, published)).toEqual({ ok: false, error: { reason } });
  });
});

describe("compareVersions", () => {
  it.each([
    ["1.0.0", "1.0.0", 0],
    ["1.9.0", "1.10.0", -1],
    ["2.0.0", "1.99.99", 1],
    ["0.0.2", "0.0.10", -1],
  ])("puts %s and %s in order", (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign);
  });

  it("is the order of the three numbers", () => {
    const version = fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20));
    fc.assert(
      fc.property(version, version, (a, b) => {
        const weigh = ([x, y, z]: [number, number, number]) => x * 10_000 + y * 100 + z;
        expect(Math.sign(compareVersions(a.join("."), b.join(".")))).toBe(Math.sign(weigh(a) - weigh(b)));
      }),
      SEEDED,
    );
  });
});
