import { describe, expect, it } from "vitest";
import { compileCondition } from "../../src/catalogue/profile/condition";
import { ConditionSchema } from "../../src/catalogue/profile/condition-schema";
import { compileScope } from "../../src/catalogue/profile/scope";
import { ProfileSchema, parseProfile } from "../../src/catalogue/profile/profile";
import { profileOf, runOn } from "./support";

function holds(json: unknown, row: Record<string, string>): boolean {
  return compileCondition(ConditionSchema.parse(json)).holds((field) => row[field] ?? "");
}

const YES = true;
const NO = false;

/** [condition on `a`, value of `a`, whether it holds] */
const TABLE: readonly (readonly [unknown, string, boolean])[] = [
  ["a", "x", YES],
  ["a", "  ", NO],
  ["a == 'x'", " x ", YES],
  ["a == 10", "10.0", NO],
  ["a != x", "", YES],
  [{ field: "a", op: "equals", value: "x" }, " x", YES],
  [{ field: "a", op: "equals", value: "é" }, "E", NO],
  [{ field: "a", op: "equals", value: "é", ignore_case: true }, "E", YES],
  [{ field: "a", op: "equals", value: 10 }, "10,00", YES],
  [{ field: "a", op: "equals", value: 10 }, "R$ 10", YES],
  [{ field: "a", op: "equals", value: "10" }, "10.0", NO],
  [{ field: "a", op: "not_equals", value: 10 }, "11", YES],
  [{ field: "a", op: "not_equals", value: 10 }, "abc", NO],
  [{ field: "a", op: "not_equals", value: 10 }, "", NO],
  [{ field: "a", op: "not_equals", value: "x" }, "", YES],
  [{ field: "a", op: "greater_than", value: 5 }, "5", NO],
  [{ field: "a", op: "greater_than", value: 5 }, "5,01", YES],
  [{ field: "a", op: "greater_than", value: 5 }, "1,234", NO],
  [{ field: "a", op: "less_than", value: 5 }, "", NO],
  [{ field: "a", op: "less_than", value: 5 }, "-3", YES],
  [{ field: "a", op: "range", min: 1, max: 2 }, "2", YES],
  [{ field: "a", op: "range", min: 1, max: 2 }, "2.1", NO],
  [{ field: "a", op: "range", min: 1 }, "x", NO],
  [{ field: "a", op: "regex", pattern: "^MLB\\d+$" }, " MLB1 ", YES],
  [{ field: "a", op: "regex", pattern: "^mlb" }, "MLB1", NO],
  [{ field: "a", op: "regex", pattern: "^mlb", ignore_case: true }, "MLB1", YES],
  [{ field: "a", op: "regex", pattern: "x" }, "x".repeat(20_001), NO],
  [{ field: "a", op: "length", min: 2, max: 3 }, "😀😀", YES],
  [{ field: "a", op: "length", max: 0 }, "  ", YES],
  [{ field: "a", op: "exists" }, "0", YES],
  [{ field: "a", op: "exists", value: false }, " ", YES],
  [{ field: "a", op: "exists", value: false }, "x", NO],
  [{ field: "a", op: "type", value: "number" }, "R$ 1.234,56", YES],
  [{ field: "a", op: "type", value: "decimal" }, "1,5", NO],
  [{ field: "a", op: "type", value: "integer" }, "15", YES],
  [{ field: "a", op: "type", value: "date" }, "2024-02-30", NO],
  [{ field: "a", op: "type", value: "string" }, "", NO],
  [{ field: "a", op: "type", value: "boolean" }, "", NO],
  [{ field: "a", op: "in", values: ["x", 10] }, "10,0", YES],
  [{ field: "a", op: "in", values: ["x", 10] }, "y", NO],
  [{ field: "a", op: "in", values: ["X"], ignore_case: true }, "x", YES],
  [{ field: "a", op: "not_in", values: ["x", "y"] }, "z", YES],
  [{ field: "a", op: "not_in", values: ["x", 10] }, "z", NO],
  [{ field: "a", op: "not_in", values: [9, 10] }, "11", YES],
  [{ not: "a" }, "", YES],
  [{ and: ["a", { field: "a", op: "less_than", value: 5 }] }, "4", YES],
  [{ and: ["a", { field: "a", op: "less_than", value: 5 }] }, "6", NO],
  [{ or: ["a == 'x'", "a == 'y'"] }, "y", YES],
  [{ or: ["a == 'x'", "b"] }, "y", NO],
  [{ not: { and: ["a", { not: "b" }] } }, "y", NO],
];

describe("conditions", () => {
  it.each(TABLE)("%j on '%s' is %s", (condition, value, expected) => {
    expect(holds(condition, { a: value })).toBe(expected);
  });

  it("read the corrected value of another field", async () => {
    const profile = profileOf([
      {
        id: "cheap",
        field: "title",
        when: { and: [{ field: "price", op: "less_than", value: 10 }, { not: "free" }] },
        check: { type: "length_max", max: 3 },
      },
      { id: "price", field: "price", check: { type: "decimal" }, fix: { type: "normalize_decimal" } },
    ]);
    const file = "title;price;free\nabcd;9,99;\nabcd;10,00;\nabcd;1;yes\n";
    const { findings } = await runOn(profile, file);
    expect(findings.filter(({ rule_id }) => rule_id === "cheap").map(({ row }) => row)).toEqual([1]);
  });

  const rule = { id: "r", field: "a", check: { type: "required" } };
  it.each<[string, object, string]>([
    ["an unknown operator", { when: { field: "a", op: "like", value: "x" } }, "/rules/0/when/op"],
    [
      "a nested unknown operator",
      { when: { and: ["a", { field: "a", op: "x" }] } },
      "/rules/0/when/and/1/op",
    ],
    [
      "a text where a number must be",
      { when: { field: "a", op: "less_than", value: "5" } },
      "/rules/0/when/value",
    ],
    ["a nested text", { skip_if: { or: ["a", { not: "a = b" }] } }, "/rules/0/skip_if/or/1/not must be"],
    ["a range of nothing", { when: { field: "a", op: "range" } }, "/rules/0/when needs min or max"],
    ["a range upside down", { when: { field: "a", op: "length", min: 2, max: 1 } }, "/rules/0/when min 2"],
    [
      "a pattern that backtracks",
      { when: { field: "a", op: "regex", pattern: "(a)\\1" } },
      "/rules/0/when/pattern",
    ],
    ["an empty and", { when: { and: [] } }, "/rules/0/when/and"],
    ["a scope of nothing", { scope: {} }, "/rules/0/scope needs"],
    ["a scope upside down", { scope: { price: { min: 2, max: 1 } } }, "/rules/0/scope/price min 2"],
  ])("are refused: %s", (_, more, fault) => {
    const parsed = parseProfile(profileOf([{ ...rule, ...more }]));
    const faults = parsed.ok ? [] : parsed.error.map(({ path, message }) => `${path} ${message}`);
    expect(faults.join("\n")).toContain(fault);
  });

  it("are refused once they are nested too deeply, however deep", () => {
    let when: unknown = "a";
    for (let i = 0; i < 20_000; i++) when = { not: when };
    expect(parseProfile(profileOf([{ ...rule, when }]))).toMatchObject({
      ok: false,
      error: [{ message: "is nested too deeply" }],
    });
  });
});

describe("scope", () => {
  const inScope = (scope: object, row: Record<string, string>, more: object = {}) => {
    const profile = ProfileSchema.parse(
      profileOf([{ id: "r", field: "a", check: { type: "required" }, scope }], more),
    );
    const parsed = profile.rules[0]?.scope;
    return parsed && compileScope(parsed, profile).holds((field) => row[field] ?? "");
  };

  it.each<[object, Record<string, string>, object, boolean]>([
    [{ categories: ["celulares"] }, { category_path: "Eletrônicos > Celulares" }, {}, YES],
    [{ categories: ["eletronicos"] }, { category_path: "Eletrônicos > Celulares" }, {}, YES],
    [{ categories: ["MLB1743"] }, { category_id: "MLB1743" }, {}, YES],
    [{ categories: ["celular"] }, { category_path: "Eletrônicos > Celulares" }, {}, NO],
    [{ categories: ["celular"] }, {}, {}, NO],
    [{ categories: ["x"] }, { category: "y", category_id: "x" }, { columns: [{ name: "category" }] }, NO],
    [{ categories: ["x"] }, { departamento: "X" }, { scope_fields: { category: ["departamento"] } }, YES],
    [
      { brands: ["Samsung"] },
      { marca: "SAMSUNG " },
      { columns: [{ name: "marca", aliases: ["brand"] }] },
      YES,
    ],
    [{ conditions: ["new"] }, { condition: "used" }, {}, NO],
    [{ price: { min: 10, max: 20 } }, { price: "R$ 15,50" }, {}, YES],
    [{ price: { min: 10 } }, { price: "abc" }, {}, NO],
    [{ brands: ["x"], price: { max: 5 } }, { brand: "x", price: "6" }, {}, NO],
  ])("%j of %j is, with %j, %s", (scope, row, more, expected) => {
    expect(inScope(scope, row, more)).toBe(expected);
  });
});
