import { parse as csvParse } from "csv-parse/sync";
import Papa from "papaparse";
import { describe, expect, it } from "vitest";
import { readTable } from "./read-table";
import { bytesOf, compareSoups } from "./soups";

/** In the manner of csv-spectrum and of RFC 4180 §2: name, file, table. */
const SPECTRUM: readonly (readonly [string, string, readonly (readonly string[])[]])[] = [
  [
    "simple",
    "a,b,c\n1,2,3",
    [
      ["a", "b", "c"],
      ["1", "2", "3"],
    ],
  ],
  [
    "simple, CRLF",
    "a,b,c\r\n1,2,3\r\n",
    [
      ["a", "b", "c"],
      ["1", "2", "3"],
    ],
  ],
  [
    "simple, CR",
    "a,b,c\r1,2,3\r4,5,6",
    [
      ["a", "b", "c"],
      ["1", "2", "3"],
      ["4", "5", "6"],
    ],
  ],
  [
    "a comma in quotes",
    'first,address\nJohn,"120 any st., Anytown"\n',
    [
      ["first", "address"],
      ["John", "120 any st., Anytown"],
    ],
  ],
  [
    "empty cells",
    'a,b,c\n1,"",""\n,3,4\n',
    [
      ["a", "b", "c"],
      ["1", "", ""],
      ["", "3", "4"],
    ],
  ],
  [
    "empty cells, CRLF",
    'a,b,c\r\n1,"",""\r\n,3,4\r\n',
    [
      ["a", "b", "c"],
      ["1", "", ""],
      ["", "3", "4"],
    ],
  ],
  [
    "escaped quotes",
    'a,b\n1,"ha ""ha"" ha"\n3,4\n',
    [
      ["a", "b"],
      ["1", 'ha "ha" ha'],
      ["3", "4"],
    ],
  ],
  [
    "JSON",
    'key,val\n1,"{""type"": ""Point"", ""at"": [1.5, 0.5]}"\n',
    [
      ["key", "val"],
      ["1", '{"type": "Point", "at": [1.5, 0.5]}'],
    ],
  ],
  [
    "newlines",
    'a,b\n"Once upon \na time",2\n',
    [
      ["a", "b"],
      ["Once upon \na time", "2"],
    ],
  ],
  [
    "newlines, CRLF",
    'a,b\r\n"Once upon \r\na time",2\r\n',
    [
      ["a", "b"],
      ["Once upon \r\na time", "2"],
    ],
  ],
  [
    "quotes and newlines",
    'a,b\n1,"ha \n""ha"" \nha"\n',
    [
      ["a", "b"],
      ["1", 'ha \n"ha" \nha'],
    ],
  ],
  [
    "UTF-8",
    "a,b\n1,ʤ\n2,😀\n",
    [
      ["a", "b"],
      ["1", "ʤ"],
      ["2", "😀"],
    ],
  ],
  [
    "coordinates",
    'lat,"Plus Code"\n0.1,"6FG2, Quito"\n',
    [
      ["lat", "Plus Code"],
      ["0.1", "6FG2, Quito"],
    ],
  ],
  [
    "a quoted empty line",
    'a,b\n"\n","\n\n"\n',
    [
      ["a", "b"],
      ["\n", "\n\n"],
    ],
  ],
  [
    "RFC 4180: no last line end",
    "aaa,bbb,ccc\r\nzzz,yyy,xxx",
    [
      ["aaa", "bbb", "ccc"],
      ["zzz", "yyy", "xxx"],
    ],
  ],
  [
    "RFC 4180: spaces are part of a field",
    "a , b\r\n 1,2 \r\n",
    [
      ["a ", " b"],
      [" 1", "2 "],
    ],
  ],
  [
    "RFC 4180: quoted and bare",
    '"aaa","bbb"\r\nzzz,"y"\r\n',
    [
      ["aaa", "bbb"],
      ["zzz", "y"],
    ],
  ],
  [
    "RFC 4180: a line end in quotes",
    '"aaa","b \r\nbb","ccc"\r\nzzz,yyy,xxx',
    [
      ["aaa", "b \r\nbb", "ccc"],
      ["zzz", "yyy", "xxx"],
    ],
  ],
  [
    "RFC 4180: a doubled quote",
    '"aaa","b""bb"\r\n"""",""""""',
    [
      ["aaa", 'b"bb'],
      ['"', '""'],
    ],
  ],
  [
    "formulas and null",
    "a,b\n=1+1,NULL\n\\N,null\n",
    [
      ["a", "b"],
      ["=1+1", "NULL"],
      ["\\N", "null"],
    ],
  ],
];

describe("the engine, papaparse and csv-parse", () => {
  it.each(SPECTRUM)("read %s alike", async (_, text, expected) => {
    const table = await readTable(text);
    if (typeof table === "string") throw new Error(table);
    expect([table.labels, ...table.rows]).toEqual(expected);
    const papa = Papa.parse<string[]>(text, { delimiter: "," }).data;
    expect(/[\r\n]$/.test(text) ? papa.slice(0, -1) : papa).toEqual(expected);
    expect(csvParse(text, { relax_column_count: true })).toEqual(expected);
  });

  it("read Latin text in each encoding", async () => {
    const text = "nome;preço\nTênis € ação;1\n";
    for (const encoding of ["utf-8", "utf-16le", "utf-16be", "windows-1252"] as const) {
      expect(await readTable(bytesOf(text, encoding))).toMatchObject({
        encoding,
        labels: ["nome", "preço"],
        rows: [["Tênis € ação", "1"]],
      });
    }
  });

  it("read any soup as it was written, in every dialect and encoding", async () => {
    await compareSoups(2_000, 31);
  });
});
