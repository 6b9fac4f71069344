import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { numberFault, numberOf, plainForm, readNumber } from "../../src/catalogue/checks/number-text";

const FORMATS = [null, "mixed", "br", "en"] as const;

describe("plainForm", () => {
  it.each([
    ["1234", "1234"],
    ["-0.5", "-0.5"],
    ["007", "007"],
    ["0.500", "0.500"],
    ["1234.567", "1234.567"],
    ["1.234,56", "1234.56"],
    ["R$ 1.234,56", "1234.56"],
    ["R$\u00a01.234,56", "1234.56"],
    ["BRL 1.234,56", "1234.56"],
    ["1.234,56 R$", "1234.56"],
    ["r$10", "10"],
    ["1,234.56", "1234.56"],
    ["1.234.567", "1234567"],
    ["1,234,567", "1234567"],
    ["1,234,567.8", "1234567.8"],
    ["1 234,56", "1234.56"],
    ["1\u202f234.56", "1234.56"],
    ["1\u2009234\u2009567", "1234567"],
    ["1'234.56", "1234.56"],
    ["1’234’567,8", "1234567.8"],
    ["10,5", "10.5"],
    ["1234,567", "1234.567"],
    ["0,500", "0.500"],
    ["-5,00", "-5.00"],
    ["\u22125,00", "-5.00"],
    ["+5,00", "5.00"],
    ["-R$ 5,00", "-5.00"],
    ["R$ -5,00", "-5.00"],
    [" 10.50 ", "10.50"],
  ])("reads %s as %s, whatever its column", (text, plain) => {
    for (const format of FORMATS) expect(plainForm(text, format)).toBe(plain);
  });

  it.each([
    ["1.234", "1.234", null, "1234", "1.234"],
    ["-1.234", "-1.234", null, "-1234", "-1.234"],
    ["R$ 1.234", null, null, "1234", "1.234"],
    [" 1.234", null, null, "1234", "1.234"],
    ["+1.234", null, null, "1234", "1.234"],
    ["1,234", null, null, "1.2340", "1234"],
    ["-1,230", null, null, "-1.23", "-1230"],
    ["R$ 12,000", null, null, "12.00", "12000"],
  ])("reads %s by its column", (text, ...plain) => {
    expect(FORMATS.map((format) => plainForm(text, format))).toEqual(plain);
  });

  it.each([
    "",
    "abc",
    "1.2.3",
    "1,2,3",
    "12,34.5",
    "1.234,",
    "1.234 567",
    "1 234'567",
    "0.123.456",
    "--5",
    "-R$ -5",
    "R$",
    "5-",
    "(5)",
    "12%",
    "US$ 5",
    "€ 5",
    "1e3",
    "7,89E+12",
    "1".repeat(41),
  ])("does not read '%s'", (text) => {
    for (const format of FORMATS) expect(plainForm(text, format)).toBeNull();
  });

  it("writes what its own column reads as the same number, and as no other text", () => {
    const text = fc.string({ unit: fc.constantFrom(..."0123450.,.,. '-R$"), maxLength: 12 });
    const number = fc.tuple(
      fc.integer({ min: 1, max: 999 }),
      fc.constantFrom(".", ","),
      fc.integer({ min: 100, max: 999 }),
    );
    const texts = fc.oneof(
      text,
      number.map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(texts, fc.constantFrom(...FORMATS), (before, format) => {
        const after = plainForm(before, format);
        if (after === null) return;
        expect(plainForm(after, format)).toBe(after);
        expect(numberFault(after, format)).toBeNull();
        expect(numberOf(after, null)).toBe(numberOf(before, format));
      }),
      { seed: 31, numRuns: 3000 },
    );
  });
});

describe("readNumber", () => {
  it.each([
    ["1.234,5", "br"],
    ["1.234.567", "br"],
    ["1 234,5", "br"],
    ["10,5", "br"],
    ["1,234.5", "en"],
    ["1,234,567", "en"],
    ["R$ 10.5", "en"],
    ["10.5", "en"],
    ["1 234", null],
    ["1'234'567", null],
    ["+5", null],
  ])("tells whose writing %s is", (text, format) => {
    expect(readNumber(text)).toMatchObject({ type: "sure", format, isPlain: text === "10.5" });
  });
});
