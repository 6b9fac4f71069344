import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FixClass } from "../../src/catalogue/profile/profile";
import { profileOf, runOn, type Finding, type RunOptions } from "./support";

interface Setup {
  check?: object;
  fix?: object | null;
  column?: object;
  when?: string;
  applied?: readonly FixClass[];
}

const DECIMAL = { check: { type: "decimal" }, fix: { type: "normalize_decimal" } };
const DATE = { check: { type: "date", format: "iso" }, fix: { type: "normalize_date" } };

function columnProfile(setup: Setup): unknown {
  const { check = DECIMAL.check, fix = DECIMAL.fix, column = {}, when, applied = ["safe"] } = setup;
  const rule = { id: "r", field: "v", check, ...(fix ? { fix } : {}), ...(when ? { when } : {}) };
  return profileOf([rule], { columns: [{ name: "v", ...column }, { name: "w" }], apply_fixes: applied });
}

const fileOf = (values: readonly string[]): string =>
  `v\tw\n${values.map((value) => `${value}\tx\n`).join("")}`;
const valuesOf = (text: string): string[] =>
  text
    .split("\n")
    .slice(1, -1)
    .map((line) => line.split("\t")[0] ?? "");

async function ran(setup: Setup, values: readonly string[], options: RunOptions = {}) {
  const run = await runOn(columnProfile(setup), fileOf(values), options);
  const codes = (finding: Finding) => `${finding.row} ${finding.code}`;
  return { ...run, summary: run.summary, values: valuesOf(run.outputText), codes: run.findings.map(codes) };
}

const found = (run: { summary: { conventions: readonly { numbers?: { convention: unknown } }[] } }) =>
  run.summary.conventions[0]?.numbers?.convention;

describe("the convention of a column of numbers", () => {
  it.each<[string, string[], string | null, string[]]>([
    [
      "two Brazilian values",
      ["10,5", "1.234,56", "1.234", "1,234"],
      "br",
      ["10.5", "1234.56", "1234", "1.2340"],
    ],
    [
      "two English values",
      ["1,234.56", "1,234,567", "1.234", "1,234"],
      "en",
      ["1234.56", "1234567", "1.234", "1234"],
    ],
    ["one value is not enough", ["10,5", "1.234", "1,234"], null, ["10.5", "1.234", "1,234"]],
    [
      "one of each",
      ["10,5", "10,6", "1,234.5", "1.234", "1,234"],
      null,
      ["10.5", "10.6", "1234.5", "1.234", "1,234"],
    ],
    [
      "plain decimals speak against br",
      ["10,5", "10,6", "0.500", "1.234"],
      null,
      ["10.5", "10.6", "0.500", "1.234"],
    ],
    [
      "plain decimals speak for nothing",
      ["10.5", "10.6", "10.7", "1,234"],
      null,
      ["10.5", "10.6", "10.7", "1,234"],
    ],
    ["groups of spaces speak for nothing", ["1 234", "1 235", "1,234"], null, ["1234", "1235", "1,234"]],
    ["integers speak for nothing", ["1", "2", "1.234"], null, ["1", "2", "1.234"]],
    ["nothing at all", ["x", "", "1,234"], null, ["x", "", "1,234"]],
  ])("%s", async (_, values, convention, after) => {
    const run = await ran(DECIMAL, values);
    expect([found(run), run.values]).toEqual([convention, after]);
  });

  it("is not told by a few slips among many prices of three decimals", async () => {
    const prices = Array.from({ length: 41 }, (_, i) => `5.${100 + i}`);
    const run = await ran(DECIMAL, ["5,99", "6,99", ...prices]);
    expect([found(run), run.values.slice(2)]).toEqual([null, prices]);
    expect(run.codes).toEqual(["1 V_INVALID_FORMAT", "2 V_INVALID_FORMAT"]);
    expect(found(await ran(DECIMAL, ["5,99", "6,99", ...prices.slice(1)]))).toBe("br");
  });

  it("is undecided where values contradict each other, and then 1.234 is ambiguous too", async () => {
    const run = await ran(DECIMAL, ["10,5", "11,5", "12.5", "1.234", "1,234", "R$ 1.234"]);
    expect(run.codes.slice(2)).toEqual(["4 V_AMBIGUOUS", "5 V_AMBIGUOUS", "6 V_AMBIGUOUS"]);
    expect(run.findings[3]?.fix).toBeUndefined();
    expect(run.findings[3]?.message).toContain("1,234 can be 1.234 or 1234");
    expect(run.summary.conventions).toEqual([
      {
        label: "v",
        field: "v",
        numbers: { convention: null, isStated: false, counts: { br: 2, en: 0, plain: 1, ambiguous: 3 } },
        contradictions: 0,
      },
    ]);
  });

  it("is as the profile states it", async () => {
    const values = ["1.234", "1,230", "10.5"];
    const br = await ran({ column: { number_format: "br" } }, values);
    expect([br.values, br.codes]).toEqual([
      ["1234", "1.23", "10.5"],
      ["1 V_INVALID_FORMAT", "2 V_INVALID_FORMAT"],
    ]);
    expect(br.summary.conventions[0]?.numbers).toEqual({ convention: "br", isStated: true, counts: null });
    const en = await ran({ column: { number_format: "en" } }, values);
    expect(en.values).toEqual(["1.234", "1230", "10.5"]);
    expect((await ran({ column: { number_format: "auto" } }, values)).values).toEqual(values);
  });

  it("reads ranges and integers by it", async () => {
    const range = { check: { type: "range", max: 100 }, fix: null };
    expect((await ran(range, ["10,5", "11,5", "1.234", "1,234"])).codes).toEqual(["3 V_TOO_HIGH"]);
    expect((await ran(range, ["1.234", "1,234"])).codes).toEqual(["2 V_AMBIGUOUS"]);
    const integer = { check: { type: "integer" } };
    expect((await ran(integer, ["1.234.567", "2.000.000", "1.500"])).values[2]).toBe("1500");
    expect((await ran(integer, ["1.500"])).codes).toEqual(["1 V_AMBIGUOUS"]);
  });

  it("counts no value that a correction would leave, nor any whose fix is under a condition", async () => {
    const scaled = await ran({ check: { type: "decimal", scale: 2 } }, ["1,2345", "1,2346", "1.234"]);
    expect(found(scaled)).toBeNull();
    expect(found(await ran({ when: "w == 'x'" }, ["10,5", "11,5", "1.234"]))).toBeNull();
    expect(found(await ran({ applied: ["lossy"] }, ["10,5", "11,5", "1.234"]))).toBe("br");
    expect(found(await ran({ fix: null }, ["10,5", "11,5", "1.234"]))).toBe("br");
  });

  it("is not told by rows whose bytes have no sure reading", async () => {
    const profile = columnProfile(DECIMAL);
    const file = 'v\tw\n10,5\t"6.4" TV"\n11,5\t"6.4" TV"\n1.234\tx\n';
    expect((await runOn(profile, file)).outputText).toBe(file);
  });

  it("costs a column without numbers nothing, and tells nothing of it", async () => {
    const run = await ran({ check: { type: "length_max", max: 9 }, fix: null }, ["10,5", "11,5"]);
    expect(run.summary.conventions).toEqual([]);
  });

  it("is contradicted aloud once, and every time in the counts", async () => {
    const pad = Array.from({ length: 40_000 }, () => "10,50");
    const run = await ran(DECIMAL, [...pad, "1,234.50", "12.5", "0.500", "1.234", "7,5"]);
    const at = pad.length;
    expect(run.values.slice(at)).toEqual(["1234.50", "12.5", "0.500", "1234", "7.5"]);
    expect(run.codes.slice(at)).toEqual([
      `${at + 1} mixed-convention`,
      `${at + 1} V_INVALID_FORMAT`,
      `${at + 4} V_INVALID_FORMAT`,
      `${at + 5} V_INVALID_FORMAT`,
    ]);
    expect(run.findings[at]).toMatchObject({
      column: 1,
      field: "v",
      severity: "warning",
      value: "1,234.50",
      expected: "br",
    });
    expect(run.summary.conventions[0]).toMatchObject({ numbers: { convention: "br" }, contradictions: 3 });
    expect(run.summary.conventions[0]?.numbers?.counts?.br).toBeLessThan(at);
    const second = await runOn(columnProfile(DECIMAL), run.output);
    expect(second.outputText).toBe(run.outputText);
  });

  it("does not depend on how the file is cut, nor on the mode", async () => {
    const pad = Array.from({ length: 40_000 }, (_, i) => (i % 3 === 0 ? "1.234" : "10,50"));
    const values = [...pad, "1,234.5", "10.5"];
    const whole = await ran(DECIMAL, values);
    for (const length of [1021, 262_143, 262_144, 262_145]) {
      const cut = await ran(DECIMAL, values, { cuts: (at) => at + length });
      expect(cut.report === whole.report && cut.outputText === whole.outputText).toBe(true);
      expect(cut.summary).toEqual(whole.summary);
    }
    const checked = await ran(DECIMAL, values, { mode: "validate" });
    expect(checked.codes).toEqual(whole.codes);
    expect(checked.summary.conventions).toEqual(whole.summary.conventions);
  });

  it.each(["pt-BR", "en", "es"] as const)("has words for it in %s", async (locale) => {
    const { findings } = await ran(DECIMAL, ["1,234"], { locale });
    const dates = await ran(DATE, ["03/04/2024"], { locale });
    expect(findings[0]?.message).toMatch(/1,234.*1\.234.*1234/);
    expect(dates.findings[0]?.message).toMatch(/03\/04\/2024/);
  });
});

describe("the convention of a column of dates", () => {
  it.each<[string, string[], string | null, string[]]>([
    ["dmy", ["25/12/2024", "26.12.2024", "03/04/2024"], "dmy", ["2024-12-25", "2024-12-26", "2024-04-03"]],
    ["mdy", ["12/25/2024", "12-26-2024", "03/04/2024"], "mdy", ["2024-12-25", "2024-12-26", "2024-03-04"]],
    ["ymd", ["2024/12/25", "2024/12/26", "03/04/2024"], "ymd", ["2024-12-25", "2024-12-26", "03/04/2024"]],
    [
      "both",
      ["25/12/2024", "26/12/2024", "12/25/2024", "3/4/2024"],
      null,
      ["2024-12-25", "2024-12-26", "2024-12-25", "3/4/2024"],
    ],
    ["one alone", ["25/12/2024", "03/04/2024"], null, ["2024-12-25", "03/04/2024"]],
    [
      "ISO dates say nothing",
      ["2024-12-25", "2024-12-26", "03/04/2024"],
      null,
      ["2024-12-25", "2024-12-26", "03/04/2024"],
    ],
    [
      "two-digit years",
      ["25/12/2024", "26/12/2024", "27/12/24"],
      "dmy",
      ["2024-12-25", "2024-12-26", "27/12/24"],
    ],
  ])("is told: %s", async (_, values, convention, after) => {
    const run = await ran(DATE, values);
    expect([run.summary.conventions[0]?.dates?.convention, run.values]).toEqual([convention, after]);
  });

  it("is as the profile states it, and keeps a time of day unless it may be lost", async () => {
    const values = ["03/04/2024", "03/04/2024 00:00", "03/04/2024 10:30"];
    const stated = { ...DATE, column: { date_format: "mdy" } };
    const run = await ran(stated, values);
    expect(run.values).toEqual(["2024-03-04", "2024-03-04", "03/04/2024 10:30"]);
    expect(run.findings[2]?.fix).toMatchObject({ after: "2024-03-04", class: "lossy", applied: false });
    expect((await ran({ ...stated, applied: ["safe", "lossy"] }, values)).values[2]).toBe("2024-03-04");
  });

  it("reads a check without a fix by it", async () => {
    const lax = { check: { type: "date", max: "2024-03-31" }, fix: null };
    expect((await ran(lax, ["25/12/2023", "26/12/2023", "03/04/2024"])).codes).toEqual(["3 V_TOO_HIGH"]);
    expect((await ran(lax, ["03/04/2023"])).codes).toEqual(["1 V_AMBIGUOUS"]);
  });
});

/** A number and its plain text; `decimals` are its last digits. */
const numbers = fc.record({
  digits: fc.bigInt({ min: 0n, max: 999_999_999n }).map(String),
  decimals: fc.integer({ min: 0, max: 4 }),
  isNegative: fc.boolean(),
  isGrouped: fc.boolean(),
});

function written(
  { digits, decimals, isNegative, isGrouped }: typeof numbers extends fc.Arbitrary<infer N> ? N : never,
  [group, point]: readonly [string, string],
): string {
  const padded = digits.padStart(decimals + 1, "0");
  const whole = padded.slice(0, padded.length - decimals);
  const grouped = isGrouped ? whole.replace(/\B(?=(?:\d{3})+$)/g, group) : whole;
  const tail = decimals === 0 ? "" : point + padded.slice(-decimals);
  return (isNegative ? "-" : "") + grouped + tail;
}

const shortest = (plain: string): string => (plain.includes(".") ? plain.replace(/\.?0+$/, "") : plain);

describe("properties of conventions", () => {
  it.each([
    ["br", ".", ","],
    ["en", ",", "."],
  ] as const)(
    "%s: a column of such numbers is inferred, and each becomes its plain self",
    async (format, group, point) => {
      const evidence = [`1${group}234${point}56`, `7${group}654${point}32`];
      await fc.assert(
        fc.asyncProperty(fc.array(numbers, { minLength: 1, maxLength: 30 }), async (column) => {
          const values = column.map((number) => written(number, [group, point]));
          // A plain decimal speaks against br: none is in a column that is written so.
          const run = await ran(DECIMAL, [...evidence, ...values]);
          expect(found(run)).toBe(format);
          const plain = column.map((number) => written({ ...number, isGrouped: false }, ["", "."]));
          expect(run.values.slice(2).map(shortest)).toEqual(plain.map(shortest));
        }),
        { seed: 33, numRuns: 150 },
      );
    },
  );

  it("nothing with two readings changes in a column that is written in both ways", async () => {
    const two = fc.tuple(
      fc.integer({ min: 1, max: 999 }),
      fc.constantFrom(".", ","),
      fc.integer({ min: 100, max: 999 }),
    );
    const sure = fc.constantFrom("10,5", "1.234,56", "2.345.678", "1,234.5", "2,345,678", "10.5", "7", "x");
    const ambiguous = two.map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(sure, ambiguous), { maxLength: 20 }), async (more) => {
        const run = await ran(DECIMAL, ["9.876,5", "9,876.5", ...more]);
        const before = ["9.876,5", "9,876.5", ...more];
        expect(found(run)).toBeNull();
        expect(run.values.filter((_, i) => /^\d{1,3}[.,]\d{3}$/.test(before[i] ?? ""))).toEqual(
          before.filter((value) => /^\d{1,3}[.,]\d{3}$/.test(value)),
        );
      }),
      { seed: 34, numRuns: 150 },
    );
  });

  const cell = fc.oneof(
    fc.constantFrom("10,5", "99,90", "1.234,56", "1.234.567", "1,2345", "R$ 1.234", "0,500", "1 234,567"),
    fc.constantFrom("1.234", "1,234", "12,500", "-1,234", "1.230", "7.000"),
    fc.constantFrom(
      "10.5",
      "1,234.56",
      "2,345,678",
      "0.500",
      "1234.567",
      "US$ 1,234.5",
      "12%",
      "x",
      "",
      " 1.234",
      "5",
    ),
  );
  const dates = [
    "25/12/2024",
    "12/25/2024",
    "03/04/2024",
    "3-4-2024",
    "2024/12/25",
    "2024-12-25",
    "25/12/24",
    "31/04/2024",
    "12 mar 2024",
    "03/04/2024 10:00",
    "03/04/1990",
    "25/12/1990",
    "26.12.2024",
    "12-26-2024",
    "x",
    "",
  ];
  const date = fc.constantFrom(...dates);
  const numberSetups = fc.record<Setup>({
    check: fc.constantFrom(
      { type: "decimal" },
      { type: "decimal", scale: 2 },
      { type: "decimal", scale: 3 },
      { type: "integer" },
      { type: "range", min: 2, max: 5000 },
    ),
    column: fc.constantFrom({}, {}, { number_format: "br" }, { number_format: "en" }),
    when: fc.constantFrom(undefined, undefined, "w == 'x'", "w == 'y'") as fc.Arbitrary<string>,
  });
  const dateSetups = fc.record<Setup>({
    check: fc.constantFrom(DATE.check, { ...DATE.check, min: "2000-01-01" }),
    fix: fc.constant(DATE.fix),
    column: fc.constantFrom({}, {}, { date_format: "dmy" }, { date_format: "mdy" }),
    applied: fc.constantFrom<FixClass[]>(["safe"], ["safe", "lossy"]),
  });

  it.each([
    ["numbers", numberSetups, cell],
    ["dates", dateSetups, date],
  ] as const)(
    "correcting %s twice is correcting them once, and both modes find the same",
    async (_, setups, cells) => {
      const pools = fc.uniqueArray(cells, { minLength: 1, maxLength: 4 });
      const columns = pools.chain((pool) =>
        fc.array(fc.constantFrom(...pool), { minLength: 1, maxLength: 12 }),
      );
      await fc.assert(
        fc.asyncProperty(
          setups,
          fc.oneof(columns, fc.array(cells, { minLength: 1, maxLength: 12 })),
          async (setup, values) => {
            const first = await ran(setup, values);
            const second = await runOn(columnProfile(setup), first.output);
            expect(second.outputText).toBe(first.outputText);
            expect(second.summary.counters.corrections).toBe(0);
            const checked = await ran(setup, values, { mode: "validate" });
            expect(checked.codes).toEqual(first.codes);
          },
        ),
        { seed: 35, numRuns: 400 },
      );
    },
  );

  it("stays corrected though the first window of the output holds other rows than that of the input", async () => {
    const trim = { trim: true, collapse_spaces: true };
    const profile = profileOf([
      { id: "v", field: "v", ...DECIMAL },
      { id: "d", field: "d", ...DATE },
      { id: "w", field: "w", check: { type: "normalized", ...trim }, fix: { type: "normalize", ...trim } },
    ]);
    const pad = " ".repeat(70_000);
    const row = fc.tuple(cell, date).map((cells) => `${cells.join("\t")}\t${pad}x\n`);
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 6, maxLength: 10 }), async (rows) => {
        const first = await runOn(profile, `v\td\tw\n${rows.join("")}`);
        const second = await runOn(profile, first.output);
        expect(second.outputText).toBe(first.outputText);
        expect(second.summary.counters.corrections).toBe(0);
      }),
      { seed: 36, numRuns: 60 },
    );
  });
});
