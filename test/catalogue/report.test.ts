import fc from "fast-check";
import Papa from "papaparse";
import { describe, expect, it } from "vitest";
import { csvCell, EXCEL_CSV, PLAIN_CSV, type CsvForm } from "../../src/catalogue/report/csv-cell";
import { reportCsv } from "../../src/catalogue/report/report-csv";
import { chunked, profileOf, runOn } from "./support";

/** Takes the guard off again, knowing only how a guarded text looks. */
const unguarded = (cell: string, { guard }: CsvForm): string =>
  cell.startsWith("'") && guard(cell) ? cell.slice(1) : cell;

async function csvOf(ndjson: string, form: CsvForm, cuts?: (at: number) => number): Promise<string> {
  const bytes = new TextEncoder().encode(ndjson);
  const stream = reportCsv(chunked(bytes, cuts ?? (() => bytes.length)), form);
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
    await new Response(stream).arrayBuffer(),
  );
}

const HOSTILE = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."='+-@\t\r\n\",;0123456789.eE/: a＝＋－＠%") }),
  fc.string({ unit: "grapheme" }),
);

describe("csvCell", () => {
  it.each([
    ["=1+1", "'=1+1"],
    ["+cmd", "'+cmd"],
    ["-2+3", "'-2+3"],
    ["@SUM(A1)", "'@SUM(A1)"],
    [" =1+1", "' =1+1"],
    ["＝1+1", "'＝1+1"],
    ["\tx", "'\tx"],
    ["'=1", "''=1"],
    ["-5,00", '"-5,00"'],
    ["-5.00", "-5.00"],
    ["+10%", "+10%"],
    ["7891234567895", "7891234567895"],
    ["'tis", "'tis"],
    ['a"b', '"a""b"'],
    ["a\nb", '"a\nb"'],
  ])("writes %j as %j", (text, cell) => {
    expect(csvCell(text, PLAIN_CSV)).toBe(cell);
  });

  it.each([
    ["7891234567895", "'7891234567895"],
    ["00123", "'00123"],
    ["10.50", "'10.50"],
    ["1.234", "'1.234"],
    ["7.89E+12", "'7.89E+12"],
    ["1/2", "'1/2"],
    ["2026-11-24", "'2026-11-24"],
    ["=1;2", `"'=1;2"`],
    ["-5,00", "-5,00"],
    ["-5", "-5"],
    ["0,5", "0,5"],
    ["12345678901", "12345678901"],
    ["10%", "10%"],
    ["Caneca 300 ml", "Caneca 300 ml"],
    ["a;b", '"a;b"'],
    ["a,b", "a,b"],
  ])("writes %j for Excel as %j", (text, cell) => {
    expect(csvCell(text, EXCEL_CSV)).toBe(cell);
  });

  it.each([
    ["CSV", PLAIN_CSV],
    ["Excel's CSV", EXCEL_CSV],
  ])("of %s can be undone, and is never run", (_name, form) => {
    fc.assert(
      fc.property(HOSTILE, HOSTILE, (one, other) => {
        const line = [one, other].map((text) => csvCell(text, form)).join(form.delimiter);
        const { data } = Papa.parse<string[]>(line, { delimiter: form.delimiter, newline: form.lineEnd });
        const cells = data[0] ?? [""];
        expect(data.length).toBeLessThan(2);
        expect(cells.map((cell) => unguarded(cell, form))).toEqual([one, other]);
        for (const cell of cells)
          expect(/^(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/.test(cell) && !/^[+-]?[\d.,]+%?$/.test(cell)).toBe(false);
      }),
      { seed: 6, numRuns: 5_000 },
    );
  });

  it("of Excel's CSV leaves nothing that Excel would put another number in the place of", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."0123456789.,eE+-/:") }), (text) => {
        const cell = csvCell(text, EXCEL_CSV);
        if (cell.startsWith("'") || !/\d/.test(cell)) return;
        expect(cell).toMatch(/^[+-]?(0|[1-9]\d{0,10})(,\d+)?$/);
      }),
      { seed: 6, numRuns: 2_000 },
    );
  });
});

describe("the reports", () => {
  const profile = profileOf(
    [
      { id: "len", field: "a", check: { type: "length_max", max: 3 }, fix: { type: "truncate", max: 3 } },
      { id: "req", field: "b", check: { type: "required" } },
    ],
    { apply_fixes: ["lossy"] },
  );

  it.each([
    ["CSV", PLAIN_CSV],
    ["Excel's CSV", EXCEL_CSV],
  ])("say the same in NDJSON and %s", async (_name, form) => {
    const { findings, report } = await runOn(profile, 'a,b\n"=é""\t\n😀\\xyz",\n6.4",1,2\n12345678901234,\n');
    const text = await csvOf(report, form);
    expect(text.startsWith("\uFEFF")).toBe(form.hasBom);
    expect(text.endsWith(form.lineEnd)).toBe(true);
    const { data } = Papa.parse<string[]>(text.replace(/^\uFEFF/, ""), {
      newline: form.lineEnd,
      delimiter: form.delimiter,
    });
    const [header, ...rows] = data.slice(0, -1);
    expect(header?.join()).toBe(
      "row,line,column,byte_offset,field,rule_id,code,severity,message,value,expected,fix_before,fix_after,fix_rule,fix_class,fix_applied,first_row,first_line",
    );
    expect(findings).toHaveLength(7);
    const columns = (header ?? []).map((name) => name.replace(/^fix_/, "fix."));
    expect(rows.map((row) => row.map((cell) => unguarded(cell, form)))).toEqual(
      findings.map((finding) => {
        const { fix, ...own } = finding;
        const flat: Record<string, unknown> = { ...own };
        for (const [name, value] of Object.entries(fix ?? {})) flat[`fix.${name}`] = value;
        return columns.map((name) => String(flat[name] ?? ""));
      }),
    );
  });

  it("are rendered alike however they arrive", async () => {
    const { report } = await runOn(profile, `a,b\n${"😀=é\n".repeat(50)}`);
    const whole = await csvOf(report, EXCEL_CSV);
    for (const size of [1, 2, 3, 7, 1000])
      expect(await csvOf(report, EXCEL_CSV, (at) => at + size)).toBe(whole);
    expect(await csvOf("", PLAIN_CSV)).toMatch(/^row,.*\n$/);
  });

  it("cut long values between characters", async () => {
    const { findings } = await runOn(profile, `a,b\n${"😀".repeat(300)},1\n`);
    expect(findings[0]?.value).toBe("😀".repeat(256));
  });

  it("count every finding by its rule, and the rows that have it", async () => {
    const { summary } = await runOn(profile, "a,b\nabcd,\nabcd,1\n\n", { mode: "validate" });
    expect(summary.findingsTotal).toBe(4);
    expect(summary.byRule).toMatchObject([
      {
        ruleId: "len",
        code: "A_TOO_LONG",
        findings: 2,
        rows: 2,
        fixes: { lossy: { applied: 0, offered: 2 } },
        examples: [
          { row: 1, line: 2, value: "abcd", after: "abc" },
          { row: 2, line: 3, value: "abcd", after: "abc" },
        ],
      },
      { ruleId: "req", code: "B_REQUIRED", findings: 1, rows: 1, fixes: {} },
      { ruleId: "blank-row", code: "blank-row", findings: 1, rows: 1 },
    ]);
  });
});
