import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseProfile } from "../../src/catalogue/profile/profile";
import { profileOf, runOn } from "./support";

const DERIVED = [
  { name: "label", from: { concatenate: ["brand", "name"], separator: " - " } },
  { name: "total", from: "round(price * stock, 2)" },
];
const PROFILE = profileOf(
  [{ id: "p", field: "price", check: { type: "decimal" }, fix: { type: "normalize_decimal" } }],
  { derived: DERIVED },
);
const enriched = (file: string, profile: unknown = PROFILE) => runOn(profile, file, { enrich: true });

describe("an enrichment", () => {
  it("appends what the profile derives from corrected values", async () => {
    const { outputText, summary } = await enriched(
      'brand;name;price;stock\nA;x;"1,50";3\n;y;2;\nB; z ;abc;1\n',
    );
    expect(outputText).toBe(
      'brand;name;price;stock;label;total\nA;x;"1.50";3;A - x;4.5\n;y;2;;y;\nB; z ;abc;1;B - z;\n',
    );
    expect(summary.counters).toMatchObject({ total: 3, corrections: 1 });
  });

  it.each([
    ["CRLF", "brand,name\r\nA,x\r\n", "brand,name,label,total\r\nA,x,A - x,\r\n"],
    ["CR", "brand,name\rA,x\r", "brand,name,label,total\rA,x,A - x,\r"],
    ["no last line end", "brand,name\nA,x", "brand,name,label,total\nA,x,A - x,"],
    ["a header alone", "brand,name", "brand,name,label,total"],
    ["quotes", 'brand,name\n"A, ""b""",x\n', 'brand,name,label,total\n"A, ""b""",x,"A, ""b"" - x",\n'],
    ["a short row", "brand,name,c\nA\n", "brand,name,c,label,total\nA,,,A,\n"],
    ["a long row", "brand,name\nA,x,more\n", "brand,name,label,total\nA,x,more\n"],
    ["a blank row", "brand,name\n\nA,x\n", "brand,name,label,total\n\nA,x,A - x,\n"],
    ["a row with no sure reading", 'brand,name\nA,"6.4" TV"\n', 'brand,name,label,total\nA,"6.4" TV",,\n'],
    ["a column that is there", "brand,name,Label\nA,x,own\n", "brand,name,Label,total\nA,x,own,\n"],
  ])("minds %s", async (_, file, output) => {
    const first = await enriched(file);
    expect(first.outputText).toBe(output);
    const second = await enriched(output);
    expect(second.outputText).toBe(output);
    expect(second.summary.counters.corrections).toBe(0);
  });

  it("happens only where it is asked for", async () => {
    const file = "brand,name\nA,x\n";
    expect((await runOn(PROFILE, file)).outputText).toBe(file);
    const validated = await runOn(PROFILE, file, { enrich: true, mode: "validate" });
    expect(validated.output.length).toBe(0);
  });

  it("adds nothing the second time, wherever chunks are cut", async () => {
    const cell = fc.constantFrom("", "A", "1,5", "x y", '"q"', "a,b", "é", "R$ 2");
    const table = fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 40 }), async (rows, size) => {
        const lines = [["brand", "name", "price", "stock"], ...rows].map((row) =>
          row.map((text) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(","),
        );
        const file = lines.join("\n");
        const first = await enriched(file);
        const chunks = await runOn(PROFILE, file, { enrich: true, cuts: (at) => at + size });
        expect(chunks.outputText).toBe(first.outputText);
        const second = await enriched(first.outputText);
        expect(second.outputText).toBe(first.outputText);
        expect(second.summary.counters.corrections).toBe(0);
      }),
      { seed: 31, numRuns: 100 },
    );
  });

  it.each([
    [[{ name: "a", from: "1 +" }], "/derived/0/from unexpected end at character 4"],
    [[DERIVED[0], { name: "LABEL ", from: "1" }], "/derived/1/name"],
    [[{ name: " ", from: "1" }], "/derived/0/name is blank"],
    [[{ name: "a", from: { concatenate: [] } }], "/derived/0/from/concatenate"],
  ])("is refused: %j", (derived, fault) => {
    const parsed = parseProfile(profileOf([], { derived }));
    expect(parsed.ok ? "" : parsed.error.map(({ path, message }) => `${path} ${message}`).join()).toContain(
      fault,
    );
  });
});
