import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileProfile } from "../../../src/catalogue/profile/compile";
import { findRows, type RowSearch } from "../../../src/catalogue/verdicts/find-rows";
import { parsedProfile } from "../parsed-profile";
import { bytesOf, soup, textOf } from "../soups";
import { chunked, runOn } from "../support";

const PROFILE = {
  channel: "acme",
  version: "1.0.0",
  columns: [{ name: "sku" }],
  rules: [{ id: "never", field: "sku", check: { type: "in_set", values: ["\u0001"] }, severity: "error" }],
};
const profile = compileProfile(parsedProfile(PROFILE));

const find = (text: string | Uint8Array, wanted: readonly string[], more: Partial<RowSearch> = {}) => {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return findRows({
    source: chunked(bytes, (at) => at + 7),
    compressed: false,
    maxBytes: 1e9,
    profile,
    field: "sku",
    wanted: new Set(wanted),
    ...more,
  });
};

const places = async (...args: Parameters<typeof find>) => {
  const found = await find(...args);
  if (!found.ok) throw new Error(found.error.detail);
  return { ...found.value, places: Object.fromEntries(found.value.places) };
};

describe("the search for rows", () => {
  it("finds the first row of each product, by data row and physical line", async () => {
    const text = 'preamble\nsku,name\n\nA,"two\nlines"\nB,x\n A ,y\n"C ""1""",z';
    expect(await places(text, ["A", "B", 'C "1"', "D"])).toEqual({
      places: { A: { row: 2, line: 4 }, B: { row: 3, line: 6 }, 'C "1"': { row: 5, line: 8 } },
      rowsRead: 5,
      truncated: false,
      isWhole: true,
    });
  });

  it("stops once all is found, and at its bound", async () => {
    const rows = Array.from({ length: 60_000 }, (_, n) => `S${n},${"x".repeat(20)}`);
    const text = ["sku,name", ...rows].join("\n");
    const first = await places(text, ["S0"]);
    expect(first).toMatchObject({ truncated: false, isWhole: false });
    expect(first.rowsRead).toBeLessThan(30_000);
    const bounded = await places(text, ["S59999"], { maxBytes: 500_000 });
    expect(bounded).toMatchObject({ places: {}, truncated: true, isWhole: false });
    expect(await places(text, ["S59999"])).toMatchObject({
      places: { S59999: { row: 60_000, line: 60_001 } },
    });
  });

  it("passes over a row that is too long, as a run does", async () => {
    const text = `sku,name\nA,1\nX,"${"y".repeat(3_000_000)}"\nB,2\n`;
    expect((await places(text, ["B"])).places).toEqual({ B: { row: 3, line: 4 } });
  });

  it("says where a run says that a finding is, in any table whatever", async () => {
    await fc.assert(
      fc.asyncProperty(soup, async (table) => {
        const width = table.rows[0]?.length ?? 2;
        const header = ["sku", ...Array.from({ length: width }, (_, n) => `c${n}`)];
        const rows = table.rows.map((row, n) => [`K${n % 5}`, ...row]);
        const text = (table.hasBom ? "\ufeff" : "") + textOf({ ...table, rows: [header, ...rows] });
        const bytes = bytesOf(text, table.hasBom ? table.encoding : "utf-8");
        const { findings, result } = await runOn(PROFILE, bytes, { mode: "validate" });
        const found = await find(bytes, ["K0", "K1", "K2", "K3", "K4"]);
        expect(found.ok).toBe(result.ok);
        if (!found.ok) return;
        for (const [sku, place] of found.value.places) {
          const told = findings.find(({ rule_id, value }) => rule_id === "never" && value?.trim() === sku);
          expect(place).toEqual({ row: told?.row, line: told?.line });
        }
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it("answers what is no table, and gzip that is none, as a value", async () => {
    expect(await find("", ["A"])).toMatchObject({ ok: false });
    expect(await find("sku\nA", ["A"], { compressed: true })).toMatchObject({ ok: false });
  });
});
