import { describe, expect, it } from "vitest";
import { normaliseTenantHeader, parseTenantId } from "../../src/domain/tenant-id";

describe("parseTenantId", () => {
  it.each(["t_a", "t_0", "t__", "t_acme", "t_acme_2", `t_${"a".repeat(47)}`])("takes %j as it is", (text) => {
    expect(parseTenantId(text)).toBe(text);
  });

  it.each([
    "",
    "t_",
    "t",
    "a",
    "acme",
    "T_acme",
    "t_Acme",
    "t-acme",
    "t_ac-me",
    "t_ac.me",
    "t_acme/0",
    "t_acme ",
    " t_acme",
    "t_acme\n",
    "t_acme\u0000",
    "t_a\u0441me",
    "t_\u0430cme",
    "t_acm\u00e9",
    "t_acme\u0301",
    "\uff54\uff3f\uff41",
    "t_\uff41cme",
    "t\uff3facme",
    "t_\u212a",
    "t_ac\u200dme",
    "t_acme%00",
    `t_${"a".repeat(48)}`,
  ])("refuses %j", (text) => {
    expect(parseTenantId(text)).toBeNull();
  });
});

describe("normaliseTenantHeader", () => {
  it.each([
    ["  t_acme\t", "t_acme"],
    ["T_ACME", "t_acme"],
    ["\r\n t_Acme \f", "t_acme"],
    ["", ""],
    [" \t ", ""],
  ])("makes of %j %j", (header, expected) => {
    expect(normaliseTenantHeader(header)).toBe(expected);
  });

  it.each([
    "\u00a0t_acme",
    "t_acme\u2003",
    "\ufefft_acme",
    "T_\u212aELVIN",
    "t_\u0130d",
    "t_a, t_b",
    "t_a t_b",
  ])("makes no id of the look-alike %j", (header) => {
    expect(parseTenantId(normaliseTenantHeader(header))).toBeNull();
  });

  it("takes time in proportion to the header, whatever is in it", () => {
    const header = `t_${" ".repeat(1_000_000)}a`;
    expect(normaliseTenantHeader(header)).toBe(header);
  });
});
