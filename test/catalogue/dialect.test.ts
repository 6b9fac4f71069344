import { describe, expect, it } from "vitest";
import { parseProfile, parseTableDialect } from "../../src/catalogue/profile/profile";
import { DEFAULT_PROFILE } from "../../src/catalogue/profiles/default";
import { readTable } from "./read-table";
import { profileOf, runOn } from "./support";

const lines = (...rows: string[]) => `${rows.join("\n")}\n`;
const times = (count: number, row: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => row(i + 1));

/** Name, file, delimiter, line of the header, its labels as one text. */
type Case = readonly [string, string, string, number, string];

const BRAZILIAN: readonly Case[] = [
  [
    "decimal commas",
    lines("Código;Nome;Preço", "A1;Tênis;10,50", "A2;Bola;5,00"),
    ";",
    1,
    "Código|Nome|Preço",
  ],
  [
    "money",
    lines("SKU;Título;Valor", "1;Mesa;R$ 1.234,56", "2;Cadeira;R$ 99,90"),
    ";",
    1,
    "SKU|Título|Valor",
  ],
  ["names that no profile has", lines("x1;x2;x3", "a;1,5;2,5", "b;3,5;4,5"), ";", 1, "x1|x2|x3"],
  ["commas in text", lines("x;y", "Mesa, cadeira, banco;1", "Sofá, azul;2"), ";", 1, "x|y"],
  [
    "quoted text with newlines",
    lines("nome;descrição", '"Mesa";"linha 1\nlinha 2; com ponto"', '"Sofá";"a"'),
    ";",
    1,
    "nome|descrição",
  ],
  ["a last empty column", lines("sku;nome;", "1;a;", "2;b;"), ";", 1, "sku|nome|"],
  ["dates", lines("id;criado;valor", "1;12/03/2024;1,00", "2;13/03/2024;2,00"), ";", 1, "id|criado|valor"],
  ["dates with times", lines("a;b", "12/03/2024 10:30;x", "13/03/2024 11:00;y"), ";", 1, "a|b"],
  [
    "a title above",
    lines("Relatório de estoque", "", "Produto;Saldo;Custo", "Mesa;5;10,00", "Sofá;2;99,00"),
    ";",
    3,
    "Produto|Saldo|Custo",
  ],
  [
    "a title padded with delimiters, as Excel writes it",
    lines("Relatório;;;", "Gerado em;12/03/2024;;", ";;;", "k1;k2;k3;k4", ...times(5, (i) => `${i};b;c;d`)),
    ";",
    4,
    "k1|k2|k3|k4",
  ],
  [
    "preamble with commas",
    lines("Loja Silva, Filhos e Cia.", "São Paulo, SP", "sku;titulo;preco", "1;a;2,00"),
    ";",
    3,
    "sku|titulo|preco",
  ],
  [
    "four lines of preamble",
    lines(
      "Empresa X",
      "CNPJ 12.345.678/0001-90",
      "Período: 01/2024",
      "",
      "Cód.;Descrição;Qtd",
      "1;a;2",
      "2;b;3",
    ),
    ";",
    5,
    "Cód.|Descrição|Qtd",
  ],
  [
    "weights and sizes",
    lines("SKU;Peso (kg);Altura (cm)", "1;0,350;12,5", "2;1,200;30"),
    ";",
    1,
    "SKU|Peso (kg)|Altura (cm)",
  ],
  ["EANs", lines("ean;ncm", "7891234567895;8471.30.12", "7891234567901;9403.60.00"), ";", 1, "ean|ncm"],
  ["one row", lines("a;b;c", "1,5;2,5;3,5"), ";", 1, "a|b|c"],
];

const COMMAS: readonly Case[] = [
  ["plain", lines("sku,title,price", "1,a,2.50"), ",", 1, "sku|title|price"],
  ["names that no profile has", lines("x1,x2,x3", "a,1.5,c", "b,2.5,d"), ",", 1, "x1|x2|x3"],
  ["semicolons in text", lines("x,y", "a; b; c,1", "d; e,2"), ",", 1, "x|y"],
  ["quoted decimal commas", lines("x,y", 'a,"1,50"', 'b,"2,50"'), ",", 1, "x|y"],
  ["quoted semicolons", lines("x,y", '"a;b",1', '"c;d",2'), ",", 1, "x|y"],
  ["pipes in a column", lines("x,y", "http://a/1|http://a/2,1", "http://a/3,2"), ",", 1, "x|y"],
  ["a path", lines("sku,cat", "1,Casa > Sala", "2,Casa > Quarto"), ",", 1, "sku|cat"],
  ["JSON in a cell", lines("id,attr", '1,"{""cor"": ""azul"", ""t"": [1,2]}"', '2,"{}"'), ",", 1, "id|attr"],
  ["HTML in a cell", lines("id,html", '1,"<p>a; b, c</p>"', '2,"<b>x</b>"'), ",", 1, "id|html"],
  ["spaces behind commas", lines("a, b, c", "1, 2, 3", "4, 5, 6"), ",", 1, "a| b| c"],
  ["newlines in quotes", lines("a,b", '"x\n\ny",1', '"z",2'), ",", 1, "a|b"],
  ["a doubled quote", lines("a,b", '"6"" TV",1', '"x",2'), ",", 1, "a|b"],
  ["a stray quote", lines("a,b", '6.4",1', "x,2"), ",", 1, "a|b"],
  ["all quoted", lines('"a","b"', '"1","2"', '"3","4"'), ",", 1, "a|b"],
  ["ragged rows", lines("a,b,c", "1,2", "1,2,3,4", "1,2,3"), ",", 1, "a|b|c"],
  ["empty cells", lines("a,b,c", ",,", "1,,", ",,3"), ",", 1, "a|b|c"],
  ["a header alone", "a,b,c", ",", 1, "a|b|c"],
  ["a header alone with a line end", "sku,title\r\n", ",", 1, "sku|title"],
  ["a header of fewer cells than its rows", lines("a,b", ...times(4, (i) => `${i},x,y`)), ",", 1, "a|b"],
  ["blank lines first", lines("", "", "a,b", "1,2"), ",", 3, "a|b"],
  ["a comment first", lines("# exported by shop", "sku,title", "1,a"), ",", 2, "sku|title"],
  ["a comment with a comma", lines("# shop, 2024", "sku,title,price", "1,a,2"), ",", 2, "sku|title|price"],
  [
    "coordinates",
    lines("place,where", 'São Paulo,"-23.55, -46.63"', 'Rio,"-22.90, -43.17"'),
    ",",
    1,
    "place|where",
  ],
  ["years for labels", lines("item,2023,2024", "a,1,2", "b,3,4"), ",", 1, "item|2023|2024"],
  [
    "wide rows",
    lines(times(40, (i) => `c${i}`).join(","), times(40, String).join(",")),
    ",",
    1,
    times(40, (i) => `c${i}`).join("|"),
  ],
  ["timestamps", lines("id,at", "1,2024-03-12T10:30:00Z", "2,2024-03-13T10:30:00Z"), ",", 1, "id|at"],
];

const OTHERS: readonly Case[] = [
  ["tabs", lines("sku\ttitle\tprice", "1\ta, b; c\t2,50"), "\t", 1, "sku|title|price"],
  ["tabs, no known names", lines("x\ty", "a,b\tc", "d\te;f"), "\t", 1, "x|y"],
  ["tabs and empty cells", lines("x\ty\tz", "\t\t", "1\t\t2"), "\t", 1, "x|y|z"],
  ["tabs and quotes of inches", lines("x\ty", 'TV 6.4"\t1', 'TV 50"\t2'), "\t", 1, "x|y"],
  ["pipes", lines("sku|title|price", "1|a, b|2,50"), "|", 1, "sku|title|price"],
  ["pipes, no known names", lines("x|y|z", "1,0|a;b|c", "2,0|d|e"), "|", 1, "x|y|z"],
  ["pipes and decimal commas only", lines("codigo|valor", "1|2,50", "2|3,75"), "|", 1, "codigo|valor"],
  ["Excel's sep line", lines("sep=;", "a;b", "1,5;2,5"), ";", 2, "a|b"],
  ["Excel's sep line, quoted", lines('"sep=|"', "a|b,c", "1|2,3"), "|", 2, "a|b,c"],
  ["Excel's sep line with CRLF", "SEP=,\r\na,b;c\r\n1,2;3\r\n", ",", 2, "a|b;c"],
  ["Excel's sep line of tabs", lines("sep=\t", "a\tb", "1\t2"), "\t", 2, "a|b"],
  ["CR line ends", "a;b\r1,0;2\r3;4\r", ";", 1, "a|b"],
  ["one column", lines("produto", "Mesa", "Cadeira"), ",", 1, "produto"],
  ["one column of decimals", lines("valor", "1,50", "2,30", "4,00"), ",", 1, "valor"],
  ["one column that no profile has", lines("zzz", "1,50", "2,30", "4,00"), ",", 1, "zzz"],
  [
    "one column of text with some commas",
    lines("texto livre", "Mesa, azul", "Sofá", "Banco"),
    ",",
    1,
    "texto livre",
  ],
  ["one known label alone", "price\n", ",", 1, "price"],
  ["a byte order mark", "\ufeffsku;nome\n1;a\n", ";", 1, "sku|nome"],
  ["a byte order mark and a quoted label", '\ufeff"sku";"nome"\n1;a\n', ";", 1, "sku|nome"],
];

describe("the dialect of", () => {
  it.each([...BRAZILIAN, ...COMMAS, ...OTHERS])("%s", async (name, file, delimiter, headerLine, labels) => {
    const table = await readTable(file, {}, DEFAULT_PROFILE);
    if (typeof table === "string") throw new Error(table);
    // A file of one column has no delimiter: whichever is told splits nothing.
    const told = table.labels.length === 1 ? "," : table.delimiter;
    expect([told, table.headerLine, table.labels.join("|")]).toEqual([delimiter, headerLine, labels]);
    expect(table.confidence).toBeGreaterThan(0);
    expect(table.confidence).toBeLessThanOrEqual(1);
    expect([name, table.rival]).toEqual([name, null]);
  });

  it("is surer where names are known and nothing else fits", async () => {
    const confidence = async (file: string) =>
      (await runOn(DEFAULT_PROFILE, file)).summary.reading.confidence;
    expect(await confidence("sku;title;price\n1;a;2\n")).toBeGreaterThan(0.95);
    expect(await confidence("x;y;z\n1;a;2\n")).toBeLessThan(0.9);
    expect(await confidence("1;2;3\n1;5;2\n")).toBeLessThan(0.6);
    expect(await confidence("a,b;c\nd,e;f\n")).toBeLessThan(0.5);
  });

  it("is ambiguous where two delimiters do alike", async () => {
    const { findings, summary } = await runOn(profileOf([]), "a,b;c\nd,e;f\n");
    expect(findings).toMatchObject([
      { row: 0, line: 1, code: "ambiguous-dialect", severity: "warning", value: ";", expected: '","' },
    ]);
    expect(summary.reading.delimiter).toBe(",");
    const fixed = await runOn(profileOf([]), "a,b;c\nd,e;f\n", { dialect: { delimiter: ";" } });
    expect(fixed.findings).toEqual([]);
    expect(fixed.summary.reading).toMatchObject({
      delimiter: ";",
      columns: [{ label: "a,b" }, { label: "c" }],
    });
  });
});

describe("a dialect that is given", () => {
  const PRICED = {
    columns: [{ name: "sku" }, { name: "price" }, { name: "stock" }],
  };
  const rules = [
    { id: "d", field: "price", check: { type: "decimal" }, fix: { type: "normalize_decimal" } },
    { id: "s", field: "stock", check: { type: "required" } },
  ];

  it("fixes header row and preamble", async () => {
    const file = 'sku,price,stock\nignored,1,2\nsku,price,stock\n1,"2,5",3\n';
    const { summary, findings } = await runOn(profileOf(rules, PRICED), file, {
      dialect: { headerRows: [3] },
    });
    expect(summary.reading).toMatchObject({ headerLine: 3, preambleLines: 2 });
    expect(summary.counters.total).toBe(1);
    expect(findings.map(({ code, line }) => `${line} ${code}`)).toEqual(["4 PRICE_INVALID_FORMAT"]);
    const same = await runOn(profileOf(rules, PRICED), file, { dialect: { commentRows: [1, 2] } });
    expect(same.report).toBe(
      summary && (await runOn(profileOf(rules, PRICED), file, { dialect: { headerRows: [3] } })).report,
    );
  });

  it("reads a file without a header by the profile's order", async () => {
    const file = 'a1;"2,50";3\na2;x;\nb;1\n';
    const { summary, findings, outputText } = await runOn(profileOf(rules, PRICED), file, {
      dialect: { header: false, delimiter: ";" },
    });
    expect(outputText).toBe(file.replace("2,50", "2.50"));
    expect(summary.counters.total).toBe(3);
    expect(summary.reading).toMatchObject({
      headerLine: null,
      preambleLines: 0,
      columns: [
        { label: "sku", field: "sku", how: "order" },
        { label: "price", field: "price", how: "order" },
        { label: "stock", field: "stock", how: "order" },
      ],
    });
    expect(findings.map(({ row, line, code, field }) => `${row}/${line} ${code} ${field}`)).toEqual([
      "1/1 PRICE_INVALID_FORMAT price",
      "2/2 PRICE_NOT_NUMERIC price",
      "2/2 STOCK_REQUIRED stock",
      "3/3 missing-cell stock",
      "3/3 STOCK_REQUIRED stock",
    ]);
  });

  it("passes over a preamble of a file without a header", async () => {
    const dialect = { header: false, commentRows: [1] };
    const { summary, findings } = await runOn(profileOf(rules, PRICED), "Lista\n1,2.5,3\n", { dialect });
    expect(summary.reading).toMatchObject({ headerLine: null, preambleLines: 1 });
    expect([summary.counters.total, findings]).toEqual([1, []]);
  });

  it("reads quotes as text where there is no quoting, and corrects only what needs none", async () => {
    const file = 'sku,price,stock\n"a,x,2\n6.4",R$ 1,2\n';
    const options = { dialect: { quoteChar: null, delimiter: "," } };
    const { findings, outputText } = await runOn(profileOf(rules, PRICED), file, options);
    expect(findings.map(({ code, value }) => `${code} ${value}`)).toEqual([
      "PRICE_NOT_NUMERIC x",
      "PRICE_INVALID_FORMAT R$ 1",
    ]);
    expect(outputText).toBe(file.replace("R$ 1", "1"));
    const cut = { id: "m", field: "sku", check: { type: "in_set", values: ["x,y"] } };
    const map = { ...cut, fix: { type: "map_value", mapping: "m" } };
    const profile = profileOf([map], { ...PRICED, mappings: { m: { a: "x,y" } } });
    const mapped = await runOn(profile, "sku,price\na,1\n", options);
    expect(mapped.outputText).toBe("sku,price\na,1\n");
    expect(mapped.findings[0]?.fix).toMatchObject({ after: "x,y", applied: false });
    expect((await runOn(profile, "sku,price\na,1\n")).outputText).toBe('sku,price\n"x,y",1\n');
  });

  it("may stand in the profile, and the caller's own wins", async () => {
    const profile = profileOf([], { ...PRICED, dialect: { delimiter: ";", header: false } });
    expect((await runOn(profile, "a,b;c\n")).summary.reading).toMatchObject({
      delimiter: ";",
      headerLine: null,
    });
    const { reading } = (await runOn(profile, "a,b;c\n", { dialect: { delimiter: "," } })).summary;
    expect(reading).toMatchObject({ delimiter: ",", headerLine: null });
  });

  it("is refused in a profile that cannot hold it", () => {
    const faults = (more: object) => {
      const parsed = parseProfile(profileOf([], more));
      return parsed.ok ? [] : parsed.error.map(({ path }) => path);
    };
    expect(faults({ dialect: { header: false } })).toEqual(["/dialect/header"]);
    expect(faults({ ...PRICED, dialect: { header: false } })).toEqual([]);
    expect(faults({ dialect: { commentRows: [3] } })).toEqual(["/dialect/commentRows"]);
    expect(faults({ dialect: { delimiter: "::" } })).toEqual(["/dialect/delimiter"]);
  });

  it("tells of a header row that is blank, and of a row that is not there", async () => {
    const { findings } = await runOn(profileOf([]), ",\n1,2\n", { dialect: { headerRows: [1] } });
    expect(findings.map(({ code }) => code)).toEqual(["blank-header"]);
    const { result } = await runOn(profileOf([]), "a,b\n1,2\n", { dialect: { headerRows: [9] } });
    expect(result).toMatchObject({ ok: false, error: { reason: "not_a_table" } });
  });

  it.each<[object, string]>([
    [{ delimiter: ":" }, "/delimiter"],
    [{ quoteChar: "'" }, "/quoteChar"],
    [{ doubleQuote: false }, "/doubleQuote"],
    [{ escapeChar: "\\" }, ""],
    [{ headerRows: [1, 2] }, "/headerRows"],
    [{ headerRows: [0] }, "/headerRows/0"],
    [{ headerRows: [101] }, "/headerRows/0"],
    [{ header: false, headerRows: [1] }, "/headerRows"],
    [{ commentRows: [2, 3] }, "/commentRows"],
    [{ commentRows: [1, 2], headerRows: [2] }, "/commentRows"],
    [{ encoding: "latin1" }, "/encoding"],
  ])("refuses %j", (json, path) => {
    const parsed = parseTableDialect(json);
    expect(parsed.ok ? [] : parsed.error.map((fault) => fault.path)).toEqual([path]);
  });
});
