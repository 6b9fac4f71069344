import { describe, expect, it } from "vitest";
import { NO_CONVENTIONS } from "../../src/catalogue/checks/conventions";
import { evaluate } from "../../src/catalogue/checks/expression";
import { parseExpression } from "../../src/catalogue/checks/expression-syntax";
import { compileRuleCheck } from "../../src/catalogue/checks/row-checks";
import { RuleCheckSchema } from "../../src/catalogue/profile/check-schema";
import { profileOf, runOn } from "./support";

const ROW: Record<string, string> = {
  price: "1.234,50",
  cost: "1000",
  zero: "0",
  name: "Tênis Azul",
  blank: " ",
  word: "abc",
  "preço de venda": "10",
  d1: "2024-01-31",
  d2: "2024-02-01",
  not_a_day: "2024-02-30",
};

function worth(source: string): unknown {
  const parsed = parseExpression(source);
  return parsed.ok ? evaluate(parsed.value, (field) => ROW[field] ?? "") : `! ${parsed.error}`;
}

describe("expressions", () => {
  it.each<[string, unknown]>([
    ["1 + 2 * 3", 7],
    ["(1 + 2) * 3", 9],
    ["7 - 2 - 1", 4],
    ["8 / 4 / 2", 1],
    ["-2 * -3", 6],
    ["price * 2", 2469],
    ["price - cost", 234.5],
    ["[preço de venda] + 1", 11],
    ["price / zero", null],
    ["price + blank", null],
    ["word * 2", null],
    ["price > cost", true],
    ["price > cost * 1.5", false],
    ["price > word", null],
    ["price > missing", null],
    ["d1 < d2", true],
    ["d2 <= d1", false],
    ["d1 < not_a_day", null],
    ["name == 'Tênis Azul'", true],
    ["name = 'x'", false],
    ["name != 'x'", true],
    ["cost == 1000.0", true],
    ["cost == '1000.0'", false],
    ["word == 5", null],
    ["word != 5", null],
    ["blank == ''", true],
    ["true", true],
    ["not word", false],
    ["not blank", true],
    ["not not blank", false],
    ["not price > cost", false],
    ["price > cost and name", true],
    ["false and price > missing", false],
    ["price > missing and false", false],
    ["true and price > missing", null],
    ["true or price > missing", true],
    ["price > missing or true", true],
    ["false or price > missing", null],
    ["not price > missing", null],
    ["true or false and false", true],
    ["word in ('x', 'abc')", true],
    ["word not in ('x', 'abc')", false],
    ["cost in (1, 1000)", true],
    ["word in (1, 2)", null],
    ["word in (1, 'abc')", true],
    ["len(name)", 10],
    ["len('😀')", 1],
    ["lower(name)", "tênis azul"],
    ["upper('é')", "É"],
    ["trim(' x ')", "x"],
    ["starts_with(name, 'Tênis')", true],
    ["ends_with(name, 'x')", false],
    ["contains(lower(name), 'azul')", true],
    ["blank(blank)", true],
    ["blank(missing) and not blank(name)", true],
    ["blank(price / zero)", true],
    ["round(2.5)", 3],
    ["round(-2.5)", -3],
    ["round(1.005, 2)", 1.01],
    ["round(price, 99)", null],
    ["round(word)", null],
    ["abs(cost - price)", 234.5],
    ["min(price, cost)", 1000],
    ["max(3, word)", null],
    ["concat(name, ' ', cost)", "Tênis Azul 1000"],
    ["concat(name, price / zero)", null],
    ["", "! unexpected end at character 1"],
    ["1 +", "! unexpected end at character 4"],
    ["1 2", '! unexpected "2" at character 3'],
    ["price >", "! unexpected end at character 8"],
    ["a < b < c", '! unexpected "<" at character 7'],
    ["price ? 1", '! cannot read "? 1" at character 7'],
    ["'open", '! cannot read "\'open" at character 1'],
    ["1.2.3", '! cannot read "1.2.3" at character 1'],
    ["1abc", '! cannot read "1abc" at character 1'],
    ["foo(1)", '! there is no function "foo" at character 1'],
    ["constructor(1)", '! there is no function "constructor" at character 1'],
    ["len()", '! unexpected ")" at character 5'],
    ["len(1, 2)", "! len takes 1 arguments, not 2 at character 1"],
    ["word in 'x'", '! unexpected "x"; "(" was expected at character 9'],
    ["(1", '! unexpected end; ")" was expected at character 3'],
    ["and", '! unexpected "and" at character 1'],
    ["a not b", '! unexpected "b" at character 7'],
  ])("%s", (source, expected) => {
    expect(worth(source)).toEqual(expected);
  });

  it("are bounded in length and depth, and read no more text than a cell may show", () => {
    expect(worth("1".padEnd(1001))).toBe("! longer than 1000 characters");
    expect(worth(`${"(".repeat(33)}1${")".repeat(33)}`)).toContain("nested too deeply");
    expect(worth(`${"-".repeat(900)}1`)).toBe(1);
    expect(worth(`${"not ".repeat(201)}1`)).toBe(false);
    expect(worth(Array.from({ length: 490 }, () => "1").join("+"))).toBe(490);
    const parsed = parseExpression("concat(a, a)");
    expect(parsed.ok && evaluate(parsed.value, () => "x".repeat(40_000))).toBeNull();
    expect(parsed.ok && evaluate(parsed.value, () => "x".repeat(70_000))).toBeNull();
  });
});

function faultOf(json: unknown, value: string, row: Record<string, string>) {
  const check = compileRuleCheck(RuleCheckSchema.parse(json), {
    field: "a",
    mappings: {},
    conventions: NO_CONVENTIONS,
  });
  return check.judge(value, (field) => row[field] ?? "");
}

describe("checks of the row", () => {
  const compare = (op: string) => ({ type: "compare", op, field: "b" });
  it.each<[object, string, string, string | null]>([
    [compare("lte"), "10", "10,00", null],
    [compare("lte"), "10.01", "10", "COMPARISON"],
    [compare("lt"), "10", "10", "COMPARISON"],
    [compare("gt"), "11", "10", null],
    [compare("gte"), "9", "10", "COMPARISON"],
    [compare("eq"), "10", "10.0", null],
    [compare("ne"), "10", "10.0", "COMPARISON"],
    [compare("eq"), "a", "b", "COMPARISON"],
    [compare("ne"), "a", "b", null],
    [compare("lt"), "10", " ", null],
    [compare("eq"), "10", "", null],
    [compare("lt"), "abc", "10", null],
    [compare("lt"), "2024-01-02", "2024-01-01", "COMPARISON"],
    [compare("lt"), "2023-12-31", "2024-01-01", null],
    [compare("lt"), "2023-12-31", "5", null],
    [{ type: "compare", op: "lt", field: "a" }, "5", "", "COMPARISON"],
    [{ type: "compare", op: "eq", field: "a" }, "5", "", null],
    [{ type: "dependency", depends_on: ["b"] }, "x", "", "DEPENDENCY"],
    [{ type: "dependency", depends_on: ["b"] }, "x", "y", null],
    [{ type: "dependency", depends_on: ["b", "c"] }, "x", "y", "DEPENDENCY"],
    [{ type: "business", expression: "a <= b * 2" }, "5", "2", "BUSINESS_RULE"],
    [{ type: "business", expression: "a <= b * 2" }, "4", "2", null],
    [{ type: "business", expression: "a <= b * 2" }, "5", "", null],
    [{ type: "composite", rules: [compare("gt"), { type: "integer" }] }, "5", "6", "COMPARISON"],
    [{ type: "composite", all: [{ type: "integer" }, compare("gt")] }, "5.5", "6", "INVALID_FORMAT"],
    [{ type: "composite", any: [{ type: "integer" }, { type: "url" }] }, "https://a.b", "", null],
    [{ type: "composite", any: [{ type: "integer" }, { type: "url" }] }, "x", "", "INVALID_VALUE"],
    [{ type: "composite", none: [{ type: "in_set", values: ["x"] }] }, "x", "", "INVALID_VALUE"],
    [{ type: "composite", none: [{ type: "in_set", values: ["x"] }] }, "y", "", null],
    [{ type: "composite", all: [{ type: "required" }, { type: "integer" }] }, " ", "", "REQUIRED"],
    [
      { type: "composite", any: [{ type: "composite", all: [{ type: "integer" }, compare("lt")] }] },
      "7",
      "6",
      "INVALID_VALUE",
    ],
  ])("%j of '%s' beside '%s'", (check, value, other, fault) => {
    expect(faultOf(check, value, { b: other })).toBe(fault);
  });

  it("are reported on their field, in three languages, from corrected values", async () => {
    const profile = profileOf([
      { id: "por", field: "por", check: { type: "compare", op: "lte", field: "de" } },
      { id: "de", field: "de", check: { type: "decimal" }, fix: { type: "normalize_decimal" } },
      { id: "dep", field: "size", check: { type: "dependency", depends_on: ["unit"] } },
      { id: "biz", field: "por", check: { type: "business", expression: "por >= de / 2" } },
    ]);
    const file = "por;de;size;unit\n10;9,50;;\n4;9,50;XL;\n5;;;\n";
    const messages: string[] = [];
    for (const locale of ["pt-BR", "en", "es"] as const) {
      const { findings } = await runOn(profile, file, { locale });
      const found = findings.filter(({ rule_id }) => rule_id !== "de");
      expect(found.map(({ row, code }) => `${row} ${code}`)).toEqual([
        "1 POR_COMPARISON",
        "2 POR_BUSINESS_RULE",
        "2 SIZE_DEPENDENCY",
      ]);
      messages.push(...found.map(({ message }) => message));
    }
    expect(new Set(messages).size).toBe(9);
  });

  it("judge a composite's cells by bytes where its parts can", () => {
    const screenOf = (json: object) =>
      compileRuleCheck(RuleCheckSchema.parse(json), { field: "a", mappings: {}, conventions: NO_CONVENTIONS })
        .screen;
    const passes = (json: object, text: string) =>
      screenOf(json)?.(new TextEncoder().encode(text), 0, text.length);
    const both = { type: "composite", all: [{ type: "integer" }, { type: "length", max: 3 }] };
    expect(passes(both, "12")).toBe(true);
    expect(passes(both, "1234")).toBe(false);
    const either = { type: "composite", any: [{ type: "integer" }, { type: "url" }] };
    expect(passes(either, "12")).toBe(true);
    expect(passes(either, "x")).toBe(false);
    expect(screenOf({ type: "composite", any: [{ type: "url" }] })).toBeNull();
    expect(screenOf({ type: "composite", none: [{ type: "integer" }] })).toBeNull();
    expect(screenOf({ type: "composite", all: [compare("lt"), { type: "integer" }] })).toBeNull();
  });
});
