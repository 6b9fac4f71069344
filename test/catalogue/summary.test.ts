import { describe, expect, it } from "vitest";
import { ENGINE_VERSION } from "../../src/catalogue/engine-version";
import { LOCALES, parseProfile } from "../../src/catalogue/profile/profile";
import { howToFix } from "../../src/catalogue/report/how-to-fix";
import { reportPage } from "../../src/catalogue/report/page/report-page";
import { countsByRule, summaryOf, type ReportSummary } from "../../src/catalogue/report/summary";
import { profileOf, runOn } from "./support";

const KIB = 1024;
const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

async function summaryFor(json: unknown, file: string, mode: "validate" | "correct" = "correct") {
  const profile = parseProfile(json);
  if (!profile.ok) throw new Error(JSON.stringify(profile.error.slice(0, 3)));
  const { summary, findings } = await runOn(json, file, { mode, locale: "pt-BR" });
  const context = {
    jobId: "j",
    fileRef: "files/f/a.csv",
    locale: "pt-BR",
    profile: profile.value,
    profileChecksum: "00",
    reportDigest: "sha256:00",
  } as const;
  return { of: summaryOf(summary, context), tallies: summary.byRule, findings };
}

/** All findings, wherever they are told of. */
const told = ({ by_rule: rules, others }: Pick<ReportSummary, "by_rule" | "others">): number =>
  rules.reduce((sum, { findings }) => sum + findings, 0) + (others?.findings ?? 0);

describe("a summary", () => {
  it("has the worst rules first, with exact counts, the fixes and five examples", async () => {
    const profile = profileOf([
      { id: "stock", field: "b", check: { type: "integer" }, severity: "warning" },
      { id: "note", field: "b", check: { type: "length_max", max: 1 }, severity: "info" },
      {
        id: "spaces",
        field: "a",
        check: { type: "normalized", trim: true },
        fix: { type: "normalize", trim: true },
        source: "https://example.com",
        checked_on: "2026-11-01",
        message: { en: "Spaces." },
      },
      { id: "needed", field: "a", check: { type: "required" } },
    ]);
    const rows = Array.from({ length: 9 }, (_row, at) => ` v${at},xx`);
    const { of, findings } = await summaryFor(profile, `a,b\n${rows.join("\n")}\n,1\n`);
    expect(of).toMatchObject({
      engine_version: ENGINE_VERSION,
      profile: { id: "test@1.0.0", checksum: "00" },
      counters: { total: 10, errors: 10, corrections: 9 },
      findings_total: findings.length,
      by_severity: { error: 10, warning: 9, info: 9 },
      corrections: { safe: { applied: 9, offered: 0 }, lossy: { applied: 0, offered: 0 } },
      others: null,
      report_digest: "sha256:00",
      reading: { delimiter: ",", columns_total: 2, columns: [{ label: "a" }, { label: "b" }] },
    });
    expect(of.by_rule.map(({ rule_id: id, findings: count }) => [id, count])).toEqual([
      ["spaces", 9],
      ["needed", 1],
      ["stock", 9],
      ["note", 9],
    ]);
    const [worst] = of.by_rule;
    expect(worst).toMatchObject({
      rows: 9,
      source: "https://example.com",
      checked_on: "2026-11-01",
      messages: { en: "Spaces." },
      fixes: { safe: { applied: 9, offered: 0 } },
    });
    expect(worst?.examples).toHaveLength(5);
    expect(worst?.examples[1]).toEqual({ row: 2, line: 3, value: " v1", after: "v1" });
  });

  it("stays within 256 KiB, and its page within 200 KB, with thousands of rules, and counts each finding", async () => {
    const rules = Array.from({ length: 3_000 }, (_rule, at) => ({
      id: `rule_${String(at).padStart(4, "0")}_${'\u0001"<é'.repeat(20)}`,
      field: `f${at}`,
      check: { type: "length_max", max: 1 },
      message: { "pt-BR": "<&\u0002".repeat(160), en: "\"'é".repeat(160), es: "\u0003".repeat(500) },
      source: "https://example.com/".padEnd(1_000, "<"),
    }));
    const header = Array.from({ length: 3_000 }, (_label, at) => `f${at}`).join(",");
    const row = Array.from({ length: 3_000 }, () => "<&'".repeat(7)).join(",");
    const { of, tallies, findings } = await summaryFor(profileOf(rules), `${header}\n${row}\n${row}\n`);
    expect(findings.length).toBe(6_000);
    expect(of.findings_total).toBe(6_000);
    expect(told(of)).toBe(6_000);
    expect(of.by_rule.length).toBeGreaterThan(10);
    expect(of.others?.rules).toBe(3_000 - of.by_rule.length);
    expect(of.others?.by_severity).toEqual({ error: of.others?.findings, warning: 0, info: 0 });
    expect(bytesOf(JSON.stringify(of))).toBeLessThan(256 * KIB);
    for (const locale of ["pt-BR", "en", "es"] as const)
      expect(bytesOf(reportPage(of, locale))).toBeLessThan(200_000);
    const counts = countsByRule(tallies, 7);
    expect(counts.by_rule).toHaveLength(7);
    expect(told(counts as Parameters<typeof told>[0])).toBe(6_000);
  });

  it("names the first of very many and very long columns", async () => {
    const labels = Array.from({ length: 300 }, (_label, at) => `${"é".repeat(150)}${at}`);
    const { of } = await summaryFor(
      profileOf([]),
      `${labels.join(",")}\n${labels.map(() => "1").join(",")}\n`,
    );
    expect(of.reading.columns_total).toBe(300);
    expect(of.reading.columns).toHaveLength(100);
    expect(bytesOf(JSON.stringify(of))).toBeLessThan(64 * KIB);
  });

  it("of a file without a fault says so", async () => {
    const { of } = await summaryFor(profileOf([]), "a\n1\n");
    expect(of).toMatchObject({ findings_total: 0, by_rule: [], others: null });
    expect(reportPage(of, "pt-BR")).toContain("Nenhum problema foi encontrado.");
  });
});

describe("advice", () => {
  it.each(["REQUIRED", "TOO_LOW", "NOT_NUMERIC", "AMBIGUOUS_DATE", "blank-row"])(
    "is there for %s in each language",
    (fault) => {
      const advice = LOCALES.map((locale) => howToFix(locale, fault));
      for (const text of advice) expect(text).toMatch(/^.{20,160}\.$/);
      expect(new Set(advice).size).toBe(3);
    },
  );

  it("is not made up for what is not known", () => {
    expect(howToFix("en", "NEW_FAULT")).toBeNull();
  });
});
