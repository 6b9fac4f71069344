import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MERCADO_LIVRE_PROFILE } from "../../src/catalogue/profiles/mercado-livre";
import { DEFAULT_PROFILE } from "../../src/catalogue/profiles/default";
import { profileOf, runOn } from "./support";

const ALL = { apply_fixes: ["safe", "lossy", "invented"] };
const MAPPINGS = { mappings: { c: { novo: "new", "semi novo": "used" } } };

/** The one cell `value` after a correction by one rule. */
async function corrected(check: object, fix: object, value: string, more: object = ALL): Promise<string> {
  const profile = profileOf([{ id: "rule", field: "a", check, fix }], { ...MAPPINGS, ...more });
  const quoted = `"${value.replaceAll('"', '""')}"`;
  const { outputText } = await runOn(profile, `a,b\n${quoted},1\n`);
  const cell = /^a,b\n"([^]*)",1\n$/.exec(outputText)?.[1];
  if (cell === undefined) throw new Error(outputText);
  return cell.replaceAll('""', '"');
}

describe("fixes", () => {
  const text = { type: "length_max", max: 5 };
  it.each<[object, object, string, string]>([
    [{ type: "required" }, { type: "set_default", value: "x" }, "  ", "x"],
    [{ type: "required" }, { type: "set_default", value: "x" }, "y", "y"],
    [{ type: "in_set", values: ["new", "used"] }, { type: "map_value", mapping: "c" }, "Semi Novo ", "used"],
    [{ type: "in_set", values: ["new", "used"] }, { type: "map_value", mapping: "c" }, "NEW", "new"],
    [{ type: "in_set", values: ["new", "used"] }, { type: "map_value", mapping: "c" }, "velho", "velho"],
    [{ type: "in_set", mapping: "c" }, { type: "map_value", mapping: "c", default: "used" }, "velho", "used"],
    [text, { type: "truncate", max: 5 }, "ação muito", "ação"],
    [text, { type: "truncate", max: 4 }, "😀😀😀😀😀😀", "😀😀😀😀"],
    [{ type: "length_min", min: 8 }, { type: "pad", length: 8, char: "0" }, "123", "00000123"],
    [{ type: "length_min", min: 3 }, { type: "pad", length: 3, char: ".", side: "right" }, "a", "a.."],
    [{ type: "gtin" }, { type: "pad", length: 13, char: "0" }, "36000291452", "0036000291452"],
    [{ type: "gtin" }, { type: "pad", length: 13, char: "0" }, "36000291453", "36000291453"],
    [
      { type: "normalized", titlecase: true },
      { type: "normalize", titlecase: true },
      "josé da SILVA",
      "José Da Silva",
    ],
    [
      { type: "normalized", capitalize: true },
      { type: "normalize", capitalize: true },
      "éTer PURO",
      "Éter puro",
    ],
    [{ type: "normalized", lowercase: true }, { type: "normalize", lowercase: true }, "ÇA", "ça"],
    [{ type: "normalized", unicode: true }, { type: "normalize", unicode: true }, "e\u0301", "é"],
    [{ type: "normalized", trim: true }, { type: "normalize", trim: true }, ' "a" ', '"a"'],
    [{ type: "decimal", scale: 2 }, { type: "normalize_decimal" }, "R$ 1.234,56", "1234.56"],
    [{ type: "decimal", scale: 2 }, { type: "normalize_decimal" }, "1.234,567", "1.234,567"],
    [{ type: "decimal", scale: 2 }, { type: "normalize_decimal" }, "1,234", "1,234"],
    [{ type: "forbidden_chars", chars: "<>" }, { type: "strip_chars", chars: "<>" }, "<b>", "b"],
    [{ type: "in_set", values: ["true"] }, { type: "normalize", lowercase: true }, "TRUE", "true"],
  ])("%j with %j makes '%s' '%s'", async (check, fix, value, after) => {
    expect(await corrected(check, fix, value)).toBe(after);
  });

  it("applies only the classes that the profile asks for, and offers the others", async () => {
    const profile = profileOf([
      { id: "len", field: "a", check: { type: "length_max", max: 3 }, fix: { type: "truncate", max: 3 } },
    ]);
    const { outputText, findings, summary } = await runOn(profile, "a,b\nabcd,1\n");
    expect(outputText).toBe("a,b\nabcd,1\n");
    expect(summary.counters.corrections).toBe(0);
    expect(findings[0]?.fix).toEqual({
      before: "abcd",
      after: "abc",
      rule: "len",
      class: "lossy",
      applied: false,
    });
  });

  it("goes on until no fix of the cell has work, and names the rule of each step", async () => {
    const profile = profileOf(
      [
        {
          id: "spaces",
          field: "a",
          check: { type: "normalized", trim: true, collapse_spaces: true },
          fix: { type: "normalize", trim: true, collapse_spaces: true },
          precedence: 1,
        },
        { id: "len", field: "a", check: { type: "length_max", max: 4 }, fix: { type: "truncate", max: 4 } },
      ],
      ALL,
    );
    const { outputText, findings } = await runOn(profile, "a\n  abc   def\n");
    expect(outputText).toBe("a\nabc\n");
    expect(findings.map(({ rule_id, value, fix }) => [rule_id, value, fix?.before, fix?.after])).toEqual([
      ["spaces", "  abc   def", "  abc   def", "abc def"],
      ["len", "  abc   def", "abc def", "abc"],
    ]);
  });

  it("leaves a cell alone whose fixes undo each other", async () => {
    const rule = (id: string, form: string) => ({
      id,
      field: "a",
      when: { field: "b", op: id === "u" ? "exists" : "type", value: id === "u" ? true : "integer" },
      check: { type: "normalized", [form]: true },
      fix: { type: "normalize", [form]: true },
    });
    const { outputText } = await runOn(
      profileOf([rule("u", "uppercase"), rule("l", "lowercase")]),
      "a,b\nXy,1\n",
    );
    expect(outputText).toBe("a,b\nXy,1\n");
  });

  it("reads conditions from corrected values", async () => {
    const profile = profileOf(
      [
        {
          id: "used_short",
          field: "title",
          when: "condition == 'used'",
          skip_if: "free",
          check: { type: "length_max", max: 3 },
        },
        {
          id: "condition",
          field: "condition",
          check: { type: "in_set", mapping: "c" },
          fix: { type: "map_value", mapping: "c" },
        },
      ],
      MAPPINGS,
    );
    const file = "title,condition,free\nabcd,semi novo,\nabcd,used,\nabcd,new,\nabcd,used,yes\n";
    for (const mode of ["validate", "correct"] as const) {
      const { findings } = await runOn(profile, file, { mode });
      expect(findings.map(({ row, rule_id }) => `${row} ${rule_id}`)).toEqual([
        "1 used_short",
        "1 condition",
        "2 used_short",
      ]);
    }
  });

  it("quotes what the delimiter asks for, and keeps quotes where they were", async () => {
    const profile = profileOf(
      [
        {
          id: "r",
          field: "a",
          check: { type: "in_set", mapping: "m" },
          fix: { type: "map_value", mapping: "m" },
        },
      ],
      { mappings: { m: { x: 'a;b"', y: "plain" } } },
    );
    const file = 'a;b\nx;1\n"x" ;2\n"y"\t;3\ny;4';
    expect((await runOn(profile, file)).outputText).toBe('a;b\n"a;b""";1\n"a;b""";2\n"plain";3\nplain;4');
  });

  it("rewrites no cell of a row whose quotes have no sure reading", async () => {
    const profile = profileOf([
      { id: "p", field: "p", check: { type: "decimal" }, fix: { type: "normalize_decimal" } },
    ]);
    const file = 'p;t\n1,5;"6.4" TV"\n1,5;6.4"\n1,5;"x\n';
    expect((await runOn(profile, file)).outputText).toBe('p;t\n1,5;"6.4" TV"\n1.5;6.4"\n1,5;"x\n');
  });
});

describe("properties of a correction", () => {
  const value = fc.oneof(
    fc.constantFrom(
      "novo",
      " Usado",
      "new",
      "1.234,56",
      "R$ 10",
      "10,5",
      "1,234",
      "12.345",
      "",
      " ",
      "abc",
      "MLB1",
    ),
    fc.constantFrom(
      "Electronics",
      "ELETRONICOS",
      "active",
      "um título  bem longo, com espaços",
      "é".repeat(61),
    ),
    fc.string({ unit: fc.constantFrom(..."aé \"',;.1\n<R$"), maxLength: 14 }),
  );
  const header = ["title", "preço", "condition", "category", "status", "estoque", "outra"];
  const rows = fc.array(fc.array(value, { minLength: 6, maxLength: 8 }), { minLength: 1, maxLength: 6 });
  const files = fc.tuple(rows, fc.constantFrom("\n", "\r\n"), fc.boolean()).map(([table, end, hasBom]) => {
    const lines = [header, ...table].map((row) =>
      row.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(","),
    );
    return (hasBom ? "\ufeff" : "") + lines.join(end);
  });
  const profiles = [DEFAULT_PROFILE, MERCADO_LIVRE_PROFILE].flatMap((profile) => [
    profile,
    { ...profile, ...ALL },
  ]);
  const profile = fc.constantFrom(...profiles);

  it("changes nothing the second time, and finds in both modes the same", async () => {
    await fc.assert(
      fc.asyncProperty(files, profile, async (file, rules) => {
        const first = await runOn(rules, file);
        const checked = await runOn(rules, file, { mode: "validate" });
        const second = await runOn(rules, first.output);
        expect(second.summary.counters.corrections).toBe(0);
        expect(second.outputText).toBe(first.outputText);
        const without = ({ findings }: typeof first) =>
          findings.map((finding) => ({ ...finding, fix: null }));
        expect(without(checked)).toEqual(without(first));
        const { total, processed, errors, warnings, corrections } = first.summary.counters;
        expect(errors + warnings <= processed && processed <= total).toBe(true);
        const rowsOf = (severity: string) =>
          new Set(
            first.findings.flatMap(({ row, severity: is }) => (is === severity && row > 0 ? [row] : [])),
          );
        const errorRows = rowsOf("error");
        expect(errors).toBe(errorRows.size);
        expect(warnings).toBe([...rowsOf("warning")].filter((row) => !errorRows.has(row)).length);
        const applied = first.findings.flatMap(({ row, fix }) => (fix?.applied ? [row] : []));
        expect(corrections).toBe(new Set(applied).size);
        expect(first.summary.findingsTotal).toBe(first.findings.length);
        expect(first.summary.byRule.reduce((sum, { findings }) => sum + findings, 0)).toBe(
          first.findings.length,
        );
        expect(checked.output.length).toBe(0);
        expect(checked.summary.counters.corrections).toBe(0);
        // What was applied is no longer found.
        const key = (found: { row: number; rule_id: string }) => `${found.row} ${found.rule_id}`;
        const left = new Set(second.findings.map(key));
        expect(first.findings.filter((found) => found.fix?.applied && left.has(key(found)))).toEqual([]);
      }),
      { seed: 21, numRuns: 250 },
    );
  });

  it("gives any soup back byte by byte where no rule has a fix", async () => {
    const soup = fc.string({ unit: fc.constantFrom(..."ab,;\"\n\r \t'é=\u0000"), maxLength: 80 });
    const rules = profileOf([{ id: "r", field: "a", check: { type: "required" } }]);
    await fc.assert(
      fc.asyncProperty(soup, fc.boolean(), async (text, hasBom) => {
        const file = `${hasBom ? "\ufeff" : ""}a,b\n${text}`;
        expect((await runOn(rules, file)).outputText).toBe(file);
      }),
      { seed: 22, numRuns: 500 },
    );
  });
});

describe("chunks", () => {
  const file =
    '\ufeffsku;título;preço;condition;pictures\r\nA1;"Tênis ""leve"" de corrida";"1.234,56";novo;a,b\r' +
    'A2;Camiseta\u00a0lisa azul;R$ 10,5;"usa\r\ndo"; \n\nA3;6.4" TV 😀 grande;x;new;\r\nA4;"6.4" TV";1;new\r\nA5;"aberta;1';

  it("do not matter, wherever they are cut", async () => {
    const whole = await runOn(MERCADO_LIVRE_PROFILE, file);
    expect(whole.findings.length).toBeGreaterThan(8);
    const size = new TextEncoder().encode(file).length;
    const cuts = Array.from({ length: size }, (_, border) => (at: number) => (at < border ? border : size));
    for (let length = 1; length < 20; length++) cuts.push((at) => at + length);
    for (const cut of cuts) {
      const ran = await runOn(MERCADO_LIVRE_PROFILE, file, { cuts: cut });
      expect(ran.outputText).toBe(whole.outputText);
      expect(ran.report).toBe(whole.report);
      expect(ran.summary).toEqual(whole.summary);
    }
  });

  it("do not matter across windows", async () => {
    const rows = Array.from({ length: 16_000 }, (_, i) => {
      const cell = i % 7 === 0 ? `"linha ${i}\r\ncom ""aspas"" e ção"` : `produto número ${i}`;
      return `S${i};${cell};${i % 5 === 0 ? `${i},5` : `${i}.5`};${i % 3 === 0 ? "novo" : "new"};x${i % 11 === 0 ? ";z" : ""}`;
    });
    const long = `sku;title;price;condition;pictures\r\n${rows.join("\r\n")}`;
    const whole = await runOn(MERCADO_LIVRE_PROFILE, long);
    expect(whole.output.length).toBeGreaterThan(512 * 1024);
    for (const length of [4093, 65_536, 262_144, 262_145]) {
      const isByteStream = length > 4093;
      const ran = await runOn(MERCADO_LIVRE_PROFILE, long, { cuts: (at) => at + length, isByteStream });
      expect(ran.outputText === whole.outputText && ran.report === whole.report).toBe(true);
      expect(ran.summary).toEqual(whole.summary);
    }
  });
});
