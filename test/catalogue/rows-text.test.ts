import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileProfile } from "../../src/catalogue/profile/compile";
import { correctedRow, ROWS_DIALECT, rowsText, type Cell } from "../../src/catalogue/reading/rows-text";
import { runInline } from "../../src/catalogue/run/run-inline";
import { parsedProfile } from "./parsed-profile";
import { profileOf } from "./support";

const text = fc.string({
  unit: fc.constantFrom("a", "é", '"', ",", ";", "\t", "|", "\n", "\r", " ", "=", "1"),
});
const cell = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null));
const label = fc.string({ unit: fc.constantFrom("a", "b", '"', ",", ";", "\n", "|"), minLength: 1 });
const row = fc.dictionary(label, cell, { minKeys: 1, maxKeys: 6 });

const corrected = async (profile: unknown, cells: Record<string, Cell>) => {
  const outcome = await runInline({
    text: new TextEncoder().encode(rowsText([cells])),
    profile: compileProfile(parsedProfile(profile as object)),
    mode: "correct",
    findingsMax: 100,
    dialect: ROWS_DIALECT,
  });
  if (!outcome.ok) throw new Error(outcome.error.detail);
  return { ...outcome.value, row: correctedRow(cells, outcome.value.output ?? "") };
};

describe("a row as text", () => {
  it("comes back as it was where nothing is corrected, whatever its cells say", async () => {
    const without = profileOf([]);
    await fc.assert(
      fc.asyncProperty(row, async (cells) => {
        const { row: back, summary } = await corrected(without, cells);
        expect({ ...back }).toEqual({ ...cells });
        expect(summary.counters.total).toBe(1);
      }),
      { seed: 71, numRuns: 300 },
    );
  });

  it("comes back with what was corrected, and the rest as the values that they were", async () => {
    const profile = profileOf([
      {
        id: "trim",
        field: "title",
        check: { type: "normalized", trim: true },
        fix: { type: "normalize", trim: true },
        severity: "info",
      },
    ]);
    const { row: back } = await corrected(profile, {
      title: ' a "b"; c ',
      stock: 3,
      brand: null,
      used: false,
    });
    expect({ ...back }).toEqual({ title: 'a "b"; c', stock: 3, brand: null, used: false });
  });

  it("is read by its own dialect, whatever the profile's files are written in", async () => {
    const profile = profileOf([{ id: "r", field: "b", check: { type: "required" }, severity: "error" }], {
      columns: [{ name: "a" }, { name: "b" }],
      dialect: { delimiter: ";", header: false, encoding: "windows-1252" },
    });
    const { findings } = await corrected(profile, { a: "é", b: "" });
    expect(findings).toMatchObject([{ row: 1, field: "b", rule_id: "r", column: 2 }]);
  });
});
