import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WINDOW_BYTES } from "../../src/catalogue/reading/input-window";
import { byteOf1252, codeOf1252 } from "../../src/catalogue/reading/windows-1252";
import { profileOf, runOn } from "./support";

const PRICED = profileOf(
  [
    { id: "d", field: "price", check: { type: "decimal" }, fix: { type: "normalize_decimal" } },
    {
      id: "map",
      field: "name",
      check: { type: "in_set", values: ["ação", "a→b", "5 €"] },
      fix: { type: "map_value", mapping: "name" },
      severity: "warning",
    },
  ],
  {
    columns: [{ name: "price", aliases: ["preço"] }, { name: "name" }],
    mappings: { name: { acao: "ação", seta: "a→b", euros: "5 €" } },
  },
);

type Name = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";
const NAMES: readonly Name[] = ["utf-8", "utf-16le", "utf-16be", "windows-1252"];

function encoded(text: string, name: Name): Uint8Array {
  if (name === "utf-8") return new TextEncoder().encode(text);
  const codes = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
  if (name === "windows-1252") return Uint8Array.from(codes, byteOf1252);
  return Uint8Array.from(
    codes.flatMap((code) => (name === "utf-16le" ? [code & 0xff, code >> 8] : [code >> 8, code & 0xff])),
  );
}

const joined = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

const FILE = 'name;preço\r\n"ação";"1,50"\r\nacao;2,5\r\n6.4";3,00;x\r\n\r\n"5 €";abc\r\n';
const CORRECTED = 'name;preço\r\n"ação";"1.50"\r\nação;2.5\r\n6.4";3.00;x\r\n\r\n"5 €";abc\r\n';

describe("encodings", () => {
  it("maps Windows-1252 as the platform does, and every byte back", () => {
    const decoder = new TextDecoder("windows-1252");
    for (let byte = 0; byte < 256; byte++) {
      expect(String.fromCharCode(codeOf1252(byte))).toBe(decoder.decode(Uint8Array.of(byte)));
      expect(byteOf1252(codeOf1252(byte))).toBe(byte);
    }
  });

  it.each<[string, Name, string]>([
    ["UTF-8", "utf-8", ""],
    ["UTF-8 with a mark", "utf-8", "\ufeff"],
    ["UTF-16LE", "utf-16le", ""],
    ["UTF-16LE with a mark", "utf-16le", "\ufeff"],
    ["UTF-16BE", "utf-16be", ""],
    ["UTF-16BE with a mark", "utf-16be", "\ufeff"],
    ["Windows-1252", "windows-1252", ""],
  ])("reads and corrects %s, and finds the same in it as in any other", async (_, name, bom) => {
    const plain = await runOn(PRICED, FILE);
    const ran = await runOn(PRICED, encoded(bom + FILE, name));
    expect(ran.summary.reading).toMatchObject({ encoding: name, bom: bom !== "", lineEnd: "crlf" });
    expect(ran.output).toEqual(encoded(bom + CORRECTED, name));
    expect(ran.summary.bytesWritten).toBe(ran.output.length);
    expect(ran.summary.counters).toEqual(plain.summary.counters);
    const placeless = (findings: typeof plain.findings) =>
      findings.map((finding) => ({ ...finding, byte_offset: 0 }));
    expect(placeless(ran.findings)).toEqual(placeless(plain.findings));
  });

  it.each(NAMES)("says where a cell or a row begins in the bytes of a %s file", async (name) => {
    const bytes = encoded(FILE, name);
    const { findings } = await runOn(PRICED, bytes);
    const begins = (text: string) => encoded(FILE.slice(0, FILE.indexOf(text)), name).length;
    expect(findings.map(({ code, byte_offset }) => [code, byte_offset])).toEqual([
      ["PRICE_INVALID_FORMAT", begins('"1,50"')],
      ["NAME_INVALID_VALUE", begins("acao")],
      ["PRICE_INVALID_FORMAT", begins("2,5")],
      ["stray-quote", begins('6.4"')],
      ["extra-cell", begins("x\r\n")],
      ["NAME_INVALID_VALUE", begins('6.4"')],
      ["PRICE_INVALID_FORMAT", begins("3,00")],
      ["blank-row", begins('\r\n"5 €"')],
      ["PRICE_NOT_NUMERIC", begins("abc")],
    ]);
  });

  it.each(NAMES)("counts offsets on from window to window in %s", async (name) => {
    const rows = Array.from({ length: 30_000 }, (_, i) => `"item ação ${i}","${i % 1000 === 7 ? "x" : i}"\n`);
    const starts: number[] = [];
    let at = encoded("name,price\n", name).length;
    for (const row of rows) {
      if (row.includes('"x"')) starts.push(at + encoded(row.slice(0, row.indexOf('"x"')), name).length);
      at += encoded(row, name).length;
    }
    const rule = { id: "i", field: "price", check: { type: "integer" } };
    const profile = profileOf([rule], { columns: [{ name: "name" }, { name: "price" }] });
    const { findings, output } = await runOn(profile, encoded(`name,price\n${rows.join("")}`, name), {
      cuts: (from) => from + 65_537,
    });
    expect(findings.map(({ byte_offset }) => byte_offset)).toEqual(starts);
    expect(output.length).toBe(at);
  });

  it("does not make a correction that the file's encoding cannot write, and says so", async () => {
    const text = "name,price\nseta,1.5\neuros,2.5\nação,3.5\n";
    const ran = await runOn(PRICED, encoded(text, "windows-1252"));
    expect(ran.findings.map(({ fix }) => [fix?.after, fix?.applied])).toEqual([
      ["a→b", false],
      ["5 €", true],
    ]);
    expect(ran.summary.counters.corrections).toBe(1);
    expect(ran.output).toEqual(encoded(text.replace("euros", "5 €"), "windows-1252"));
    const asUtf8 = await runOn(PRICED, encoded(text, "windows-1252"), { outputEncoding: "utf-8" });
    expect(asUtf8.outputText).toBe(text.replace("euros", "5 €").replace("seta", "a→b"));
  });

  it("keeps a file UTF-8 that turns out to be Windows-1252 behind its first window", async () => {
    const head = "name,price\n" + "abc,1.5\n".repeat(WINDOW_BYTES / 8);
    const file = joined(encoded(head, "utf-8"), encoded("ação,2,5\n", "windows-1252"));
    const { findings, output, summary } = await runOn(profileOf([]), file);
    expect(summary.reading.encoding).toBe("utf-8");
    expect(findings.map(({ code }) => code)).toEqual(["encoding-error", "extra-cell"]);
    expect(output).toEqual(file);
  });

  it("takes a UTF-8 file with a broken character for what it is", async () => {
    const file = joined(encoded("name,price\nação é só\n", "utf-8"), Uint8Array.of(0xe7, 0x2c, 0x31, 0x0a));
    const { findings, summary } = await runOn(profileOf([]), file);
    expect(summary.reading).toMatchObject({ encoding: "utf-8" });
    expect(findings.map(({ row, code }) => `${row} ${code}`)).toEqual(["1 missing-cell", "2 encoding-error"]);
  });

  it("gives back any Windows-1252 file byte for byte", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.nat(50), async (soup, cut) => {
        const file = joined(encoded("a,b\n", "utf-8"), soup);
        const dialect = { encoding: "windows-1252" };
        const { output, findings } = await runOn(profileOf([]), file, {
          dialect,
          cuts: (at) => at + 1 + cut,
        });
        expect(output).toEqual(file);
        expect(findings.filter(({ code }) => code === "encoding-error")).toEqual([]);
      }),
      { seed: 21, numRuns: 300 },
    );
  });

  it("gives back any UTF-16 file byte for byte: lone surrogates and an odd last byte are findings", async () => {
    const unit = fc.oneof(
      fc.constantFrom(0x2c, 0x22, 0x0a, 0x0d, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe7, 0x20ac, 0x61),
      fc.nat(0xffff),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(unit, { maxLength: 120 }),
        fc.boolean(),
        fc.constantFrom<Name>("utf-16le", "utf-16be"),
        fc.nat(9),
        async (units, isOdd, name, cut) => {
          const text = String.fromCharCode(...units);
          const odd = Uint8Array.from(isOdd ? [0xd8] : []);
          const file = joined(encoded(`\ufeffa,b\n${text}`, name), odd);
          const dialect = { delimiter: ",", headerRows: [1] };
          const { output, findings } = await runOn(profileOf([]), file, {
            dialect,
            cuts: (at) => at + 1 + cut,
          });
          expect(output).toEqual(file);
          const hasFault = findings.some(({ code }) => code === "encoding-error");
          expect(hasFault).toBe(isOdd || /\p{Surrogate}/u.test(text));
        },
      ),
      { seed: 22, numRuns: 300 },
    );
  });

  it.each(NAMES)("reads a %s file the same wherever its chunks are cut", async (name) => {
    const nasty = 'name,price\r\n"a\r\n""b"" 😀é",1.5\r\n6.4",\u0000\r"x,1\n\n€,"2"  ,3\r\n"y" ,"'.replaceAll(
      name === "windows-1252" ? "😀" : "\u0001",
      "ÿ",
    );
    const file = encoded(nasty, name);
    const options = { dialect: { encoding: name } };
    const whole = await runOn(PRICED, file, options);
    expect(whole.findings.length).toBeGreaterThan(6);
    expect(whole.output).toEqual(file);
    for (let first = 1; first < file.length; first++) {
      const ran = await runOn(PRICED, file, { ...options, cuts: (at) => (at < first ? first : Infinity) });
      expect([first, ran.report, ran.output]).toEqual([first, whole.report, whole.output]);
    }
    const bytewise = await runOn(PRICED, file, { ...options, cuts: (at) => at + 1 });
    expect([bytewise.report, bytewise.output]).toEqual([whole.report, whole.output]);
  });
});
