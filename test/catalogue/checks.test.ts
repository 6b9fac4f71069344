import { describe, expect, it } from "vitest";
import { compileCheck } from "../../src/catalogue/checks/checks";
import { CheckSchema } from "../../src/catalogue/profile/check-schema";

const MAPPINGS = { condition: { novo: "new", usado: "used" } };

function checkOf(json: object) {
  return compileCheck(CheckSchema.parse(json), MAPPINGS);
}

const CASES: readonly (readonly [object, Readonly<Record<string, string | null>>])[] = [
  [{ type: "required" }, { a: null, "": "REQUIRED", "  \u00a0": "REQUIRED", é: null }],
  [
    { type: "integer" },
    {
      "0": null,
      "-12": null,
      "007": null,
      "1.5": "INVALID_FORMAT",
      "1,5": "INVALID_FORMAT",
      "1.500": "AMBIGUOUS",
      "1 500": "INVALID_FORMAT",
      abc: "NOT_NUMERIC",
    },
  ],
  [
    { type: "decimal", scale: 2 },
    {
      "10": null,
      "10.99": null,
      "-0.5": null,
      "10.999": "DECIMAL_PLACES",
      "10,99": "INVALID_FORMAT",
      "R$ 10.99": "INVALID_FORMAT",
      " 10.99": "INVALID_FORMAT",
      "1.": "INVALID_FORMAT",
      "1e5": "NOT_NUMERIC",
      "7,89E+12": "NOT_NUMERIC",
      "1,234": "AMBIGUOUS",
      "R$ 1.234": "AMBIGUOUS",
      "US$ 10.99": "INVALID_FORMAT",
      "12%": "INVALID_FORMAT",
      "(5,00)": "INVALID_FORMAT",
      "5-": "INVALID_FORMAT",
      "sob consulta": "NOT_NUMERIC",
    },
  ],
  [
    { type: "decimal_places", max: 0 },
    { "10": null, "10.5": "DECIMAL_PLACES" },
  ],
  [{ type: "boolean" }, { sim: null, Não: null, TRUE: null, "0": null, talvez: "INVALID_VALUE" }],
  [
    { type: "url" },
    {
      "https://a.com/b?c=1": null,
      "http://a": null,
      "ftp://a.com": "INVALID_FORMAT",
      "a.com": "INVALID_FORMAT",
    },
  ],
  [{ type: "email" }, { "a.b+c@loja.com.br": null, "a@b": "INVALID_FORMAT", "@b.com": "INVALID_FORMAT" }],
  [
    { type: "date" },
    {
      "2024-02-29": null,
      "29/02/2024": null,
      "2023-02-29": "INVALID_FORMAT",
      "31/04/2024": "INVALID_FORMAT",
      "12/3/24": "AMBIGUOUS",
      "03/04/2024": "AMBIGUOUS",
      "05/05/2024": null,
      "12/25/2024": "INVALID_FORMAT",
      "25-12-2024": "INVALID_FORMAT",
      "2024-03-12T10:00:00": "INVALID_FORMAT",
      "12 mar 2024": "INVALID_FORMAT",
    },
  ],
  [
    { type: "date", format: "iso", min: "2024-01-31", max: "2024-12-31" },
    {
      "2024-01-31": null,
      "2024-12-31": null,
      "2024-01-30": "TOO_LOW",
      "01 jan 2025": "TOO_HIGH",
      "31/12/2024": "INVALID_FORMAT",
      "2024-02-30": "INVALID_FORMAT",
      "2024-06-00": "INVALID_FORMAT",
      "2024-13-01": "INVALID_FORMAT",
      "2024-3-1": "INVALID_FORMAT",
    },
  ],
  [
    { type: "length", min: 2, max: 3 },
    { a: "TOO_SHORT", ab: null, "😀😀😀": null, "😀😀😀😀": "TOO_LONG", ção: null },
  ],
  [
    { type: "length_min", value: 3 },
    { ab: "TOO_SHORT", abc: null },
  ],
  [
    { type: "length_max", max: 3 },
    { abcd: "TOO_LONG", "": null },
  ],
  [
    { type: "range", min: 0.01, max: 999_999.99 },
    {
      "0.01": null,
      "0": "TOO_LOW",
      "1000000": "TOO_HIGH",
      "1.234,56": null,
      "R$ 10,00": null,
      "1,234": "AMBIGUOUS",
      "1.234": null,
      x: "NOT_NUMERIC",
    },
  ],
  [
    { type: "numeric_min", value: 1 },
    { "1": null, "0.99": "TOO_LOW" },
  ],
  [
    { type: "numeric_max", max: 5 },
    { "5": null, "-7": null, "5.01": "TOO_HIGH" },
  ],
  [
    { type: "in_set", mapping: "condition" },
    { new: null, used: null, novo: "INVALID_VALUE", NEW: "INVALID_VALUE" },
  ],
  [
    { type: "enum", values: ["Preto"], ignore_case: true },
    { PRETO: null, preto: null, azul: "INVALID_VALUE" },
  ],
  [
    { type: "regex", pattern: "^MLB\\d+$" },
    { MLB1: null, MLB: "INVALID_FORMAT", xMLB1: "INVALID_FORMAT" },
  ],
  [
    { type: "pattern", pattern: "^[a-zà-ú]+$", ignore_case: true },
    { AÇÃO: null, a1: "INVALID_FORMAT" },
  ],
  [
    { type: "gtin" },
    {
      "7891000315507": null,
      "789100031550": "CHECK_DIGIT",
      "7891000315508": "CHECK_DIGIT",
      "96385074": null,
      "036000291452": null,
      "10614141000415": null,
      "123": "INVALID_FORMAT",
      "789100031550X": "INVALID_FORMAT",
    },
  ],
  [
    { type: "forbidden_chars", chars: "<>ç" },
    { "a b": null, "a<b": "FORBIDDEN_CHARS", ção: "FORBIDDEN_CHARS", ã: null },
  ],
  [
    { type: "item_count", min: 1, max: 2 },
    { "a,b": null, a: null, "a,,b": null, "a,b,c": "TOO_MANY", ",": "TOO_FEW", "a, b ,": null },
  ],
  [
    { type: "normalized", trim: true, collapse_spaces: true },
    {
      "a b": null,
      " a": "INVALID_FORMAT",
      "a  b": "INVALID_FORMAT",
      "a\u00a0b": "INVALID_FORMAT",
      "ação é": null,
    },
  ],
  [
    { type: "normalized", uppercase: true },
    { BRL: null, brl: "INVALID_FORMAT" },
  ],
  [
    { type: "normalized", unicode: true },
    { é: null, "e\u0301": "INVALID_FORMAT" },
  ],
  [
    { type: "format", format: "integer" },
    { "1": null, x: "NOT_NUMERIC" },
  ],
];

const ROWS = CASES.flatMap(([check, values]) =>
  Object.entries(values).map(([value, fault]) => ({ check, value, fault, name: JSON.stringify(check) })),
);

describe("compileCheck", () => {
  it.each(ROWS)("$name says $fault of '$value'", ({ check, value, fault }) => {
    expect(checkOf(check).judge(value)).toBe(fault);
  });

  it("never lets a screen pass what its check refuses", () => {
    const encoder = new TextEncoder();
    const values = [
      ...new Set(ROWS.map(({ value }) => value)),
      "-",
      "--1",
      "1-1",
      ".",
      "-.5",
      "1..2",
      "\u00a0",
      " ",
    ];
    let passed = 0;
    for (const [json] of CASES) {
      const { screen, judge } = checkOf(json);
      for (const value of values) {
        const bytes = encoder.encode(`x${value}y`);
        if (!screen?.(bytes, 1, bytes.length - 1)) continue;
        passed++;
        expect({ json, value, fault: judge(value) }).toEqual({ json, value, fault: null });
      }
    }
    expect(passed).toBeGreaterThan(300);
  });
});
