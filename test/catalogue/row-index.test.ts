import { parse as csvParse } from "csv-parse/sync";
import fc from "fast-check";
import Papa from "papaparse";
import { describe, expect, it } from "vitest";
import { cellText } from "../../src/catalogue/reading/cell-text";
import { CELL_FLAGS, FLAG_BITS, INDEX_ROOM_BYTES, RowIndex } from "../../src/catalogue/reading/row-index";

const encoder = new TextEncoder();

function read(text: string, delimiter = ",", cellsPerBatch = 64): { rows: string[][]; lines: number[] } {
  const width = 8;
  const content = encoder.encode(text);
  const bytes = new Uint8Array(content.length + INDEX_ROOM_BYTES);
  bytes.set(content);
  const index = new RowIndex(delimiter.charCodeAt(0), width, cellsPerBatch);
  const rows: string[][] = [];
  const lines: number[] = [];
  for (let at = 0; at < content.length; at = index.end) {
    expect(index.index(bytes, at, content.length, true)).toBe("indexed");
    for (let row = 0; row < index.rowCount; row++) {
      const count = Math.min(index.cellCounts[row] as number, width);
      rows.push(
        Array.from({ length: count }, (_, cell) => {
          const end = index.ends[row * width + cell] as number;
          const start = index.starts[row * width + cell] as number;
          return cellText(bytes, start, end >> FLAG_BITS, end & CELL_FLAGS);
        }),
      );
      lines.push(index.lineSpans[row] as number);
    }
  }
  return { rows, lines };
}

const cell = fc.string({ unit: fc.constantFrom(..."ab1 é,;\"\n\r'"), maxLength: 6 });
const lineEnd = fc.constantFrom("\n", "\r\n", "\r");

/** Well-formed text: quoted where it must be, and elsewhere at random. */
function render(rows: string[][], end: string, isQuoted: boolean, hasLastEnd: boolean): string {
  const lines = rows.map((row) =>
    row
      .map((text) => (isQuoted || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text))
      .join(","),
  );
  return lines.join(end) + (hasLastEnd ? end : "");
}

describe("RowIndex", () => {
  it("reads well-formed files as papaparse and csv-parse do", () => {
    const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 5 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(rows, lineEnd, fc.boolean(), fc.boolean(), (table, end, isQuoted, hasLastEnd) => {
        const text = render(table, end, isQuoted, hasLastEnd);
        const ours = read(text).rows;
        expect(ours).toEqual(table);
        const papa = Papa.parse<string[]>(text, { delimiter: ",", newline: end as "\n" }).data;
        expect(ours).toEqual(hasLastEnd ? papa.slice(0, -1) : papa);
        const options = { relax_column_count: true, record_delimiter: end };
        expect(ours).toEqual(csvParse(text, options));
      }),
      { seed: 11, numRuns: 400 },
    );
  });

  it("reads soups of plain cells and blank lines as papaparse does, quotes inside cells included", () => {
    const soup = fc.string({ unit: fc.constantFrom(..."ab ,\n1.é"), maxLength: 60 });
    fc.assert(
      fc.property(soup, (plain) => {
        const text = plain.replaceAll("1.", '6.4"');
        const papa = Papa.parse<string[]>(text, { delimiter: ",", newline: "\n" }).data;
        const expected = text === "" ? [] : text.endsWith("\n") ? papa.slice(0, -1) : papa;
        expect(read(text).rows.map((row) => row.slice(0, 8))).toEqual(expected.map((row) => row.slice(0, 8)));
      }),
      { seed: 12, numRuns: 400 },
    );
  });

  it("covers any bytes whatever with rows, each byte in one row", () => {
    const soup = fc.string({ unit: fc.constantFrom(...'a,"\n\r ;\u0000é'), minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(soup, (text) => {
        const { rows, lines } = read(text);
        const breaks = text.match(/\r\n|\r|\n/g)?.length ?? 0;
        const isOpen = !/[\r\n]$/.test(text);
        expect(rows.length).toBeGreaterThan(0);
        expect(lines.reduce((sum, span) => sum + span, 0)).toBe(breaks + (isOpen ? 1 : 0));
      }),
      { seed: 13, numRuns: 1000 },
    );
  });

  it.each<[string, string, string[][]]>([
    [
      "a stray quote",
      '6.4",b\nc,d',
      [
        ['6.4"', "b"],
        ["c", "d"],
      ],
    ],
    [
      "a quote inside a quoted cell",
      '"6.4" TV, HD",b\nc,d',
      [
        ['6.4" TV, HD', "b"],
        ["c", "d"],
      ],
    ],
    [
      "blanks behind a closing quote",
      '"a" ,"b"\t\nc,d',
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    [
      "text behind a closing quote",
      '"a"b,c\nc,d',
      [
        ['"a"b', "c"],
        ["c", "d"],
      ],
    ],
    [
      "a quote that is never closed",
      '"a,b\nc,d\n',
      [
        ['"a', "b"],
        ["c", "d"],
      ],
    ],
    [
      "an unclosed quote before quoted rows",
      '"a,b\nc,"d"\ne,f',
      [
        ['"a', "b"],
        ["c", "d"],
        ["e", "f"],
      ],
    ],
    [
      "an unclosed quote behind quoted cells",
      '"x\ny","a,b",c"d,"e\nf',
      [["x\ny", "a,b", 'c"d', '"e'], ["f"]],
    ],
    ["a quoted word that opens a cell", '"Leve" tênis,2\n', [['"Leve" tênis', "2"]]],
    ["line ends of every kind", "a\nb\r\nc\rd", [["a"], ["b"], ["c"], ["d"]]],
    ["blank lines", "a\n\n\r\nb", [["a"], [""], [""], ["b"]]],
    [
      "an empty last cell",
      "a,\nb,",
      [
        ["a", ""],
        ["b", ""],
      ],
    ],
    ["a lone quote", '"', [['"']]],
    ["NUL bytes", "a\u0000,b", [["a\u0000", "b"]]],
  ])("goes on reading after %s", (_, text, rows) => {
    expect(read(text).rows).toEqual(rows);
  });

  it("waits for the bytes that decide", () => {
    for (const text of ["a,b", "a\r", '"a', '"a"', '"a" ', '"a""', '"a"\r']) {
      const bytes = encoder.encode(`${text}????`);
      const index = new RowIndex(0x2c, 4);
      expect([text, index.index(bytes, 0, bytes.length - INDEX_ROOM_BYTES, false), index.rowCount]).toEqual([
        text,
        "starved",
        0,
      ]);
    }
  });
});
