import { describe, expect, it } from "vitest";
import { MERCADO_LIVRE_PROFILE } from "../../src/catalogue/profiles/mercado-livre";
import { MAX_ROW_BYTES } from "../../src/catalogue/reading/row-index";
import { profileOf, runOn, type RunOptions } from "./support";

const NO_RULES = profileOf([]);
const PRICED = profileOf(
  [
    { id: "r", field: "price", check: { type: "required" } },
    { id: "d", field: "price", check: { type: "decimal" }, fix: { type: "normalize_decimal" } },
  ],
  { columns: [{ name: "price", aliases: ["preço"] }, { name: "name" }] },
);

async function codesOf(file: string, profile = NO_RULES, options: RunOptions = {}) {
  const { findings, summary } = await runOn(profile, file, options);
  const { total, errors, warnings } = summary.counters;
  return { found: findings.map(({ row, line, code }) => `${row}/${line} ${code}`), total, errors, warnings };
}

describe("structural findings", () => {
  it.each<[string, string, string[], number, number, number]>([
    ["a sound file", "a,b\n1,2\n", [], 1, 0, 0],
    ["a header alone", "a,b\n", [], 0, 0, 0],
    ["a header without a line end", "a,b", [], 0, 0, 0],
    ["one column", "name\nx\ny", [], 2, 0, 0],
    ["blank rows", "a,b\n\n1,2\n , \n", ["1/2 blank-row", "3/4 blank-row"], 3, 0, 2],
    ["ragged rows", "a,b\n1\n1,2,3\n", ["1/2 missing-cell", "2/3 extra-cell"], 2, 1, 1],
    ["labels", "a,,A\n1,2,3", ["0/1 blank-label", "0/1 duplicate-label"], 1, 0, 0],
    ["a stray quote", 'a,b\n6.4",2\n', ["1/2 stray-quote"], 1, 0, 1],
    ["an unclosed quote", 'a,b\n"1,2\n3,4\n', ["1/2 unclosed-quote"], 2, 1, 0],
    ["a NUL", "a,b\n1,x\u0000y\n\u0000,2\n", ["1/2 nul-byte", "2/3 nul-byte"], 2, 0, 2],
    ["a NUL in the header", "a\u0000,b\n1,2\n", ["0/1 nul-byte"], 1, 0, 0],
    ["a stray quote in the header", '6.4",b\n1,2\n', ["0/1 stray-quote"], 1, 0, 0],
    ["an unclosed quote in the header", 'a,"b\n1,2\n', ["0/1 unclosed-quote"], 1, 0, 0],
    ["mixed line ends", "a,b\n1,2\r\n3,4\n5,6\r7,8", ["1/2 mixed-line-ends"], 4, 0, 1],
    ["an end without a line end", "a,b\r\n1,2\r\n3,4", [], 2, 0, 0],
    ["line ends in quotes", 'a,b\r\n"1\n2",3\r\n', [], 1, 0, 0],
    ["rows of several lines", 'a,b\n"x\ny",2\n1\n', ["2/4 missing-cell"], 2, 0, 1],
  ])("tells of %s", async (_, file, found, total, errors, warnings) => {
    expect(await codesOf(file)).toEqual({ found, total, errors, warnings });
  });

  it("tells of a missing column once, and of its rows one by one", async () => {
    expect(await codesOf("name,x\na,1\nb,2\n", PRICED)).toEqual({
      found: ["0/1 missing-label", "1/2 PRICE_REQUIRED", "2/3 PRICE_REQUIRED"],
      total: 2,
      errors: 2,
      warnings: 0,
    });
  });

  it("passes over a preamble and counts its lines", async () => {
    const file = "Relatório de produtos\nGerado em: 12/03/2024\n\nname;preço\nTênis;10,50\n;\n";
    const { summary, findings, outputText } = await runOn(PRICED, file);
    expect(summary.reading).toEqual({
      encoding: "utf-8",
      bom: false,
      lineEnd: "lf",
      delimiter: ";",
      quoteChar: '"',
      headerLine: 4,
      preambleLines: 3,
      confidence: 1,
      columns: [
        { label: "name", field: "name", how: "name" },
        { label: "preço", field: "price", how: "alias" },
      ],
      mixedLineEnds: 0,
    });
    expect(findings.map(({ row, line, code }) => [row, line, code])).toEqual([
      [1, 5, "PRICE_INVALID_FORMAT"],
      [2, 6, "blank-row"],
    ]);
    expect(outputText).toBe(file.replace("10,50", "10.50"));
  });

  it.each([",", ";", "\t", "|"])("sniffs the delimiter %j", async (delimiter) => {
    const file = ["name,price", "a b,1.5", "c; d|e,2"].join("\n").replaceAll(",", delimiter);
    expect((await runOn(PRICED, file)).summary.reading).toMatchObject({
      delimiter,
      columns: [{ label: "name" }, { label: "price" }],
    });
  });

  it("reads on behind a row that is too long", async () => {
    const giant = "x".repeat(MAX_ROW_BYTES + 10);
    const file = `name,price\na,"1,50"\n${giant},2\r\nb,\n`;
    for (const cuts of [(at: number) => at + 70_001, () => Infinity]) {
      const { findings, summary, outputText } = await runOn(PRICED, file, { cuts });
      expect(findings.map(({ row, line, code }) => `${row}/${line} ${code}`)).toEqual([
        "1/2 PRICE_INVALID_FORMAT",
        "2/3 row-too-long",
        "3/4 PRICE_REQUIRED",
      ]);
      expect(summary.counters).toEqual({ total: 3, processed: 3, errors: 3, warnings: 0, corrections: 1 });
      expect(outputText === file.replace('"1,50"', '"1.50"')).toBe(true);
    }
  });

  it("counts the rows that end otherwise than the header, and names the first", async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => (i % 5 === 3 ? "1,2\r\n" : "1,2\n"));
    const { summary, findings } = await runOn(NO_RULES, `a,b\n${rows.join("")}`);
    expect(summary.reading).toMatchObject({ lineEnd: "lf", mixedLineEnds: 1000 });
    expect(findings).toMatchObject([
      { row: 4, line: 5, column: null, byte_offset: 16, code: "mixed-line-ends", severity: "warning" },
    ]);
  });

  it("says at which byte and in which column it is", async () => {
    const giant = "é".repeat(MAX_ROW_BYTES / 2 + 10);
    const file = `\ufeffx\ny,,y\n1,"a" ,"\u0000",4\n5.1",b,c\n${giant}\n1\n"z,1,2\n`;
    const { findings } = await runOn(NO_RULES, file, {
      dialect: { headerRows: [2] },
      cuts: (at) => at + 100_003,
    });
    const bytesBefore = (text: string) => new TextEncoder().encode(file.slice(0, file.indexOf(text))).length;
    expect(findings.map(({ row, column, code, byte_offset }) => [row, column, code, byte_offset])).toEqual([
      [0, 2, "blank-label", 5],
      [0, 3, "duplicate-label", 5],
      [1, 3, "nul-byte", bytesBefore('"\u0000"')],
      [1, 4, "extra-cell", bytesBefore("4\n")],
      [2, 1, "stray-quote", bytesBefore('5.1"')],
      [3, null, "row-too-long", bytesBefore(giant)],
      [4, 2, "missing-cell", bytesBefore('1\n"z')],
      [5, null, "unclosed-quote", bytesBefore('"z')],
    ]);
  });

  it("bounds an unclosed quote in a long file, and keeps the rows behind it", async () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => `item ${i},${i}.5,some more text here`);
    rows[10] = '"item 10,10.5,some more text here';
    const { summary, findings } = await runOn(NO_RULES, `name,price,text\n${rows.join("\n")}\n`);
    expect(summary.counters).toMatchObject({ total: 60_000, errors: 1 });
    expect(findings.map(({ row, code }) => `${row} ${code}`)).toEqual(["11 unclosed-quote"]);
  });

  it("tells of bytes that are not UTF-8 behind the first window, and keeps them", async () => {
    const good = "ação,1.5\n".repeat(40_000);
    const encoder = new TextEncoder();
    const bad = [0x61, 0xe7, 0x2c, 0x31, 0x2c, 0x35, 0x0a];
    const file = new Uint8Array([...encoder.encode(`name,price\n${good}`), ...bad, ...encoder.encode(good)]);
    const { findings, output, summary } = await runOn(PRICED, file);
    expect(findings.map(({ row, code }) => `${row} ${code}`)).toEqual([
      "40001 encoding-error",
      "40001 extra-cell",
    ]);
    expect(summary.counters.total).toBe(80_001);
    expect(output).toEqual(file);
  });
});

describe("what is no table", () => {
  const bytes = (...codes: number[]) => Uint8Array.from(codes);
  it.each<[string, string | Uint8Array, string]>([
    ["an empty file", "", "not_a_table"],
    ["blank lines", " \n\n", "not_a_table"],
    ["a line of prose", "hello there", "not_a_table"],
    ["JSON", '{"a": 1,\n"b": 2}', "not_a_table"],
    ["a web page", "<!doctype html>\n<p>a, b</p>", "not_a_table"],
    ["a spreadsheet", bytes(0x50, 0x4b, 3, 4, 10, 0, 0, 0), "not_a_table"],
    ["binary", bytes(0, 1, 2, 3, 4, 5, 6, 7, 0x2c, 0xff, 0x0a, 1), "not_a_table"],
    ["gzip that was not declared", bytes(0x1f, 0x8b, 8, 0), "not_a_table"],
    ["UTF-32", bytes(0xff, 0xfe, 0, 0, 0x61, 0, 0, 0), "unsupported_encoding"],
    ["UTF-32 without a mark", bytes(0x61, 0, 0, 0, 0x2c, 0, 0, 0), "unsupported_encoding"],
    ["many NULs", bytes(0x61, 0, 0, 0x2c, 0x62, 0x0a, 0x61, 0, 0, 0x2c, 0x62), "unsupported_encoding"],
  ])("fails for %s", async (_, file, reason) => {
    expect((await runOn(NO_RULES, file)).result).toMatchObject({ ok: false, error: { reason } });
  });

  it("takes one known label for a table, and a NUL for text", async () => {
    expect((await runOn(PRICED, "price\n")).summary.counters.total).toBe(0);
    expect((await runOn(PRICED, "name,price\n\u0000,1\n")).summary.counters).toMatchObject({
      total: 1,
      errors: 0,
    });
  });

  it("stops when it is told to", async () => {
    const { result } = await runOn(NO_RULES, "a,b\n1,2\n", { onProgress: () => "stop" });
    expect(result).toMatchObject({ ok: false, error: { reason: "stopped" } });
  });
});

describe("gzip", () => {
  async function gzip(text: string): Promise<Uint8Array> {
    const stream = new Response(text).body?.pipeThrough(new CompressionStream("gzip"));
    return new Uint8Array(await new Response(stream ?? null).arrayBuffer());
  }

  it("inflates, and writes the corrected file plain", async () => {
    const { summary, outputText } = await runOn(PRICED, await gzip('name,price\na;b,"1,5"\n'), {
      compressed: true,
    });
    expect(summary.counters).toMatchObject({ total: 1, corrections: 1 });
    expect(outputText).toBe('name,price\na;b,"1.5"\n');
  });

  it("refuses a bomb, by size and by ratio", async () => {
    const bomb = await gzip(`a,b\n${"1,2\n".repeat(3_000_000)}`);
    for (const maxInflatedBytes of [1_000_000, 1e9]) {
      const { result } = await runOn(NO_RULES, bomb, { compressed: true, maxInflatedBytes });
      expect(result).toMatchObject({ ok: false, error: { reason: "decompression_bomb" } });
    }
  });

  it("refuses corrupt data", async () => {
    const { result } = await runOn(NO_RULES, new Uint8Array([0x1f, 0x8b, 8, 0, 1, 2, 3]), {
      compressed: true,
    });
    expect(result).toMatchObject({ ok: false, error: { reason: "not_a_table" } });
  });
});

describe("messages", () => {
  it("speaks three languages, and the profile's own words first", async () => {
    const spoken = async (locale: "pt-BR" | "en" | "es") =>
      (await runOn(PRICED, "name,price\na,\n", { locale })).findings[0]?.message;
    expect([await spoken("pt-BR"), await spoken("en"), await spoken("es")]).toEqual([
      "price: preenchimento obrigatório.",
      "price: a value is required.",
      "price: es obligatorio.",
    ]);
    const own = profileOf([
      { id: "r", field: "a", check: { type: "required" }, message: { en: "Fill it in!" } },
    ]);
    expect((await runOn(own, "a,b\n,1\n")).findings[0]?.message).toBe("Fill it in!");
  });

  it("gives structural findings no field rule to blame", async () => {
    const { findings } = await runOn(MERCADO_LIVRE_PROFILE, "title,price\nUm título bem longo,10.00,x\n");
    expect(findings[0]).toMatchObject({
      column: 3,
      field: null,
      rule_id: "extra-cell",
      value: "3",
      expected: "2 cells",
    });
  });
});
