/**
 * What holds for every check with every fix that the linter lets go together. A new type of either needs an entry
 * in CHECKS or FIXES: specs of it, and cells that it would change.
 */

import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { NO_CONVENTIONS } from "../../src/catalogue/checks/conventions";
import { compileRuleCheck } from "../../src/catalogue/checks/row-checks";
import { CheckSchema, RuleCheckSchema } from "../../src/catalogue/profile/check-schema";
import { FixSchema } from "../../src/catalogue/profile/fix-schema";
import { parseProfile } from "../../src/catalogue/profile/profile";
import { profileOf, runOn } from "./support";

type Specs = fc.Arbitrary<object>;

const MAPPINGS = { m: { novo: "new", usado: "used", um: "1" } };
const bound = fc.integer({ min: 0, max: 12 });
const chars = fc.constantFrom("<>", "#@ ", "é", "-.");
const flag = fc.constant(true);
const forms = fc.record({ trim: flag, collapse_spaces: flag, unicode: flag }, { requiredKeys: [] });
const cases = fc.constantFrom(
  {},
  { lowercase: true },
  { uppercase: true },
  { titlecase: true },
  { capitalize: true },
);
const form = fc.tuple(forms, cases).map((parts) => Object.assign({}, ...parts) as object);
const sized = fc.record({ min: bound, max: bound }, { requiredKeys: [] });
const sets = fc.oneof(
  fc.constant({ mapping: "m" }),
  fc.record({ values: fc.constant(["new", "used", "1"]), ignore_case: fc.boolean() }),
);
const patterns = fc
  .constantFrom("^[A-Z]+$", "^\\d{1,13}$", "^[^<>]*$", "^.{2,8}$")
  .map((pattern) => ({ pattern }));
const units = fc.constantFrom(["kg", "g"], ["g", "kg"], ["cm", "mm", "m"]);

const none: Specs = fc.constant({});

const CHECKS: Readonly<Record<string, Specs>> = {
  required: none,
  format: fc.constantFrom("integer", "decimal", "gtin", "date", "boolean").map((format) => ({ format })),
  integer: none,
  decimal: fc.record({ scale: fc.integer({ min: 0, max: 4 }) }, { requiredKeys: [] }),
  decimal_places: fc.record({ max: fc.integer({ min: 0, max: 4 }) }),
  boolean: none,
  url: none,
  email: none,
  date: fc.constantFrom({}, { format: "iso" }, { format: "iso", min: "2024-01-01" }),
  gtin: fc.constantFrom({}, { kinds: ["GTIN-12", "GTIN-13"] }, { prefixes: "sold" }),
  upc_e: none,
  isbn: none,
  ncm: none,
  cest: none,
  cpf: none,
  cnpj: none,
  cep: none,
  image_url: none,
  dimensions: fc.constantFrom({}, { sides: 3 }, { units: ["cm"] }),
  measure: units.map((of) => ({ units: of })),
  length: sized,
  length_min: fc.record({ min: bound }),
  length_max: fc.record({ max: bound }),
  range: sized,
  numeric_min: fc.record({ min: bound }),
  numeric_max: fc.record({ max: bound }),
  in_set: sets,
  enum: sets,
  regex: patterns,
  pattern: patterns,
  forbidden_chars: chars.map((of) => ({ chars: of })),
  item_count: sized,
  normalized: form,
  unique: fc.constantFrom({}, { ignore_case: true }),
  unique_together: fc.constant({ fields: ["c"] }),
  plain_text: fc.constantFrom({}, { emoji: false }),
  compare: fc.constantFrom("lt", "gte", "eq").map((op) => ({ op, field: "b" })),
  dependency: fc.constant({ depends_on: ["b"] }),
  business: fc
    .constantFrom("a <= b", "len(a) < 5", "not starts_with(a, 'x')")
    .map((expression) => ({ expression })),
  composite: fc.constantFrom(
    {
      all: [
        { type: "decimal", scale: 2 },
        { type: "range", min: 1 },
        { type: "compare", op: "lte", field: "b" },
      ],
    },
    { any: [{ type: "integer" }, { type: "in_set", values: ["new", "used"] }] },
    { rules: [{ type: "required" }, { type: "length", max: 6 }], none: [{ type: "in_set", values: ["x"] }] },
  ),
};

const FIXES: Readonly<Record<string, Specs>> = {
  set_default: fc.constantFrom("1", "x", "new", "7891234567895").map((value) => ({ value })),
  map_value: fc.constantFrom({}, { default: "new" }).map((more) => ({ mapping: "m", ...more })),
  truncate: fc.record({ max: bound }),
  pad: fc.record({
    length: fc.constantFrom(8, 10, 11, 12, 13),
    char: fc.constantFrom("0", "x", " "),
    side: fc.constantFrom("left", "right"),
  }),
  normalize: form,
  normalize_decimal: none,
  normalize_identifier: none,
  expand_upc_e: none,
  pad_gtin: none,
  convert_units: fc.constantFrom({}, { to: "kg" }),
  format_dimensions: none,
  normalize_date: none,
  strip_chars: chars.map((of) => ({ chars: of })),
  normalize_price: fc.record({ scale: fc.integer({ min: 0, max: 4 }) }, { requiredKeys: [] }),
  clean_text: fc.constantFrom({}, { emoji: false }),
  extract_gtin: none,
  concatenate: fc.constantFrom({}, { separator: "-" }).map((more) => ({ fields: ["b", "c"], ...more })),
};

/** Cells as sellers write them: each fix changes some of them, under some check. */
const CELLS = [
  ..."|  |x| a  b |NOVO|usado|um|new|AB|Ab Cd|e\u0301|ação <b>1</b>|&lt;i&gt;|#1@|sim|2024-02-30|25/12/2024|12 mar 2024 10:30|03/04/2024".split(
    "|",
  ),
  ..."5|0|-3|1.234,56|R$ 10,005|1,234|10.999|12 345,6|abc|7,5".split("|"),
  ..."7891234567895|EAN 7891234567895|789-1234567895|36000291452|04252614|85-359-0277-5|8535902775".split(
    "|",
  ),
  ..."529.982.247-25|12.345.678/0001-95|01310-100|1310100|8517.12.31|28.038.00|10x20x30 CM|1500 G|1,5kg|1.500,5 kg".split(
    "|",
  ),
  ..."https://a.com/b.jpg|a@b.com|a,b,,c|😀 ok\u0007|012345678905".split("|"),
];
const cell = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...CELLS) },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(..."aZ0é,;\"'<& .\n-5"), maxLength: 14 }) },
);
/** Every one of these cells is judged, beside others at random. */
const tables = fc
  .tuple(
    fc.array(fc.tuple(cell, cell), { minLength: CELLS.length, maxLength: CELLS.length }),
    fc.array(fc.tuple(cell, cell, cell), { maxLength: 8 }),
  )
  .map(([beside, more]) => [
    ...beside.map(([b, c], i): [string, string, string] => [CELLS[i] ?? "", b, c]),
    ...more,
  ]);

const ALL = { mappings: MAPPINGS, apply_fixes: ["safe", "lossy", "invented"] };
const RUNS = 6;

const typesOf = (options: readonly { shape: { type: { value: string } } }[]): string[] =>
  options.map(({ shape }) => shape.type.value);

function csv(rows: readonly (readonly string[])[]): string {
  const line = (row: readonly string[]) =>
    row.map((text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(",");
  return [["a", "b", "c"], ...rows].map((row) => `${line(row)}\r\n`).join("");
}

/** The lines of a file, each with its end; none of the cells here that hold one is cut. */
const linesOf = (text: string): string[] => text.split(/(?<=\r\n)/);

describe("the tables of this test", () => {
  it("have every type of check and fix that a profile may name", () => {
    expect(Object.keys(CHECKS).toSorted()).toEqual(typesOf(RuleCheckSchema.options).toSorted());
    expect(Object.keys(FIXES).toSorted()).toEqual(typesOf(FixSchema.options).toSorted());
    expect(RuleCheckSchema.options.length).toBeGreaterThan(CheckSchema.options.length);
  });
});

describe("the laws of a pair", () => {
  const applied = new Map<string, number>();

  it.each(Object.keys(CHECKS).flatMap((check) => Object.keys(FIXES).map((fix) => [check, fix] as const)))(
    "hold for %s with %s",
    async (checkType, fixType) => {
      const specs = fc.tuple(CHECKS[checkType] ?? none, FIXES[fixType] ?? none, tables);
      await fc.assert(
        fc.asyncProperty(specs, async ([checkMore, fixMore, rows]) => {
          const check = { type: checkType, ...checkMore };
          const rule = { id: "r", field: "a", check, fix: { type: fixType, ...fixMore } };
          const profile = profileOf([rule], ALL);
          const parsed = parseProfile(profile);
          if (!parsed.ok) return;
          const file = csv(rows);
          const first = await runOn(profile, file);
          const second = await runOn(profile, first.output);
          expect(second.summary.counters.corrections).toBe(0);
          expect(second.outputText).toBe(first.outputText);

          const { judge } = compileRuleCheck(RuleCheckSchema.parse(check), {
            field: "a",
            mappings: MAPPINGS,
            conventions: NO_CONVENTIONS,
          });
          const fixedRows = new Map(
            first.findings.flatMap(({ row, fix }) => (fix?.applied ? [[row, fix]] : [])),
          );
          for (const [row, fix] of fixedRows) {
            const [, b = "", c = ""] = rows[row - 1] ?? [];
            expect(judge(fix.after, (field) => ({ b, c })[field] ?? "")).toBeNull();
          }
          const [before, after] = [linesOf(file), linesOf(first.outputText)];
          expect(after.length).toBe(before.length);
          before.forEach((line, row) => {
            if (!fixedRows.has(row)) expect(after[row]).toBe(line);
          });
          if (rows.every(([a]) => !/["\n,]/.test(a))) {
            before.forEach((line, row) => {
              const rest = line.slice(line.indexOf(","));
              expect(after[row]?.endsWith(rest)).toBe(true);
            });
          }
          if (fixedRows.size === 0) expect(first.outputText).toBe(file);
          applied.set(fixType, (applied.get(fixType) ?? 0) + fixedRows.size);
        }),
        { seed: 41, numRuns: RUNS },
      );
    },
  );

  afterAll(() => {
    expect(Object.keys(FIXES).filter((fix) => !applied.get(fix))).toEqual([]);
  });
});

describe("the laws of many rules", () => {
  const conditions = fc.constantFrom<object[]>(
    {},
    {},
    { when: "b" },
    { when: { field: "c", op: "length", max: 4 } },
    { skip_if: { or: [{ field: "b", op: "less_than", value: 5 }, "a == 'new'"] } },
    { scope: { conditions: ["new"] } },
  );
  const typed = (specs: Readonly<Record<string, Specs>>) =>
    fc.oneof(...Object.entries(specs).map(([type, more]) => more.map((rest) => ({ type, ...rest }))));
  const rules = fc.array(
    fc.record({
      field: fc.constantFrom("a", "b", "c"),
      check: typed(CHECKS),
      fix: fc.option(typed(FIXES), { nil: undefined }),
      more: conditions,
    }),
    { minLength: 20, maxLength: 40 },
  );

  it("hold for many rules at once, of those that the linter lets go together", async () => {
    let correctedRows = 0;
    await fc.assert(
      fc.asyncProperty(rules, tables, async (specs, rows) => {
        const kept: object[] = [];
        const profileWith = (more: object[]) =>
          profileOf(more, { ...ALL, columns: [{ name: "b", aliases: ["condition"] }] });
        specs.forEach(({ more, ...spec }, i) => {
          const rule = { id: `r${i}`, ...spec, ...more };
          if (parseProfile(profileWith([...kept, rule])).ok) kept.push(rule);
        });
        const profile = profileWith(kept);
        const file = csv(rows);
        const first = await runOn(profile, file);
        const checked = await runOn(profile, file, { mode: "validate" });
        const second = await runOn(profile, first.output);
        expect(second.outputText).toBe(first.outputText);
        expect(second.summary.counters.corrections).toBe(0);
        const without = ({ findings }: typeof first) => findings.map((found) => ({ ...found, fix: null }));
        expect(without(checked)).toEqual(without(first));
        correctedRows += first.summary.counters.corrections;
      }),
      { seed: 42, numRuns: 150 },
    );
    expect(correctedRows).toBeGreaterThan(100);
  });

  it("find, though most cells are judged as bytes, what the checks find in the text", async () => {
    const conventions = { numbers: "en", dates: "dmy" } as const;
    const columns = [{ name: "a", number_format: conventions.numbers, date_format: conventions.dates }];
    let found = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(typed(CHECKS), { minLength: 3, maxLength: 6 }),
        tables,
        async (checks, rows) => {
          const kept: { id: string; check: object }[] = [];
          const profileWith = (more: object[]) => profileOf(more, { ...ALL, columns });
          checks.forEach((check, i) => {
            const rule = { id: `r${i}`, field: "a", check };
            if (parseProfile(profileWith([...kept, rule])).ok) kept.push(rule);
          });
          const { findings } = await runOn(profileWith(kept), csv(rows), { mode: "validate" });
          const compiled = kept.map(({ id, check }) => {
            const place = { field: "a", mappings: MAPPINGS, conventions };
            return { id, check: compileRuleCheck(RuleCheckSchema.parse(check), place) };
          });
          const expected = rows.flatMap(([a, b, c], row) => {
            if ([a, b, c].every((text) => text.trim() === "")) return [];
            const read = (field: string) => ({ b, c })[field] ?? "";
            return compiled.flatMap(({ id, check }) => {
              const fault = a.trim() === "" && !check.judgesBlank ? null : check.judge(a, read);
              return fault === null ? [] : [`${row + 1} ${id} A_${fault}`];
            });
          });
          const actual = findings.filter(({ code }) => code.startsWith("A_") && code !== "A_DUPLICATE");
          expect(actual.map(({ row, rule_id, code }) => `${row} ${rule_id} ${code}`)).toEqual(expected);
          found += expected.length;
        },
      ),
      { seed: 43, numRuns: 150 },
    );
    expect(found).toBeGreaterThan(1000);
  });
});
