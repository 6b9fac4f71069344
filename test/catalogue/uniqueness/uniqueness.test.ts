import { describe, expect, it } from "vitest";
import { parseProfile } from "../../../src/catalogue/profile/profile";
import { profileOf, runOn, type Finding } from "../support";

const SKU_UNIQUE = { id: "sku_unique", field: "sku", check: { type: "unique" } };
const SKU_TRIM = {
  id: "sku_trim",
  field: "sku",
  check: { type: "normalized", trim: true, uppercase: true },
  fix: { type: "normalize", trim: true, uppercase: true },
  severity: "warning",
};

function duplicates(findings: readonly Finding[]): string[] {
  return findings
    .filter(({ code }) => code.endsWith("_DUPLICATE"))
    .map(({ rule_id, row, first }) => `${rule_id} ${row}<${first?.row}`);
}

const csv = (...lines: string[]): string => lines.join("\n");

describe("unique", () => {
  it("reports each later occurrence and names the first", async () => {
    const { findings, summary } = await runOn(
      profileOf([SKU_UNIQUE]),
      csv("sku,title", "A1,x", '"A2","two', 'lines"', "A1,y", "A3,z", "A1,w"),
    );
    expect(findings).toEqual([
      {
        row: 3,
        line: 5,
        column: 1,
        byte_offset: 32,
        field: "sku",
        rule_id: "sku_unique",
        code: "SKU_DUPLICATE",
        severity: "error",
        message: "sku: repeats an earlier row (unique).",
        value: "A1",
        expected: "unique",
        first: { row: 1, line: 2 },
      },
      expect.objectContaining({ row: 5, line: 7, first: { row: 1, line: 2 } }),
    ]);
    expect(summary.counters).toEqual({ total: 5, processed: 5, errors: 2, warnings: 0, corrections: 0 });
    expect(summary.byRule).toMatchObject([{ ruleId: "sku_unique", findings: 2 }]);
  });

  it.each([
    ["pt-BR", "sku: repete uma linha anterior (sem repetição)."],
    ["es", "sku: repite una fila anterior (sin repetición)."],
  ] as const)("says so in %s", async (locale, message) => {
    const { findings } = await runOn(profileOf([SKU_UNIQUE]), csv("sku", "A", "A"), { locale });
    expect(findings[0]?.message).toBe(message);
  });

  it("does not judge what is blank, absent, or in blank rows", async () => {
    const file = csv("title,sku", "a,", "b, ", "c", "d,\u00a0", ",", ",", "e,\u00a0\u2003");
    expect(duplicates((await runOn(profileOf([SKU_UNIQUE]), file)).findings)).toEqual([]);
    expect(duplicates((await runOn(profileOf([SKU_UNIQUE]), csv("title", "a", "a"))).findings)).toEqual([]);
  });

  it("compares trimmed values, however they are quoted", async () => {
    const file = csv(
      "sku,b",
      "A1,",
      '"A1",',
      " A1 ,",
      '"A1"  ,',
      "\u00a0A1,",
      '"6.4"" TV",',
      '6.4" TV,',
      "a1,",
    );
    const { findings } = await runOn(profileOf([SKU_UNIQUE]), file);
    expect(duplicates(findings)).toEqual([
      "sku_unique 2<1",
      "sku_unique 3<1",
      "sku_unique 4<1",
      "sku_unique 5<1",
      "sku_unique 7<6",
    ]);
  });

  it.each(["validate", "correct"] as const)(
    "compares what the output will hold, in mode %s",
    async (mode) => {
      const { findings } = await runOn(
        profileOf([SKU_TRIM, SKU_UNIQUE]),
        csv("sku", "a1", "A1", " b2", "B2"),
        { mode },
      );
      expect(duplicates(findings)).toEqual(["sku_unique 2<1", "sku_unique 4<3"]);
      expect(findings.find(({ row, code }) => row === 4 && code === "SKU_DUPLICATE")?.value).toBe("B2");
    },
  );

  it("compares what the input holds where fixes of that class are not applied", async () => {
    const profile = profileOf([SKU_TRIM, SKU_UNIQUE], { apply_fixes: [] });
    expect(duplicates((await runOn(profile, csv("sku", "a1", "A1"))).findings)).toEqual([]);
  });

  it("takes defaults that a fix invents for values, as the output will", async () => {
    const profile = profileOf(
      [
        {
          id: "sku_required",
          field: "sku",
          check: { type: "required" },
          fix: { type: "set_default", value: "NONE" },
        },
        SKU_UNIQUE,
      ],
      { apply_fixes: ["invented"] },
    );
    const { findings, outputText } = await runOn(profile, csv("sku,t", ",x", ",y", "NONE,z"));
    expect(outputText).toBe(csv("sku,t", "NONE,x", "NONE,y", "NONE,z"));
    expect(duplicates(findings)).toEqual(["sku_unique 2<1", "sku_unique 3<1"]);
  });

  it("ignores case where asked, beyond ASCII too, and accents never", async () => {
    const profile = profileOf([{ ...SKU_UNIQUE, check: { type: "unique", ignore_case: true } }]);
    const file = csv("sku", "Ação", "AÇÃO", "acao", "ΟΔΟΣ", "οδος", "b-1", "B-1");
    expect(duplicates((await runOn(profile, file)).findings)).toEqual([
      "sku_unique 2<1",
      "sku_unique 5<4",
      "sku_unique 7<6",
    ]);
  });

  it("takes the four lengths of a GTIN for one identity", async () => {
    const profile = profileOf([{ id: "gtin_unique", field: "gtin", check: { type: "unique", as: "gtin" } }]);
    const file = csv(
      "gtin,b",
      "012345678905,",
      "12345678905,",
      "0012345678905,",
      "00012345678905,",
      "96385074,",
      "0000096385074,",
      '"00000096385074",',
      "ABC,",
      "ABC,",
      "12345670 ,",
      "\u00a012345670,",
    );
    expect(duplicates((await runOn(profile, file)).findings)).toEqual([
      "gtin_unique 3<1",
      "gtin_unique 4<1",
      "gtin_unique 6<5",
      "gtin_unique 7<5",
      "gtin_unique 9<8",
      "gtin_unique 11<10",
    ]);
  });

  it("compares bytes where a row is not UTF-8", async () => {
    const clean = `filler,${"x".repeat(400_000)}`;
    const file = csv("sku,b", clean, "A\xe9,", "A\xe8,", " A\xe9,", "A1,", "\xe9,A1");
    const { findings, summary } = await runOn(
      profileOf([SKU_TRIM, SKU_UNIQUE]),
      Uint8Array.from(file, (char) => char.charCodeAt(0)),
    );
    expect(summary.counters.total).toBe(6);
    expect(duplicates(findings)).toEqual(["sku_unique 4<2"]);
  });

  it("judges only rows under its conditions, which read corrected values", async () => {
    const profile = profileOf([
      {
        id: "active_case",
        field: "active",
        check: { type: "normalized", lowercase: true },
        fix: { type: "normalize", lowercase: true },
        severity: "info",
      },
      { ...SKU_UNIQUE, when: "active == 'yes'", skip_if: "sku == 'FREE'" },
    ]);
    const file = csv("sku,active", "A,no", "A,YES", "A,no", "A,yes", "FREE,yes", "FREE,yes");
    expect(duplicates((await runOn(profile, file)).findings)).toEqual(["sku_unique 4<2"]);
  });

  it("counts a row once, by the worst it has", async () => {
    const profile = profileOf([
      { ...SKU_UNIQUE, severity: "warning" },
      { id: "ean_unique", field: "ean", check: { type: "unique" } },
      { id: "name_unique", field: "name", check: { type: "unique" }, severity: "info" },
    ]);
    const { summary } = await runOn(profile, csv("sku,ean,name", "A,1,n", "A,1,n", "A,2,n", "B,3,n"));
    expect(summary.counters).toMatchObject({ errors: 1, warnings: 1 });
    expect(summary.findingsTotal).toBe(6);
  });
});

describe("unique_together", () => {
  const VARIANT = {
    id: "variant",
    field: "sku",
    check: { type: "unique_together", fields: ["color", "size"], ignore_case: true },
  };

  it("compares several columns; blanks are values unless all are blank", async () => {
    const file = csv(
      "sku,color,size,x",
      "A,red,M,",
      "A,red,P,",
      "a,RED,m,",
      "A,,M,",
      "A,,M,",
      ",,,1",
      ",,,2",
      "A,redM,,",
      "Ared,M,,",
      "A",
      "A,,,",
      ",red,,",
      ",Red,,",
    );
    const { findings } = await runOn(profileOf([VARIANT]), file);
    expect(duplicates(findings)).toEqual(["variant 3<1", "variant 5<4", "variant 11<10", "variant 13<12"]);
    expect(findings.find(({ row, code }) => row === 13 && code === "SKU_DUPLICATE")).toMatchObject({
      value: "",
      column: 1,
      expected: "unique together with color, size",
    });
  });

  it("does without the columns that a file lacks", async () => {
    const { findings } = await runOn(profileOf([VARIANT]), csv("color,x", "red,1", "red,2", "blue,3"));
    expect(duplicates(findings)).toEqual(["variant 2<1"]);
    expect(findings[0]).toMatchObject({ column: null, field: "sku" });
  });
});

describe("the linter", () => {
  it.each([
    [{ ...SKU_UNIQUE, fix: { type: "set_default", value: "x" } }, "/rules/0/fix"],
    [{ ...SKU_UNIQUE, fix: { type: "normalize", trim: true } }, "/rules/0/fix"],
    [{ ...SKU_UNIQUE, check: { type: "unique", as: "gtin", ignore_case: true } }, "/rules/0/check"],
    [{ ...SKU_UNIQUE, check: { type: "unique", as: "isbn" } }, "/rules/0/check/as"],
    [
      { ...SKU_UNIQUE, check: { type: "unique_together", fields: ["color", "sku"] } },
      "/rules/0/check/fields/1",
    ],
    [
      { ...SKU_UNIQUE, check: { type: "unique_together", fields: ["color", "color"] } },
      "/rules/0/check/fields/1",
    ],
    [{ ...SKU_UNIQUE, check: { type: "unique_together", fields: [] } }, "/rules/0/check/fields"],
  ])("refuses %j", (rule, path) => {
    const parsed = parseProfile(profileOf([rule]));
    expect(parsed).toMatchObject({ ok: false, error: [expect.objectContaining({ path })] });
  });
});
