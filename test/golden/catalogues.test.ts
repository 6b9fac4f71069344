import { describe, expect, it } from "vitest";
import type { Profile, ProfileRule } from "../../src/catalogue/profile/profile";
import { SHIPPED_PROFILES } from "../../src/catalogue/profiles";
import { runOn, type Finding } from "../catalogue/support";
import { CATALOGUES, GOLDEN_FILES, type GoldenCatalogue } from "./catalogues";
import { expectGoldenText } from "./expect-golden";

const IDS = [...SHIPPED_PROFILES.keys()];

function shippedWith(id: string): { profile: Profile; catalogue: GoldenCatalogue } {
  const [profile, catalogue] = [SHIPPED_PROFILES.get(id), CATALOGUES.get(id)];
  if (!profile || !catalogue) throw new Error(`${id} has no golden catalogue.`);
  return { profile, catalogue };
}

/** One finding a line: what it is about, not how it is said. */
function lineOf({ row, column, rule_id, code, severity, value, fix }: Finding): string {
  const offer = fix && { after: fix.after, class: fix.class, applied: fix.applied };
  return `${JSON.stringify({ row, column, rule_id, code, severity, value, fix: offer ?? null })}\n`;
}

/**
 * The rows on which a rule looks at a value: those on which it would find one that it could never accept. One that
 * wants its cell blank looks at all.
 */
async function rowsJudged(
  profile: Profile,
  rule: ProfileRule,
  { source, rows }: { source: string; rows: number },
): Promise<readonly number[]> {
  if (rule.check.type === "length_max" && rule.check.max === 0)
    return Array.from({ length: rows }, (_, i) => i + 1);
  const { fix: _fix, ...rest } = rule;
  const never = { ...rest, check: { type: "in_set", values: ["\u0000"] } };
  const others = profile.rules.filter(({ field }) => field !== rule.field);
  const { findings } = await runOn({ ...profile, rules: [...others, never] }, source, { mode: "validate" });
  return [...rowsOf(findings, rule.id)];
}

const rowsOf = (findings: readonly Finding[], ruleId: string): ReadonlySet<number> =>
  new Set(findings.flatMap(({ row, rule_id }) => (rule_id === ruleId ? [row] : [])));

describe("a shipped profile's golden catalogue", () => {
  it("is there for each of them, and for nothing else", () => {
    expect([...CATALOGUES.keys()].toSorted()).toEqual(IDS.toSorted());
    expect(GOLDEN_FILES).toHaveLength(2 * IDS.length);
  });

  it.each(IDS)("of %s is found fault with as promised, and corrected as promised", async (id) => {
    const { profile, catalogue } = shippedWith(id);
    const { findings, outputText } = await runOn(profile, catalogue.source);
    const [name = "", ending = ""] = catalogue.file.split(/\.(?=\w+$)/);
    expectGoldenText(`catalogues/${name}.findings.ndjson`, catalogue.findings, findings.map(lineOf).join(""));
    expectGoldenText(`catalogues/${name}.corrected.${ending}`, catalogue.corrected, outputText);
  });

  it.each(IDS)(
    "of %s, once corrected, is left as it is: what is still found has no allowed fix",
    async (id) => {
      const { profile, catalogue } = shippedWith(id);
      const first = await runOn(profile, catalogue.source);
      const second = await runOn(profile, first.output);
      expect(second.summary.counters.corrections).toBe(0);
      expect(second.outputText).toBe(first.outputText);
      const allowed: readonly string[] = profile.apply_fixes;
      expect(second.findings.filter(({ fix }) => fix && allowed.includes(fix.class))).toEqual([]);
      // By cell: what a column's numbers have shown decides what else is told of a number that was not corrected.
      const cellOf = ({ row, column }: Finding) => `${row}:${column}`;
      const unmended = new Set(first.findings.filter(({ fix }) => !fix?.applied).map(cellOf));
      expect(second.findings.map(cellOf).filter((cell) => !unmended.has(cell))).toEqual([]);
    },
  );

  it.each(IDS)("of %s breaks each of its rules, and keeps each of them", async (id) => {
    const { profile, catalogue } = shippedWith(id);
    const { findings, summary } = await runOn(profile, catalogue.source, { mode: "validate" });
    const file = { source: catalogue.source, rows: summary.counters.total };
    for (const rule of profile.rules) {
      const broken = rowsOf(findings, rule.id);
      expect(broken.size, `${rule.id} is never broken`).toBeGreaterThan(0);
      const kept = (await rowsJudged(profile, rule, file)).filter((row) => !broken.has(row));
      expect(kept.length, `${rule.id} is never kept`).toBeGreaterThan(0);
    }
  });
});
