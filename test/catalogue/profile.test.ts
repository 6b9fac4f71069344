import { describe, expect, it } from "vitest";
import { z } from "zod";
import { parseProfile, ProfileSchema } from "../../src/catalogue/profile/profile";
import { SHIPPED_PROFILES } from "../../src/catalogue/profiles/index";
import { profileOf } from "./support";

const required = { id: "a", field: "price", check: { type: "required" } };

function faultsOf(json: unknown): string[] {
  const parsed = parseProfile(json);
  return parsed.ok ? [] : parsed.error.map(({ path, message }) => `${path} ${message}`);
}

describe("parseProfile", () => {
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

describe("SHIPPED_PROFILES", () => {
  it("names where each rule comes from, and when it was checked", () => {
    expect([...SHIPPED_PROFILES.keys()]).toEqual(["default@1.0.0", "mercado_livre@1.0.0"]);
    for (const { rules } of SHIPPED_PROFILES.values()) {
      expect(rules.filter(({ source, checked_on }) => !source || !checked_on)).toEqual([]);
    }
  });
});
