import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileProfile } from "../../src/catalogue/profile/compile";
import { parseProfile } from "../../src/catalogue/profile/profile";
import { previewCatalogue, type Preview } from "../../src/catalogue/preview/preview";
import { sampleOf, type SampledRow } from "../../src/catalogue/preview/row-sample";
import type { FixChoice } from "../../src/domain/fix-choice";
import { chunked, profileOf, runOn } from "./support";

const PROFILE = profileOf(
  [
    {
      id: "trim",
      field: "a",
      check: { type: "normalized", trim: true },
      fix: { type: "normalize", trim: true },
    },
    { id: "price", field: "b", check: { type: "decimal" }, fix: { type: "normalize_decimal" } },
    { id: "short", field: "a", check: { type: "length_max", max: 3 }, fix: { type: "truncate", max: 3 } },
    { id: "one", field: "a", check: { type: "unique" } },
  ],
  { apply_fixes: ["safe", "lossy"] },
);

interface Options {
  sample?: "head" | "random" | "stratified";
  rows?: number;
  seed?: number;
  bytesMax?: number;
  fixes?: FixChoice;
  cuts?: (at: number) => number;
}

async function previewed(file: string, options: Options = {}): Promise<Preview> {
  const parsed = parseProfile(PROFILE);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const bytes = new TextEncoder().encode(file);
  const outcome = await previewCatalogue({
    source: chunked(bytes, options.cuts ?? (() => bytes.length)),
    compressed: false,
    maxInflatedBytes: 1e9,
    profile: compileProfile(parsed.value, options.fixes),
    sample: options.sample ?? "head",
    rows: options.rows ?? 200,
    seed: options.seed ?? 0,
    bytesMax: options.bytesMax ?? 1e9,
  });
  if (!outcome.ok) throw new Error(outcome.error.detail);
  return outcome.value;
}

const cells = fc.tuple(
  fc.constantFrom("ab", " ab", "abcd ", "é", "abcdef", ""),
  fc.constantFrom("1,5", "1.234,56", "5.00", "x", ""),
);
const files = fc
  .array(cells, { minLength: 1, maxLength: 60 })
  .map((rows) => ["a;b", ...rows.map((row) => row.join(";"))].join("\r\n"));
const choices = fc.record({ accept: fc.subarray(["trim", "price", "short"]) });

/** The file with the cells that the preview changes, and no other, written anew. */
function patched(file: string, { rows }: Preview): string {
  const lines = file.split("\r\n").map((line) => line.split(";"));
  for (const { row, changes } of rows) {
    for (const { column, before, after } of changes) {
      const line = lines[row] ?? [];
      expect(line[column - 1]).toBe(before);
      line[column - 1] = after;
    }
  }
  return lines.map((line) => line.join(";")).join("\r\n");
}

describe("a preview", () => {
  it("that sees all rows changes exactly the cells that the correction changes", async () => {
    let changed = 0;
    await fc.assert(
      fc.asyncProperty(files, choices, async (file, fixes) => {
        const preview = await previewed(file, { fixes });
        const job = await runOn(PROFILE, file, { fixes });
        expect(patched(file, preview)).toBe(job.outputText);
        expect(preview.counters).toEqual(job.summary.counters);
        expect(preview.byRule).toEqual(
          job.summary.byRule.map((tally) => ({ ...tally, message: expect.any(String) })),
        );
        expect(preview.isWhole).toBe(true);
        changed += preview.rows.filter(({ changes }) => changes.length > 0).length;
        for (const { changes } of preview.rows)
          for (const { steps } of changes) {
            expect(steps.length).toBeGreaterThan(0);
            for (const { ruleId } of steps) expect(fixes.accept).toContain(ruleId);
          }
      }),
      { seed: 3, numRuns: 150 },
    );
    expect(changed).toBeGreaterThan(300);
  });

  it("has the findings of each row that it shows, and the same however the source is chunked", async () => {
    const file = ["a;b", " ab;1,5", "abcdef;x", "ok;1.00", " ab;2,5"].join("\n");
    const { findings } = await runOn(PROFILE, file);
    const preview = await previewed(file);
    const told = preview.rows.flatMap((row) =>
      row.findings.map(({ place, kind, value }) => [place.row, place.line, kind.ruleId, value]),
    );
    expect(told).toEqual(findings.map(({ row, line, rule_id, value }) => [row, line, rule_id, value]));
    expect(preview.rows.map(({ row, line }) => [row, line])).toEqual([
      [1, 2],
      [2, 3],
      [3, 4],
      [4, 5],
    ]);
    const asText = (of: Preview) =>
      JSON.stringify(of, (_name, value: unknown) =>
        value instanceof Set || value instanceof Map ? [...value] : value,
      );
    expect(asText(await previewed(file, { cuts: (at) => at + 1 }))).toBe(asText(preview));
    expect([...preview.correctedCells]).toEqual([
      ["trim", 2],
      ["price", 2],
      ["short", 1],
    ]);
  });

  it("ends between two rows, and says that it has not seen all", async () => {
    const file = `a;b\n${'"ab\nc";1,5\n'.repeat(200_000)}`;
    const preview = await previewed(file, { bytesMax: 512 * 1024, rows: 5, cuts: (at) => at + 50_000 });
    expect(preview.isWhole).toBe(false);
    expect(preview.bytesRead).toBeLessThan(file.length / 2);
    expect(preview.counters.total).toBeGreaterThan(40_000);
    expect(preview.byRule.map(({ ruleId }) => ruleId)).not.toContain("unclosed-quote");
    expect(preview.rows).toHaveLength(5);
  });

  it("reads no further than it needs", async () => {
    let pulled = 0;
    let isCancelled = false;
    const source = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++;
        controller.enqueue(new TextEncoder().encode(pulled === 1 ? "a;b\n" : "ab;1\n".repeat(20_000)));
      },
      cancel() {
        isCancelled = true;
      },
    });
    const parsed = parseProfile(PROFILE);
    if (!parsed.ok) throw new Error("unreachable");
    const profile = compileProfile(parsed.value);
    const run = {
      source,
      compressed: false,
      maxInflatedBytes: 1e9,
      profile,
      sample: "random",
      rows: 3,
      seed: 1,
    } as const;
    const outcome = await previewCatalogue({ ...run, bytesMax: 1_000_000 });
    expect(outcome).toMatchObject({ ok: true, value: { isWhole: false } });
    expect(isCancelled).toBe(true);
    expect(pulled).toBeLessThan(30);
  });
});

describe("a sample", () => {
  const rows = Array.from({ length: 1000 }, (_, at): SampledRow => {
    const rules = new Set<string>(at % 2 === 0 ? ["common"] : []);
    if (at === 970) rules.add("rare");
    if (at > 500 && at % 100 === 1) rules.add("late");
    return { row: at + 1, rules };
  });
  const sampled = (...[kind, size, seed]: Parameters<typeof sampleOf>) => {
    const sample = sampleOf(kind, size, seed);
    for (const row of rows) sample.offer(row);
    return sample.rows.map(({ row }) => row);
  };

  it("of the head is the first rows", () => {
    expect(sampled("head", 3, 9)).toEqual([1, 2, 3]);
  });

  it("at random is the same for a seed, another for another, in file order, and even", () => {
    expect(sampled("random", 10, 7)).toEqual(sampled("random", 10, 7));
    expect(sampled("random", 10, 7)).not.toEqual(sampled("random", 10, 8));
    expect(sampled("random", 10, 7)).toEqual(sampled("random", 10, 7).toSorted((a, b) => a - b));
    const seen = Array.from({ length: 400 }, (_, seed) => sampled("random", 10, seed)).flat();
    const early = seen.filter((row) => row <= 500).length / seen.length;
    expect(early).toBeGreaterThan(0.45);
    expect(early).toBeLessThan(0.55);
    expect(sampled("random", 2000, 1)).toHaveLength(1000);
  });

  it("by strata has rows of every rule, also of one that is seen late and once", () => {
    const got = sampled("stratified", 9, 0);
    expect(got.length).toBeLessThanOrEqual(9);
    const rules = got.map((row) => [...(rows[row - 1]?.rules ?? [])]);
    expect(rules.every((of) => of.length > 0)).toBe(true);
    expect(rules.filter((of) => of.includes("rare"))).toHaveLength(1);
    expect(rules.filter((of) => of.includes("late")).length).toBeGreaterThan(1);
    expect(rules.filter((of) => of.includes("common")).length).toBeGreaterThan(1);
    expect(sampled("stratified", 1, 0)).toHaveLength(1);
  });
});
