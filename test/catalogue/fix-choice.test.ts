import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { profileOf, runOn } from "./support";

/** Rules whose fixes meet: in one cell, through conditions, through checks across columns and through keys. */
const RULES = [
  {
    id: "trim",
    field: "a",
    check: { type: "normalized", trim: true },
    fix: { type: "normalize", trim: true },
  },
  {
    id: "case",
    field: "a",
    check: { type: "normalized", uppercase: true },
    fix: { type: "normalize", uppercase: true },
  },
  { id: "short", field: "a", check: { type: "length_max", max: 3 }, fix: { type: "truncate", max: 3 } },
  {
    id: "state",
    field: "b",
    check: { type: "in_set", values: ["new", "used"] },
    fix: { type: "map_value", mapping: "m" },
  },
  { id: "price", field: "c", check: { type: "decimal", scale: 2 }, fix: { type: "normalize_decimal" } },
  {
    id: "floor",
    field: "c",
    when: "b == 'new'",
    check: { type: "required" },
    fix: { type: "set_default", value: "5.00" },
  },
  {
    id: "used",
    field: "d",
    when: "b == 'used'",
    check: { type: "required" },
    fix: { type: "set_default", value: "seen" },
  },
  { id: "same", field: "d", check: { type: "compare", op: "ne", field: "a" } },
  { id: "one", field: "a", check: { type: "unique" } },
];
const MORE = { mappings: { m: { novo: "new", usado: "used" } }, apply_fixes: ["safe", "lossy", "invented"] };
const IDS = RULES.filter((rule) => rule.fix).map(({ id }) => id);

const cells = [
  fc.constantFrom("ab", " ab", "AB", "abcd ", "ABCD", "é", "", "=1"),
  fc.constantFrom("novo", "usado", "new", "used", "NOVO", "x", ""),
  fc.constantFrom("1,5", "1.234,56", "2,25", "3,99", "5.00", "12", "x", ""),
  fc.constantFrom("", "AB", "ab", "seen"),
] as const;
const files = fc
  .array(fc.tuple(...cells), { minLength: 1, maxLength: 30 })
  .map((rows) => ["a;b;c;d", ...rows.map((row) => row.join(";"))].join("\r\n"));
const someOf = fc.subarray(IDS);

const profile = profileOf(RULES, MORE);
/** The same rules, of which only some can fix at all. */
const fixingOnly = (ids: readonly string[]) =>
  profileOf(
    RULES.map(({ fix, ...rule }) => (fix && ids.includes(rule.id) ? { ...rule, fix } : rule)),
    MORE,
  );

describe("a choice among fixes", () => {
  it("corrects as if the rules that are not accepted had no fix", async () => {
    let corrections = 0;
    await fc.assert(
      fc.asyncProperty(files, someOf, someOf, async (file, accept, reject) => {
        const chosen = await runOn(profile, file, { fixes: { accept, reject } });
        const left = accept.filter((id) => !reject.includes(id));
        const bare = await runOn(fixingOnly(left), file);
        expect(chosen.outputText).toBe(bare.outputText);
        expect(chosen.summary.counters).toEqual(bare.summary.counters);
        const withoutOffers = (findings: typeof chosen.findings) =>
          findings.map(({ fix, ...finding }) => ({ ...finding, applied: fix?.applied ? fix : null }));
        expect(withoutOffers(chosen.findings)).toEqual(withoutOffers(bare.findings));
        for (const { rule_id: rule, fix } of chosen.findings) if (fix?.applied) expect(left).toContain(rule);

        const again = await runOn(profile, chosen.output, { fixes: { accept, reject } });
        expect(again.summary.counters.corrections).toBe(0);
        expect(again.outputText).toBe(chosen.outputText);
        corrections += chosen.summary.counters.corrections;
      }),
      { seed: 5, numRuns: 250 },
    );
    expect(corrections).toBeGreaterThan(300);
  });

  it("that accepts none gives the file back byte for byte, and offers every fix still", async () => {
    await fc.assert(
      fc.asyncProperty(files, async (file) => {
        const { outputText, summary, findings } = await runOn(profile, file, { fixes: { accept: [] } });
        expect(outputText).toBe(file);
        expect(summary.counters.corrections).toBe(0);
        expect(findings.filter(({ fix }) => fix?.applied)).toEqual([]);
      }),
      { seed: 6, numRuns: 100 },
    );
    const { findings } = await runOn(profile, "a;b;c;d\nab;novo;;x\n", { fixes: { accept: [] } });
    expect(findings.map(({ rule_id, fix }) => [rule_id, fix?.after])).toEqual([
      ["case", "AB"],
      ["state", "new"],
    ]);
  });

  it("that rejects none, and accepts all, is none", async () => {
    await fc.assert(
      fc.asyncProperty(files, async (file) => {
        const plain = await runOn(profile, file);
        expect((await runOn(profile, file, { fixes: { reject: [] } })).report).toBe(plain.report);
        expect((await runOn(profile, file, { fixes: { accept: IDS } })).report).toBe(plain.report);
      }),
      { seed: 7, numRuns: 50 },
    );
  });

  it("decides what conditions and keys read", async () => {
    const file = "a;b;c;d\nab;usado;9.00;\nAB;x;9.00;1\n";
    const all = await runOn(profile, file);
    expect(all.findings.map(({ rule_id }) => rule_id)).toEqual(["case", "state", "used", "state", "one"]);
    const few = await runOn(profile, file, { fixes: { reject: ["case", "state"] } });
    expect(few.findings.map(({ rule_id }) => rule_id)).toEqual(["case", "state", "state"]);
    expect(few.outputText).toBe(file);
  });
});
