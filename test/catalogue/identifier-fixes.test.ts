import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileProfile, type CompiledRule } from "../../src/catalogue/profile/compile";
import { parseProfile } from "../../src/catalogue/profile/profile";
import { finds, offerFix } from "../../src/catalogue/fixes/correction";
import { cnpj, cpf, gs1, isbn10 } from "./check-digits";
import { profileOf, runOn } from "./support";

const BARE = { type: "normalize_identifier" };
const UPC = { type: "gtin", kinds: ["GTIN-12", "GTIN-13"] };

function ruleOf(check: object, fix: object): CompiledRule {
  const parsed = parseProfile(profileOf([{ id: "r", field: "a", check, fix }]));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return compileProfile(parsed.value).columns[0]!.rules[0]!;
}

function faultsOf(check: object, fix?: object): string[] {
  const parsed = parseProfile(profileOf([{ id: "r", field: "a", check, ...(fix ? { fix } : {}) }]));
  return parsed.ok ? [] : parsed.error.map(({ path, message }) => `${path} ${message}`);
}

describe("fixes of identifiers", () => {
  it.each<[object, object, string, string | null]>([
    [{ type: "ncm" }, BARE, "8517.13.00", "85171300"],
    [{ type: "ncm" }, BARE, " 8517 13 00", "85171300"],
    [{ type: "ncm" }, BARE, "85171300.0", "85171300"],
    // One dot may be a decimal point, a lost zero is not given back, a hyphen in front is a sign.
    [{ type: "ncm" }, BARE, "8517.1300", null],
    [{ type: "ncm" }, BARE, "1012.10.0", null],
    [{ type: "ncm" }, BARE, "-85171300", null],
    [{ type: "ncm" }, BARE, "77.00.00.00", null],
    [{ type: "cest" }, BARE, "21.053.00", "2105300"],
    [{ type: "cep" }, BARE, "01310-100", "01310100"],
    [{ type: "cep" }, BARE, "01.310-100", "01310100"],
    [{ type: "cpf" }, BARE, "529.982.247-25", "52998224725"],
    [{ type: "cpf" }, BARE, "529.982.247-26", null],
    [{ type: "cpf" }, BARE, "111.111.111-11", null],
    [{ type: "cnpj" }, BARE, "11.222.333/0001-81", "11222333000181"],
    [{ type: "cnpj" }, BARE, "12.abc.345/01de-35", "12ABC34501DE35"],
    [{ type: "isbn" }, BARE, "978-0-306-40615-7", "9780306406157"],
    [{ type: "isbn" }, BARE, "0–8044–2957–x", "080442957X"],
    [{ type: "isbn" }, BARE, "978-0-306-40615-8", null],
    [{ type: "gtin" }, BARE, "789 1000 315507", "7891000315507"],
    [{ type: "format", format: "gtin" }, BARE, "7891000-315507", "7891000315507"],
    // Joined, the digits of 7891000315507.0 could be a GTIN-14.
    [{ type: "gtin" }, BARE, "7891000315507.0", "7891000315507"],
    [{ type: "gtin" }, BARE, '="7891000315507"', "7891000315507"],
    [{ type: "gtin" }, BARE, "'7891000315507", "7891000315507"],
    [{ type: "gtin" }, BARE, '="7891000315507', null],
    [{ type: "gtin" }, BARE, "7,89E+12", null],
    [{ type: "gtin", prefixes: "any" }, BARE, "7.89E+12", null],
    [{ type: "upc_e" }, BARE, "0-654321-7", "06543217"],
    [{ type: "cep" }, { type: "pad", length: 8, char: "0" }, "1310100", "01310100"],
    [{ type: "cnpj" }, { type: "pad", length: 14, char: "0" }, "191", "00000000000191"],
    [{ type: "cnpj" }, { type: "pad", length: 14, char: "0" }, "192", null],
    [UPC, { type: "expand_upc_e" }, "06543217", "065100004327"],
    [UPC, { type: "expand_upc_e" }, "06543218", null],
    [{ type: "gtin" }, { type: "pad_gtin" }, "36000291452", "036000291452"],
    [{ type: "gtin" }, { type: "pad_gtin" }, "36000291453", null],
    [{ type: "gtin" }, { type: "pad_gtin" }, "6000291452", null],
  ])("%j with %j makes '%s' '%s'", (check, fix, value, after) => {
    expect(offerFix(ruleOf(check, fix), value)?.after ?? null).toBe(after);
  });

  it("are safe where nothing is added: a zero that the file does not hold is invented", () => {
    const classOf = (fix: object, value: string) => offerFix(ruleOf(UPC, fix), value)?.fixClass;
    expect(classOf(BARE, "036000-291452")).toBe("safe");
    expect(classOf({ type: "expand_upc_e" }, "06543217")).toBe("safe");
    expect(classOf({ type: "pad_gtin" }, "36000291452")).toBe("invented");
  });

  it("keep their laws: the check takes the result, and twice changes nothing", () => {
    const digits = (length: number) =>
      fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: length, maxLength: length });
    const kinds: readonly [object, fc.Arbitrary<string>][] = [
      [{ type: "gtin" }, digits(12).map(gs1)],
      [{ type: "isbn" }, digits(9).map(isbn10)],
      [{ type: "cpf" }, digits(9).map(cpf)],
      [{ type: "cnpj" }, digits(12).map(cnpj)],
      [{ type: "ncm" }, digits(8)],
      [{ type: "cest" }, digits(7)],
      [{ type: "cep" }, digits(8)],
    ];
    const written = fc.constantFrom(...kinds).chain(([check, arbitrary]) =>
      fc.record({
        check: fc.constant(check),
        whole: arbitrary,
        marks: fc.array(fc.constantFrom("", "", "", ".", "-", "/", " ", "--", "+"), {
          minLength: 14,
          maxLength: 14,
        }),
      }),
    );
    let offers = 0;
    fc.assert(
      fc.property(written, ({ check, whole, marks }) => {
        const value = [...whole].map((char, at) => (at === 0 ? char : `${marks[at]}${char}`)).join("");
        const rule = ruleOf(check, BARE);
        if (!finds(rule, value)) return;
        const offer = offerFix(rule, value);
        if (!offer) return;
        offers++;
        expect(offer.after).toBe(whole);
        expect(finds(rule, offer.after)).toBe(false);
        expect(rule.fixes[0]!.apply(offer.after)).toBe(offer.after);
      }),
      { seed: 51, numRuns: 2000 },
    );
    expect(offers).toBeGreaterThan(300);
  });

  it("leave nothing for a second run", async () => {
    const profile = profileOf([
      { id: "gtin", field: "gtin", check: { type: "gtin", prefixes: "sold" }, fix: BARE },
      { id: "ncm", field: "ncm", check: { type: "ncm" }, fix: BARE },
      { id: "cnpj", field: "cnpj", check: { type: "cnpj" }, fix: BARE },
      {
        id: "peso",
        field: "peso",
        check: { type: "measure", units: ["kg"] },
        fix: { type: "convert_units", to: "kg" },
      },
      { id: "caixa", field: "caixa", check: { type: "dimensions" }, fix: { type: "format_dimensions" } },
    ]);
    const file =
      "gtin;ncm;cnpj;peso;caixa\n" +
      "789-1000-31550-7;8517.13.00;12.ABC.345/01DE-35;1500 g;10,5 x 20 x 30 cm\n" +
      "7,89E+12;85171300;12ABC34501DE35;1.5 kg;10x20x30\n";
    const first = await runOn(profile, file);
    expect(first.outputText).toBe(
      "gtin;ncm;cnpj;peso;caixa\n" +
        "7891000315507;85171300;12ABC34501DE35;1.5 kg;10.5x20x30 cm\n" +
        "7,89E+12;85171300;12ABC34501DE35;1.5 kg;10x20x30\n",
    );
    expect(first.findings.map(({ row, code }) => `${row} ${code}`)).toEqual([
      "1 GTIN_INVALID_FORMAT",
      "1 NCM_INVALID_FORMAT",
      "1 CNPJ_INVALID_FORMAT",
      "1 PESO_INVALID_FORMAT",
      "1 CAIXA_INVALID_FORMAT",
      "2 GTIN_SCIENTIFIC_NOTATION",
    ]);
    expect(first.findings.at(-1)?.message).toContain("digits are lost");
    const second = await runOn(profile, first.output);
    expect(second.summary.counters.corrections).toBe(0);
    expect(second.outputText).toBe(first.outputText);
  });
});

describe("the linter of identifiers", () => {
  const WEIGHT = { type: "measure", units: ["kg", "g"] };
  it.each<[string, object, object | undefined, string]>([
    ["a fix of another kind", { type: "email" }, BARE, "/rules/0/fix"],
    ["a fix of another format", { type: "format", format: "integer" }, BARE, "/rules/0/fix"],
    ["two readings of eight digits", { type: "gtin" }, { type: "expand_upc_e" }, "/rules/0/fix"],
    [
      "two readings, said by kinds",
      { ...UPC, kinds: ["GTIN-8", "GTIN-12"] },
      { type: "expand_upc_e" },
      "/rules/0/fix",
    ],
    [
      "a GTIN-12 that is not among the kinds",
      { type: "gtin", kinds: ["GTIN-13"] },
      { type: "pad_gtin" },
      "/rules/0/fix",
    ],
    ["a unit that the check refuses", WEIGHT, { type: "convert_units", to: "t" }, "/rules/0/fix/to"],
    ["units of two quantities", { type: "measure", units: ["kg", "cm"] }, undefined, "/rules/0/check/units"],
    [
      "a conversion of data",
      { type: "measure", units: ["GB", "TB"] },
      { type: "convert_units", to: "GB" },
      "/rules/0/fix/to",
    ],
    ["no unit", { type: "measure", units: [] }, undefined, "/rules/0/check/units"],
    ["min above max", { ...WEIGHT, min: 2, max: 1 }, undefined, "/rules/0/check"],
    ["a count without a separator", { type: "image_url", min: 1 }, undefined, "/rules/0/check"],
    [
      "a separator that is part of addresses",
      { type: "image_url", separator: "/" },
      undefined,
      "/rules/0/check/separator",
    ],
    ["no kind of GTIN", { type: "gtin", kinds: [] }, undefined, "/rules/0/check/kinds"],
  ])("refuses %s", (_, check, fix, path) => {
    expect(faultsOf(check, fix).map((fault) => fault.split(" ")[0])).toEqual([path]);
  });
});
