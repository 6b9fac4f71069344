import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MemorySpillStore } from "../../support/memory-spill-store";
import { profileOf, runOn } from "../support";
import { csvOf, duplicatesIn, expectedOf, rows, SOUP_PROFILE } from "./oracle";

const SKU_UNIQUE = profileOf([{ id: "sku_unique", field: "sku", check: { type: "unique" } }]);
/** Room for three keys. */
const TINY_BYTES = 100;

const inOrder = (list: readonly string[]): string[] => [...list].sort();

describe("duplicates of a whole file", () => {
  it("are those that a Map finds, in the order of rows, in both modes", async () => {
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom("validate", "correct"), async (all, mode) => {
        const { findings, summary } = await runOn(SOUP_PROFILE, csvOf(all), { mode });
        const { duplicates, errors, warnings } = expectedOf(all);
        expect(duplicatesIn(findings)).toEqual(duplicates);
        expect(summary.counters).toMatchObject({ total: all.length, errors, warnings });
      }),
      { numRuns: 150 },
    );
  });

  it("are the same in the corrected file", async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (all) => {
        const first = await runOn(SOUP_PROFILE, csvOf(all));
        const second = await runOn(SOUP_PROFILE, first.outputText);
        expect(duplicatesIn(second.findings)).toEqual(duplicatesIn(first.findings));
        expect(second.summary.counters.corrections).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});

describe("keys beyond the budget", () => {
  it("are judged through the store: the same duplicates and counters, the late ones in the order of rows", async () => {
    const budgets = fc.integer({ min: TINY_BYTES, max: 3000 });
    await fc.assert(
      fc.asyncProperty(rows, budgets, fc.integer({ min: 1, max: 90 }), async (all, bytes, chunkBytes) => {
        const spill = new MemorySpillStore(chunkBytes);
        const { findings, summary } = await runOn(SOUP_PROFILE, csvOf(all), {
          uniquenessBytes: bytes,
          spill,
        });
        const { duplicates, errors, warnings } = expectedOf(all);
        expect(inOrder(duplicatesIn(findings))).toEqual(inOrder(duplicates));
        expect(summary.counters).toMatchObject({ total: all.length, errors, warnings });
        expect(summary.findingsTotal).toBe(findings.length);
        const turns = findings.filter(({ row }, i) => row < (findings[i - 1]?.row ?? 0));
        expect(turns.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 150 },
    );
  });

  it("make the same report wherever the source and the partitions are cut", async () => {
    const all = fc.sample(rows, { numRuns: 3, seed: 7 }).flat();
    const file = csvOf([...all, ...all]);
    const reports = [1, 3, 26, 27, 64, 1000].map(async (chunkBytes) => {
      const spill = new MemorySpillStore(chunkBytes);
      const cuts = (at: number) => at + chunkBytes;
      return (await runOn(SOUP_PROFILE, file, { uniquenessBytes: TINY_BYTES, spill, cuts })).report;
    });
    expect(new Set(await Promise.all(reports)).size).toBe(1);
  });

  it("keep line, first occurrence and the beginning of the value", async () => {
    const long = `${"é".repeat(19)}xyz`;
    const file = [
      "sku,b",
      ...Array.from({ length: 10 }, (_, i) => `K${i},`),
      `"${long}","a`,
      'b"',
      `${long},`,
    ];
    const spill = new MemorySpillStore();
    const { findings } = await runOn(SKU_UNIQUE, file.join("\n"), { uniquenessBytes: TINY_BYTES, spill });
    expect(findings).toEqual([
      {
        row: 12,
        line: 14,
        column: 1,
        byte_offset: 96,
        field: "sku",
        rule_id: "sku_unique",
        code: "SKU_DUPLICATE",
        severity: "error",
        message: "sku: repeats an earlier row (unique).",
        value: `${"é".repeat(19)}xy`,
        expected: "unique",
        first: { row: 11, line: 12 },
      },
    ]);
  });

  it("fill many buffers and several passes, and stay exact", async () => {
    const count = 60_000;
    const file = ["sku"];
    for (let i = 0; i < count; i++) file.push(`SKU-${(i * 7919) % 40_000}`);
    const spill = new MemorySpillStore(10_000);
    const { findings, summary } = await runOn(SKU_UNIQUE, file.join("\n"), { uniquenessBytes: 4096, spill });
    expect(findings.length).toBe(20_000);
    expect(findings.every(({ row, line, first }) => first?.row === row - 40_000 && line === row + 1)).toBe(
      true,
    );
    expect(summary.counters).toMatchObject({ total: count, errors: 20_000, warnings: 0 });
  });

  it("pass unjudged without a store, and one warning says from which row on", async () => {
    const lines = ["sku", "A", "B", "A", "C", "D", "E", "D", "A", "E", "B"];
    const { findings, summary } = await runOn(SKU_UNIQUE, lines.join("\n"), { uniquenessBytes: TINY_BYTES });
    expect(findings.map(({ row, code }) => `${row} ${code}`)).toEqual([
      "3 SKU_DUPLICATE",
      "5 uniqueness-limited",
      "8 SKU_DUPLICATE",
      "10 SKU_DUPLICATE",
    ]);
    expect(findings[1]).toMatchObject({
      line: 6,
      column: null,
      severity: "warning",
      message: "Too many values to compare: from this row on, repetitions of new values are not found.",
    });
    expect(summary.counters).toMatchObject({ errors: 3, warnings: 0 });
  });

  it("can be stopped in the final pass", async () => {
    const file = ["sku,text"];
    for (let i = 0; i < 30_000; i++) file.push(`a-rather-long-sku-${i % 20_000},`);
    let asked = 0;
    const spill = new MemorySpillStore();
    const options = { uniquenessBytes: TINY_BYTES * 30, spill };
    const whole = await runOn(SKU_UNIQUE, file.join("\n"), {
      ...options,
      onProgress: () => (asked++, "go"),
    });
    expect(whole.summary.counters.errors).toBe(10_000);
    const windows = Math.ceil(file.join("\n").length / (256 * 1024));
    expect(asked).toBeGreaterThan(windows + 2);
    for (const last of [windows + 1, asked - 1]) {
      let left = last;
      const { result } = await runOn(SKU_UNIQUE, file.join("\n"), {
        ...options,
        spill: new MemorySpillStore(),
        onProgress: () => (left-- > 0 ? "go" : "stop"),
      });
      expect(result).toMatchObject({ ok: false, error: { reason: "stopped" } });
    }
  });
});

describe("a million rows", () => {
  const count = 1_000_000;
  /** One SKU in a thousand repeats the one 500 rows before. */
  const isRepeat = (i: number) => i % 1000 === 999;
  const file = new TextEncoder().encode(
    `sku\n${Array.from({ length: count }, (_, i) => `SKU-${isRepeat(i) ? i - 500 : i}\n`).join("")}`,
  );

  it("fit in 32 MiB", async () => {
    const { findings, summary } = await runOn(SKU_UNIQUE, file, { uniquenessBytes: 32 * 1024 ** 2 });
    expect(findings.length).toBe(1000);
    expect(findings.every(({ row, first }) => row % 1000 === 0 && first?.row === row - 500)).toBe(true);
    expect(summary.counters).toMatchObject({ total: count, errors: 1000 });
  });

  it("go through the store where the default of 4 MiB is full", async () => {
    const spill = new MemorySpillStore(64 * 1024);
    const { findings, summary } = await runOn(SKU_UNIQUE, file, { spill });
    expect(spill.bytes).toBeGreaterThan(500_000 * 26);
    expect(findings.length).toBe(1000);
    expect(findings.every(({ row, first }, i) => row === (i + 1) * 1000 && first?.row === row - 500)).toBe(
      true,
    );
    expect(summary.counters).toMatchObject({ total: count, errors: 1000 });
  });
});
