import Papa from "papaparse";
import { describe, expect, it } from "vitest";
import { csvCell } from "../../src/catalogue/report/report";
import { profileOf, runOn } from "./support";

describe("csvCell", () => {
  it.each([
    ["=1+1", "'=1+1"],
    ["+cmd", "'+cmd"],
    ["-2+3", "'-2+3"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\tx", "'\tx"],
    ["'=1", "''=1"],
    ["-5,00", '"-5,00"'],
    ["-5.00", "-5.00"],
    ["+10%", "+10%"],
    ["'tis", "'tis"],
    ['a"b', '"a""b"'],
    ["a\nb", '"a\nb"'],
  ])("writes %j as %j", (text, cell) => {
    expect(csvCell(text)).toBe(cell);
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

  it("say the same in NDJSON and CSV", async () => {
    const { findings, reportCsv } = await runOn(profile, 'a,b\n"=é""\t\n😀\\xyz",\n6.4",1,2\n');
    const [header, ...rows] = Papa.parse<string[]>(reportCsv, { newline: "\n" }).data.slice(0, -1);
    expect(header?.join()).toBe(
      "row,line,column,byte_offset,field,rule_id,code,severity,message,value,expected,fix_before,fix_after,fix_rule,fix_class,fix_applied",
    );
    expect(findings).toHaveLength(5);
    expect(rows.map((row) => row.map((cell) => cell.replace(/^'(?='*[=+\-@\t\r\n])/, "")))).toEqual(
      findings.map(({ fix, ...finding }) =>
        [
          ...Object.values(finding),
          ...(fix ? [fix.before, fix.after, fix.rule, fix.class, fix.applied] : ["", "", "", "", ""]),
        ].map((cell) => (cell === null ? "" : String(cell))),
      ),
    );
  });

  it("cut long values between characters", async () => {
    const { findings } = await runOn(profile, `a,b\n${"😀".repeat(300)},1\n`);
    expect(findings[0]?.value).toBe("😀".repeat(256));
  });

  it("count every finding by its rule", async () => {
    const { summary } = await runOn(profile, "a,b\nabcd,\nabcd,1\n\n");
    expect(summary.byRule).toEqual({ len: 2, req: 1, "blank-row": 1 });
    expect(summary.findingsTotal).toBe(4);
  });
});
