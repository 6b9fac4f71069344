import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileProfile, type CompiledProfile } from "../../src/catalogue/profile/compile";
import { parseProfile } from "../../src/catalogue/profile/profile";
import { shadowCatalogue, type Shadow } from "../../src/catalogue/preview/shadow";
import { chunked, profileOf, runOn } from "./support";

const rule = (id: string, field: string, check: object, more: object = {}) => ({ id, field, check, ...more });
const PUBLISHED = profileOf([
  rule("short", "a", { type: "length_max", max: 4 }),
  rule("price", "b", { type: "decimal" }),
]);
const DRAFT = profileOf([
  rule("short", "a", { type: "length_max", max: 2 }),
  rule("price", "b", { type: "decimal" }, { severity: "warning" }),
  rule("need", "b", { type: "required" }),
]);

function compiled(profile: unknown): CompiledProfile {
  const parsed = parseProfile(profile);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return compileProfile(parsed.value);
}

async function shadowed(file: string, bytesMax = 1e9): Promise<Shadow> {
  const bytes = new TextEncoder().encode(file);
  const outcome = await shadowCatalogue({
    open: async () => chunked(bytes, (at) => at + 60_000),
    compressed: false,
    maxInflatedBytes: 1e9,
    published: compiled(PUBLISHED),
    draft: compiled(DRAFT),
    bytesMax,
  });
  if (!outcome.ok) throw new Error(outcome.error.detail);
  return outcome.value;
}

async function errorRows(profile: unknown, file: string): Promise<Set<number>> {
  const { findings } = await runOn(profile, file, { mode: "validate" });
  return new Set(findings.filter(({ severity }) => severity === "error").map(({ row }) => row));
}

describe("a shadow run", () => {
  it("tells the rows that change sides, by the rule that has them do so", async () => {
    const shadow = await shadowed("a,b\nabc,1\nab,x\nabcde,1\nab,\nabc,x\n");
    expect(shadow).toMatchObject({ rows: 5, isWhole: true, becomesError: 2, stopsBeingError: 1 });
    expect([...shadow.newlyFailing].map(([id, { rows }]) => [id, rows])).toEqual([
      ["short", 1],
      ["need", 1],
    ]);
    expect([...shadow.newlyPassing]).toMatchObject([
      [
        "price",
        { rows: 1, examples: [{ row: 2, line: 3, field: "b", value: "x", message: expect.any(String) }] },
      ],
    ]);
  });

  it("agrees with two validations of the same file", async () => {
    const cells = fc.tuple(fc.constantFrom("a", "abc", "abcde", ""), fc.constantFrom("1", "x", ""));
    const files = fc
      .array(cells, { minLength: 1, maxLength: 60 })
      .map((rows) => ["a,b", ...rows.map((row) => row.join(","))].join("\n"));
    await fc.assert(
      fc.asyncProperty(files, async (file) => {
        const [before, after, shadow] = [
          await errorRows(PUBLISHED, file),
          await errorRows(DRAFT, file),
          await shadowed(file),
        ];
        expect(shadow.becomesError).toBe([...after].filter((row) => !before.has(row)).length);
        expect(shadow.stopsBeingError).toBe([...before].filter((row) => !after.has(row)).length);
      }),
      { seed: 9, numRuns: 100 },
    );
  });

  it("keeps five examples of a rule, and looks no further than it was told", async () => {
    const shadow = await shadowed(`a,b\n${"abc,1\n".repeat(200_000)}`, 500_000);
    expect(shadow.isWhole).toBe(false);
    expect(shadow.rows).toBeGreaterThan(50_000);
    expect(shadow.rows).toBeLessThan(150_000);
    expect(shadow.becomesError).toBe(shadow.rows);
    expect(shadow.newlyFailing.get("short")?.examples.map(({ row }) => row)).toEqual([1, 2, 3, 4, 5]);
  });
});
