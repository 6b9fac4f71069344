import { describe, expect, it } from "vitest";
import { z } from "zod";
import { parseProfile, ProfileSchema } from "../../src/catalogue/profile/profile";
import { profileOf } from "./support";

const required = { id: "a", field: "price", check: { type: "required" } };

function faultsOf(json: unknown): string[] {
  const parsed = parseProfile(json);
  return parsed.ok ? [] : parsed.error.map(({ path, message }) => `${path} ${message}`);
}

describe("parseProfile", () => {
  it.each(["acme-2", "2acme", "a", `a${"b".repeat(40)}`])("knows no channel %j, as no id does", (channel) => {
    expect(faultsOf({ channel, version: "1.0.0" })).toEqual([expect.stringMatching(/^\/channel /)]);
  });

  it("takes twenty rules that ask for unique values, and names each one more", () => {
    const unique = (i: number) =>
      i % 2
        ? { id: `u${i}`, field: `f${i}`, check: { type: "unique" } }
        : { id: `u${i}`, field: `f${i}`, check: { type: "unique_together", fields: ["z"] } };
    const faults = (count: number) =>
      faultsOf({
        channel: "acme",
        version: "1.0.0",
        rules: Array.from({ length: count }, (_r, i) => unique(i)),
      });
    expect(faults(20)).toEqual([]);
    expect(faults(22)).toEqual(
      [20, 21].map((i) => expect.stringMatching(`^/rules/${i}/check/type .*at most 20 unique`)),
    );
  });

  it("takes the contract's own example", () => {
    const example = {
      schema_version: "1",
      channel: "acme",
      version: "1.0.0",
      name: "Acme",
      apply_fixes: ["safe"],
      columns: [{ name: "price", aliases: ["preco", "preço"], type: "decimal" }],
      mappings: { condition: { novo: "new", usado: "used" } },
      rules: [
        { id: "price_required", field: "price", check: { type: "required" }, severity: "ERROR" },
        {
          id: "price_min",
          field: "price",
          when: "price",
          check: { type: "numeric_min", value: 0.01 },
          severity: "error",
          message: { "pt-BR": "Preço baixo", en: "Low price" },
        },
        {
          id: "price_decimal",
          field: "price",
          check: { type: "decimal", scale: 2 },
          fix: { type: "normalize_decimal" },
          severity: "WARNING",
        },
        {
          id: "condition_set",
          field: "condition",
          check: { type: "in_set", values: ["new", "used"] },
          fix: { type: "map_value", mapping: "condition" },
        },
        {
          id: "title_length",
          field: "title",
          check: { type: "length_max", max: 60 },
          fix: { type: "truncate", max: 60 },
          severity: "warning",
          precedence: 50,
          source: "https://example.com",
          checked_on: "2026-11-01",
        },
      ],
    };
    const parsed = parseProfile(example);
    expect(parsed).toMatchObject({ ok: true });
    expect(parsed.ok && parsed.value.rules.map(({ severity }) => severity)).toEqual([
      "error",
      "error",
      "warning",
      "error",
      "warning",
    ]);
  });

  it("takes a profile without rules", () => {
    expect(parseProfile({ channel: "acme", version: "0.1.0" })).toMatchObject({ ok: true });
  });

  it.each<[string, unknown, string]>([
    ["an unknown member", profileOf([{ ...required, sevrity: "error" }]), "/rules/0"],
    ["an unknown check", profileOf([{ ...required, check: { type: "magic" } }]), "/rules/0/check/type"],
    ["a version that is no SemVer", profileOf([], { version: "1.0" }), "/version"],
    ["a repeated id", profileOf([required, required]), "/rules/1/id"],
    [
      "min above max",
      profileOf([{ ...required, check: { type: "range", min: 2, max: 1 } }]),
      "/rules/0/check",
    ],
    ["a length of nothing", profileOf([{ ...required, check: { type: "length" } }]), "/rules/0/check"],
    ["a set of nothing", profileOf([{ ...required, check: { type: "in_set" } }]), "/rules/0/check"],
    [
      "an unknown mapping",
      profileOf([{ ...required, check: { type: "in_set", mapping: "constructor" } }]),
      "/rules/0/check/mapping",
    ],
    [
      "a mapping out of the set",
      profileOf(
        [
          {
            ...required,
            check: { type: "in_set", values: ["new"] },
            fix: { type: "map_value", mapping: "condition" },
          },
        ],
        { mappings: { condition: { usado: "used" } } },
      ),
      "/rules/0/fix",
    ],
    [
      "a mapping with two answers",
      profileOf([{ ...required, check: { type: "in_set", mapping: "m" } }], {
        mappings: { m: { Novo: "new", novo: "used" } },
      }),
      "/rules/0/check/mapping",
    ],
    [
      "a truncation that stays too long",
      profileOf([{ ...required, check: { type: "length_max", max: 5 }, fix: { type: "truncate", max: 6 } }]),
      "/rules/0/fix",
    ],
    [
      "a default that its check refuses",
      profileOf([
        { ...required, check: { type: "numeric_min", min: 1 }, fix: { type: "set_default", value: "0" } },
      ]),
      "/rules/0/fix",
    ],
    [
      "a fix that cannot serve its check",
      profileOf([{ ...required, check: { type: "required" }, fix: { type: "truncate", max: 6 } }]),
      "/rules/0/fix",
    ],
    [
      "a default that its column reads as another number",
      profileOf([{ ...required, check: { type: "decimal" }, fix: { type: "set_default", value: "1.234" } }], {
        columns: [{ name: "price", number_format: "br" }],
      }),
      "/rules/0/fix",
    ],
    [
      "a fix of dates where the check takes them as they are",
      profileOf([{ ...required, check: { type: "date" }, fix: { type: "normalize_date" } }]),
      "/rules/0/fix",
    ],
    [
      "a fix of dates where the format takes them as they are",
      profileOf([
        { ...required, check: { type: "format", format: "date" }, fix: { type: "normalize_date" } },
      ]),
      "/rules/0/fix",
    ],
    [
      "a first day after the last",
      profileOf([{ ...required, check: { type: "date", min: "2024-02-01", max: "2024-01-01" } }]),
      "/rules/0/check",
    ],
    [
      "a day that the calendar does not have",
      profileOf([{ ...required, check: { type: "date", min: "2024-02-30" } }]),
      "/rules/0/check/min",
    ],
    [
      "an unknown number format",
      profileOf([], { columns: [{ name: "a", number_format: "de" }] }),
      "/columns/0",
    ],
    [
      "two cases at once",
      profileOf([{ ...required, check: { type: "normalized", uppercase: true, lowercase: true } }]),
      "/rules/0/check",
    ],
    [
      "a pattern that backtracks",
      profileOf([{ ...required, check: { type: "regex", pattern: "(a)\\1" } }]),
      "/pattern",
    ],
    ["a malformed condition", profileOf([{ ...required, when: "a = 1" }]), "/rules/0/when"],
    [
      "an alias of two columns",
      profileOf([], {
        columns: [
          { name: "a", aliases: ["x"] },
          { name: "b", aliases: ["X "] },
        ],
      }),
      "/columns/1",
    ],
    [
      "fixes that wait for each other",
      profileOf([
        {
          id: "a",
          field: "a",
          when: "b == 'x'",
          check: { type: "normalized", trim: true },
          fix: { type: "normalize", trim: true },
        },
        {
          id: "b",
          field: "b",
          skip_if: "a",
          check: { type: "normalized", trim: true },
          fix: { type: "normalize", trim: true },
        },
      ]),
      "/rules",
    ],
  ])("refuses %s", (_, json, path) => {
    expect(faultsOf(json).join("\n")).toContain(path);
  });

  it("describes itself as JSON Schema", () => {
    expect(z.toJSONSchema(ProfileSchema, { io: "input" })).toMatchObject({ type: "object" });
  });
});

describe("the linter, across what a profile says", () => {
  const rule = (id: string, check: object, more: object = {}) => ({ id, field: "f", check, ...more });
  const cased = (id: string, form: string, more: object = {}) =>
    rule(id, { type: "normalized", [form]: true }, { fix: { type: "normalize", [form]: true }, ...more });
  const set = (...values: string[]) => ({ type: "in_set", values });
  const maps = { fix: { type: "map_value", mapping: "m" } };

  it.each<[string, object[], string]>([
    [
      "bounds apart",
      [rule("a", { type: "numeric_min", min: 10 }), rule("b", { type: "numeric_max", max: 5 })],
      "/rules/1 no number is both at least 10 and at most 5 (with /rules/0",
    ],
    [
      "lengths apart, one under a condition",
      [rule("a", { type: "length", min: 3 }), rule("b", { type: "length_max", max: 2 }, { when: "x" })],
      "/rules/1 no length",
    ],
    ["sets apart", [rule("a", set("x")), rule("b", set("y"))], "/rules/1 the two sets have no value"],
    [
      "a set outside a pattern",
      [rule("a", set("MLB1", "x")), rule("b", { type: "regex", pattern: "^MLB" })],
      '/rules/1 "x" is allowed by one and refused by the other (with /rules/0',
    ],
    [
      "a set outside a length, in the other order",
      [rule("a", { type: "length_max", max: 2 }), rule("b", set("abc"))],
      '/rules/1 "abc" is allowed by one',
    ],
    [
      "a set outside a mild check, as a whole",
      [rule("a", set("abc")), rule("b", { type: "length_max", max: 2 }, { severity: "info" })],
      '/rules/1 "abc" is allowed',
    ],
    ["fixes that fight", [cased("a", "uppercase"), cased("b", "lowercase")], "/rules/1 their fixes fight"],
    [
      "a default that another rule refuses",
      [
        rule("a", { type: "required" }, { fix: { type: "set_default", value: "N/A" } }),
        rule("b", { type: "integer" }),
      ],
      '/rules/1 the fix of "a" writes "N/A", which "b" refuses (with /rules/0',
    ],
    [
      "a mapping into what another rule refuses",
      [rule("a", { type: "length_max", max: 9 }, maps), rule("b", { type: "regex", pattern: "^y" })],
      '/rules/1 the fix of "a" writes "x"',
    ],
    ["the same twice", [rule("a", set("x")), rule("b", set("x"))], "/rules/1 asks the same as an earlier"],
    [
      "the same twice under one condition",
      [rule("a", set("x"), { when: "c" }), rule("b", set("x"), { when: "c" })],
      "/rules/1 asks the same",
    ],
    [
      "a case that the set has no value in",
      [rule("a", set("NEW"), { fix: { type: "normalize", lowercase: true } })],
      "/rules/0/fix nothing that normalize writes",
    ],
    [
      "a case that is not the one asked for",
      [rule("a", { type: "normalized", uppercase: true }, { fix: { type: "normalize", lowercase: true } })],
      "/rules/0/fix nothing that normalize writes",
    ],
    [
      "characters stripped that are not forbidden",
      [rule("a", { type: "forbidden_chars", chars: "<" }, { fix: { type: "strip_chars", chars: ">" } })],
      "/rules/0/fix nothing that strip_chars writes",
    ],
    [
      "a default where no blank is judged",
      [rule("a", { type: "integer" }, { fix: { type: "set_default", value: "1" } })],
      "/rules/0/fix set_default cannot make",
    ],
    [
      "more places than the check has",
      [rule("a", { type: "decimal", scale: 1 }, { fix: { type: "normalize_price", scale: 2 } })],
      "/rules/0/fix its output",
    ],
    [
      "a fix of a comparison",
      [rule("a", { type: "compare", op: "lt", field: "g" }, { fix: { type: "normalize", trim: true } })],
      '/rules/0/fix normalize cannot make "compare" hold',
    ],
    [
      "a bad expression",
      [rule("a", { type: "business", expression: "f >" })],
      "/rules/0/check/expression unexpected end at character 4",
    ],
    ["a composite of nothing", [rule("a", { type: "composite" })], "/rules/0/check needs rules"],
    [
      "a part of a composite",
      [rule("a", { type: "composite", any: [{ type: "range", min: 2, max: 1 }] })],
      "/rules/0/check/any/0 min 2",
    ],
    [
      "a part of no type",
      [rule("a", { type: "composite", all: [{ type: "integer" }, { type: "magic" }] })],
      "/rules/0/check/all/1/type",
    ],
    [
      "required as an alternative",
      [rule("a", { type: "composite", any: [{ type: "required" }] })],
      "/rules/0/check/any/0",
    ],
    ["a transform without a fix", [rule("a", set("x"), { action: "transform" })], "/rules/0/action"],
    ["suggestions with a fix", [rule("a", set("x"), { action: "suggest", ...maps })], "/rules/0/fix"],
    ["suggestions from nothing", [rule("a", { type: "integer" }, { action: "suggest" })], "/rules/0/action"],
    [
      "suggestions from too much",
      [rule("a", set(...Array.from({ length: 1001 }, (_, i) => `${i}`)), { action: "suggest" })],
      "/rules/0/action",
    ],
    [
      "a field that is joined into itself",
      [rule("a", { type: "required" }, { fix: { type: "concatenate", fields: ["g", "f"] } })],
      "/rules/0/fix/fields",
    ],
    [
      "fixes that wait for each other through what they join",
      [
        rule("a", { type: "required" }, { fix: { type: "concatenate", fields: ["g"] } }),
        rule("b", { type: "required" }, { field: "g", fix: { type: "concatenate", fields: ["f"] } }),
      ],
      "/rules fixes of",
    ],
  ])("refuses %s", (_, rules, fault) => {
    expect(faultsOf(profileOf(rules, { mappings: { m: { y: "x" } } })).join("\n")).toContain(fault);
  });

  it.each<[string, object[]]>([
    [
      "bounds apart under two conditions",
      [
        rule("a", { type: "numeric_min", min: 10 }, { when: "x" }),
        rule("b", { type: "numeric_max", max: 5 }, { skip_if: "x" }),
      ],
    ],
    [
      "a rule that is off",
      [
        rule("a", { type: "numeric_min", min: 10 }),
        rule("b", { type: "numeric_max", max: 5 }, { enabled: false }),
      ],
    ],
    [
      "a mild rule for some values",
      [rule("a", set("abc", "x")), rule("b", { type: "length_max", max: 2 }, { severity: "info" })],
    ],
    [
      "a set in any case",
      [rule("a", { ...set("new"), ignore_case: true }), rule("b", { type: "regex", pattern: "^[A-Z]+$" })],
    ],
    ["fixes that go together", [cased("a", "trim"), cased("b", "uppercase"), cased("c", "collapse_spaces")]],
    [
      "fixes that never meet",
      [cased("a", "uppercase", { when: "x" }), cased("b", "lowercase", { skip_if: "x" })],
    ],
    [
      "a fix whose class is not applied",
      [rule("a", { type: "length_max", max: 5 }, { fix: { type: "truncate", max: 5 } })],
    ],
    [
      "a default that another rule's fix brings in order",
      [
        rule("a", { type: "required" }, { fix: { type: "set_default", value: "1,5" } }),
        rule("b", { type: "decimal" }, { fix: { type: "normalize_decimal" } }),
      ],
    ],
  ])("lets pass %s", (_, rules) => {
    expect(faultsOf(profileOf(rules))).toEqual([]);
  });
});
