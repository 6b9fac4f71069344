import { describe, expect, it } from "vitest";
import { diffProfiles } from "../../src/catalogue/profile/diff";
import { SHIPPED_PROFILES } from "../../src/catalogue/profiles";
import { stepOf } from "../../src/domain/version-step";
import { parsedProfile } from "./parsed-profile";

const RULE = { id: "r", field: "a", check: { type: "length", min: 1, max: 5 }, severity: "error" } as const;
const OTHER = { id: "o", field: "b", check: { type: "required" } } as const;

const BASE = {
  name: "Base",
  columns: [{ name: "a", aliases: ["x", "y"], type: "string" }],
  mappings: { m: { one: "1" } },
  rules: [RULE],
} as const;

const ruled = (members: object) => ({ ...BASE, rules: [{ ...RULE, ...members }] });

const WHEN = ruled({ when: { field: "b", op: "range", min: 1, max: 3 } });
const SCOPED = ruled({ scope: { brands: ["x"] } });
const DERIVED = {
  ...BASE,
  derived: [
    { name: "d", from: "len(a)" },
    { name: "e", from: "a" },
  ],
} as const;

/** What, the profile afterwards, what that requires and says; what it was before, or `true`: the two change places. */
type Case = [string, object, string, readonly string[] | null, (object | true)?];

describe("diffProfiles", () => {
  it.each<Case>([
    ["nothing", BASE, "none", []],
    ["the order of members", Object.fromEntries(Object.entries(BASE).toReversed()), "none", []],
    ["a default that is written out", ruled({ precedence: 100, enabled: true }), "none", []],
    ["a rule more", { ...BASE, rules: [RULE, OTHER] }, "minor", ['rule "o" is added (required on "b")']],
    ["a rule less", { ...BASE, rules: [] }, "major", ['rule "r" is removed (length on "a")']],
    [
      "another id",
      ruled({ id: "s" }),
      "major",
      ['rule "r" is removed (length on "a")', 'rule "s" is added (length on "a")'],
    ],
    ["another field", ruled({ field: "b" }), "major", ['rule "r": field is "b", was "a"']],
    [
      "another type of check",
      ruled({ check: { type: "required" } }),
      "major",
      [
        'rule "r": check.type is "required", was "length"',
        'rule "r": check.min is removed; it was 1',
        'rule "r": check.max is removed; it was 5',
      ],
    ],
    [
      "another bound",
      ruled({ check: { ...RULE.check, max: 6 } }),
      "minor",
      ['rule "r": check.max is 6, was 5'],
    ],
    ["a severity", ruled({ severity: "info" }), "minor", ['rule "r": severity is "info", was "error"']],
    ["a fix", ruled({ check: { type: "length", max: 5 }, fix: { type: "truncate", max: 5 } }), "minor", null],
    ["a message", ruled({ message: "Curto" }), "patch", ['rule "r": message is added: "Curto"']],
    ["a condition", ruled({ when: "b" }), "patch", ['rule "r": when is added: "b"']],
    ["a condition less", ruled({ when: "b" }), "minor", ['rule "r": when is removed; it was "b"'], true],
    ["another condition", ruled({ when: { field: "b", op: "range", min: 1, max: 2 } }), "minor", null, WHEN],
    [
      "a bound less in a condition",
      ruled({ when: { field: "b", op: "range", min: 1 } }),
      "minor",
      null,
      WHEN,
    ],
    ["a condition to skip", ruled({ skip_if: "b" }), "patch", null],
    ["a condition to skip less", ruled({ skip_if: "b" }), "minor", null, true],
    ["a scope", ruled({ scope: { brands: ["x"] } }), "patch", null],
    ["a narrower scope", ruled({ scope: { brands: ["x"], price: { min: 1 } } }), "patch", null, SCOPED],
    ["a wider scope", ruled({ scope: { brands: ["x", "y"] } }), "minor", null, SCOPED],
    ["no scope any more", SCOPED, "minor", null, true],
    ["a derived column", DERIVED, "minor", null],
    ["a derived column less", { ...DERIVED, derived: [DERIVED.derived[1]] }, "major", null, DERIVED],
    ["no derived column any more", DERIVED, "major", null, true],
    [
      "another expression",
      { ...DERIVED, derived: [{ name: "d", from: "a" }, DERIVED.derived[1]] },
      "minor",
      null,
      DERIVED,
    ],
    ["where it comes from", ruled({ source: "s", checked_on: "2026-01-01", reviewer: "ana" }), "patch", null],
    [
      "a rule that is switched off",
      ruled({ enabled: false }),
      "major",
      ['rule "r": enabled is false, was true'],
    ],
    ["the name", { ...BASE, name: "New" }, "patch", ['profile: name is "New", was "Base"']],
    [
      "the fixes",
      { ...BASE, apply_fixes: ["safe", "lossy"] },
      "minor",
      ['profile: apply_fixes gains "lossy"'],
    ],
    [
      "a column more",
      { ...BASE, columns: [...BASE.columns, { name: "b" }] },
      "minor",
      ['column "b" is added'],
    ],
    ["a column less", { ...BASE, columns: [] }, "major", ['column "a" is removed']],
    [
      "another type of column",
      { ...BASE, columns: [{ ...BASE.columns[0], type: "integer" }] },
      "major",
      ['column "a": type is "integer", was "string"'],
    ],
    [
      "an alias for another",
      { ...BASE, columns: [{ ...BASE.columns[0], aliases: ["x", "z"] }] },
      "major",
      ['column "a": aliases gains "z" and loses "y"'],
    ],
    [
      "an alias more",
      { ...BASE, columns: [{ ...BASE.columns[0], aliases: ["x", "y", "z"] }] },
      "minor",
      ['column "a": aliases gains "z"'],
    ],
    [
      "a mapping",
      { ...BASE, mappings: { m: { one: "2", two: "2" }, n: {} } },
      "minor",
      ['mapping "n" is added', 'mapping "m": one is "2", was "1"', 'mapping "m": two is added: "2"'],
    ],
  ])("%s", (_what, after, requires, words, from) => {
    const [before, then] = from === true ? [after, BASE] : [from ?? BASE, after];
    const diff = diffProfiles(parsedProfile(before), parsedProfile(then));
    expect(diff.requires).toBe(requires);
    if (words) expect(diff.changes.map(({ text }) => text).toSorted()).toEqual([...words].toSorted());
    else expect(diff.changes.length).toBeGreaterThan(0);
  });

  it("takes a bound of the old service's files for what it means", () => {
    const by = (check: object) => parsedProfile({ rules: [{ id: "r", field: "a", check }] });
    const diff = diffProfiles(by({ type: "numeric_min", value: 3 }), by({ type: "numeric_min", min: 3 }));
    expect(diff.changes).toEqual([]);
  });

  it("asks nothing of a rule that was switched off and goes", () => {
    expect(
      diffProfiles(parsedProfile(ruled({ enabled: false })), parsedProfile({ ...BASE, rules: [] })).requires,
    ).toBe("patch");
  });

  it("finds no change between a profile and itself, and as many in either direction", () => {
    const all = [...SHIPPED_PROFILES.values()];
    for (const one of all) {
      expect(diffProfiles(one, one)).toEqual({ changes: [], requires: "none" });
      for (const other of all)
        expect(diffProfiles(one, other).changes.length).toBe(diffProfiles(other, one).changes.length);
    }
  });
});

describe("stepOf", () => {
  it.each([
    ["1.0.0", "1.0.0", "none"],
    ["1.0.0", "1.0.1", "patch"],
    ["1.0.1", "1.1.0", "minor"],
    ["1.9.9", "2.0.0", "major"],
    ["0.1.0", "0.1.1", "major"],
    ["0.1.0", "1.0.0", "major"],
    ["2.0.0", "1.0.0", "major"],
  ])("from %s to %s promises %s", (from, to, level) => {
    expect(stepOf(from, to)).toBe(level);
  });
});
