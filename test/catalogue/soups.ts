import { parse as csvParse } from "csv-parse/sync";
import fc from "fast-check";
import Papa from "papaparse";
import { expect } from "vitest";
import { byteOf1252 } from "../../src/catalogue/reading/windows-1252";
import { readTable } from "./read-table";

export interface Soup {
  readonly rows: readonly (readonly string[])[];
  readonly delimiter: string;
  readonly lineEnd: "\n" | "\r\n" | "\r";
  readonly quotesAll: boolean;
  readonly endsLine: boolean;
  readonly hasBom: boolean;
  readonly encoding: "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";
}

const cell = fc.string({ unit: fc.constantFrom(..."ab1. éç€,;|\t\"\n\r'="), maxLength: 6 });

/** Tables of any cells whatever, well written: quoted where they must be, and elsewhere at random. */
export const soup: fc.Arbitrary<Soup> = fc.record({
  rows: fc.array(fc.array(cell, { minLength: 2, maxLength: 5 }), { minLength: 1, maxLength: 7 }),
  delimiter: fc.constantFrom(",", ";", "\t", "|"),
  lineEnd: fc.constantFrom("\n", "\r\n", "\r"),
  quotesAll: fc.boolean(),
  endsLine: fc.boolean(),
  hasBom: fc.boolean(),
  encoding: fc.constantFrom("utf-8", "utf-16le", "utf-16be", "windows-1252"),
});

export function textOf({ rows, delimiter, lineEnd, quotesAll, endsLine }: Soup): string {
  const mustQuote = new RegExp(`[\\r\\n"${delimiter}]`);
  const written = rows.map((row) =>
    row
      .map((text) => (quotesAll || mustQuote.test(text) ? `"${text.replaceAll('"', '""')}"` : text))
      .join(delimiter),
  );
  return written.join(lineEnd) + (endsLine ? lineEnd : "");
}

export function bytesOf(text: string, encoding: Soup["encoding"]): Uint8Array {
  if (encoding === "utf-8") return new TextEncoder().encode(text);
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
  if (encoding === "windows-1252") return Uint8Array.from(units, byteOf1252);
  return Uint8Array.from(
    units.flatMap((unit) => (encoding === "utf-16le" ? [unit & 0xff, unit >> 8] : [unit >> 8, unit & 0xff])),
  );
}

/** Reads each soup with the engine, papaparse and csv-parse: all must say what was written. */
export async function compareSoups(numRuns: number, seed: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(soup, async (made) => {
      const { rows, delimiter, lineEnd, endsLine, hasBom, encoding } = made;
      const text = textOf(made);
      const bom = hasBom && encoding !== "windows-1252" ? "\ufeff" : "";
      const table = await readTable(bytesOf(bom + text, encoding), { delimiter, encoding, headerRows: [1] });
      // What a file without text is, is told elsewhere.
      if (typeof table === "string") throw new Error(table);
      const ours = [table.labels, ...table.rows];
      expect(ours).toEqual(rows);
      const papa = Papa.parse<string[]>(text, { delimiter, newline: lineEnd }).data;
      expect(ours).toEqual(endsLine ? papa.slice(0, -1) : papa);
      expect(ours).toEqual(
        csvParse(text, { delimiter, record_delimiter: lineEnd, relax_column_count: true }),
      );
    }),
    { numRuns, seed },
  );
}
