import { describe, expect, it } from "vitest";
import { compileFixes } from "../../src/catalogue/fixes/fixes";
import { suggester } from "../../src/catalogue/fixes/suggest";
import { FixSchema } from "../../src/catalogue/profile/fix-schema";
import { profileOf, runOn } from "./support";

/** The first offer of the fix, with its class. */
function offerOf(json: object, value: string, row: Record<string, string> = {}): string | null {
  for (const { apply, fixClass } of compileFixes(FixSchema.parse(json), {})) {
    const after = apply(value, (field) => row[field] ?? "");
    if (after !== null) return `${fixClass}: ${after}`;
  }
  return null;
}

describe("transforms", () => {
  const price = { type: "normalize_price" };
  const clean = { type: "clean_text" };
  const plain = { type: "clean_text", emoji: false };
  const gtin = { type: "extract_gtin" };
  it.each<[object, string, string | null]>([
    [price, "R$ 1.234,56", "safe: 1234.56"],
    [price, "10", "safe: 10"],
    [price, "10.005", "lossy: 10.01"],
    [price, "-10.005", "lossy: -10.01"],
    [price, "0.994", "lossy: 0.99"],
    [price, "9.999", "lossy: 10.00"],
    [price, "-0.001", "lossy: 0.00"],
    [{ ...price, scale: 0 }, "10,5", "lossy: 11"],
    [price, "1,234", null],
    [price, "abc", null],
    [clean, "<b>Tênis</b> azul", "lossy: Tênis azul"],
    [clean, "um<br/>dois<p class='x'>três</p>", "lossy: um dois três"],
    [clean, "1 < 2 > 0", "lossy: 1 < 2 > 0"],
    [clean, "A&ccedil;&atilde;o &amp; cia &#233; &#xE9; &nope;", "lossy: Ação & cia é é &nope;"],
    [clean, "&lt;b&gt;x&lt;/b&gt;", "lossy: x"],
    [clean, "a\u0000b\u200bc\u0007", "lossy: abc"],
    [clean, "a\tb\nc", "lossy: a\tb\nc"],
    [clean, "ok 👍🏽", "lossy: ok 👍🏽"],
    [plain, "ok👍🏽 🇧🇷 ❤️ 1️⃣ ©", "lossy: ok   1 ©"],
    [gtin, "EAN: 7891234567895", "safe: 7891234567895"],
    [gtin, "Código de barras 7891234567895.", "safe: 7891234567895"],
    [gtin, "Tênis 7891234567895 azul", "lossy: 7891234567895"],
    [gtin, "7891234567894", null],
    [gtin, "7891234567895 ou 036000291452", null],
    [gtin, "7891234567895 7891234567895", "safe: 7891234567895"],
    [gtin, "x7891234567895", null],
    [{ type: "concatenate", fields: ["b", "c"] }, " ", "invented: B C"],
    [{ type: "concatenate", fields: ["b", "c"], separator: "/" }, "", "invented: B/C"],
    [{ type: "concatenate", fields: ["z"] }, "", null],
    [{ type: "concatenate", fields: ["b"] }, "mine", null],
  ])("%j makes of '%s' %j", (fix, value, after) => {
    expect(offerOf(fix, value, { b: " B ", c: "C" })).toBe(after);
  });

  it("concatenate corrected values into a blank cell", async () => {
    const profile = profileOf(
      [
        {
          id: "t",
          field: "title",
          action: "transform",
          check: { type: "required" },
          fix: { type: "concatenate", fields: ["brand", "price"] },
        },
        { id: "p", field: "price", check: { type: "decimal" }, fix: { type: "normalize_decimal" } },
      ],
      { apply_fixes: ["safe", "invented"] },
    );
    const first = await runOn(profile, "title;brand;price\n;A;1,50\nown;A;2\n");
    expect(first.outputText).toBe("title;brand;price\nA 1.50;A;1.50\nown;A;2\n");
    expect((await runOn(profile, first.output)).summary.counters.corrections).toBe(0);
  });

  it("clean in time that grows with the text alone", () => {
    const nested = `${"&amp;".repeat(1)}${"amp;".repeat(100_000)}`;
    for (const text of ["<".repeat(200_000), "<a".repeat(100_000), "&".repeat(200_000), nested]) {
      expect(typeof offerOf(plain, text)).toBe("string");
    }
  });
});

describe("suggestions", () => {
  const suggest = suggester([
    ["Preto", "Preto"],
    ["Branco", "Branco"],
    ["black", "Preto"],
    ["Azul Marinho", "Azul Marinho"],
    ["Azul", "Azul"],
  ]);
  it.each<[string, [string, number][]]>([
    ["preto ", [["Preto", 1]]],
    ["Perto", [["Preto", 0.8]]],
    ["BLACK!", [["Preto", 1]]],
    [
      "azul escuro",
      [
        ["Azul", 0.67],
        ["Azul Marinho", 0.5],
      ],
    ],
    ["zzz", []],
    ["", []],
  ])("for '%s' are %j", (value, expected) => {
    expect(suggest(value).map(({ value: is, confidence }) => [is, confidence])).toEqual(expected);
  });

  it("are at most five, the likeliest first, in the set's order where they are equal", () => {
    const many = suggester(["abcx", "abcy", "abcz", "abcw", "abcv", "abcu", "abcd"].map((v) => [v, v]));
    expect(many("abcd").map(({ value }) => value)).toEqual(["abcd", "abcx", "abcy", "abcz", "abcw"]);
  });

  it("stand in the finding and are never applied", async () => {
    const profile = profileOf(
      [{ id: "s", field: "a", action: "suggest", check: { type: "in_set", values: ["Preto", "Azul"] } }],
      { apply_fixes: ["safe", "lossy", "invented"] },
    );
    const file = "a,b\nPerto,1\nAzul,2\nqqq,3\n";
    const { findings, outputText } = await runOn(profile, file);
    expect(outputText).toBe(file);
    expect(findings.map(({ row, suggestions }) => [row, suggestions])).toEqual([
      [1, [{ value: "Preto", confidence: 0.8 }]],
      [3, []],
    ]);
  });
});
