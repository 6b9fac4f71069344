import { compileProfile } from "../../src/catalogue/profile/compile";
import { parseProfile, parseTableDialect } from "../../src/catalogue/profile/profile";
import { textAt } from "../../src/catalogue/reading/batch";
import { openTable } from "../../src/catalogue/reading/open-table";
import { RowIndex } from "../../src/catalogue/reading/row-index";
import { readerOf } from "../../src/catalogue/reading/source-reader";
import { chunked, profileOf } from "./support";

export interface ReadTable {
  readonly labels: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly delimiter: string;
  readonly headerLine: number | null;
  readonly encoding: string;
  readonly confidence: number;
  readonly rival: string | null;
}

/** What the engine takes a small file for, and the cells that it reads; a string is why it is no table. */
export async function readTable(
  file: string | Uint8Array,
  dialectJson: unknown = {},
  profileJson: unknown = profileOf([]),
): Promise<ReadTable | string> {
  const profile = parseProfile(profileJson);
  const dialect = parseTableDialect(dialectJson);
  if (!profile.ok || !dialect.ok) throw new Error("the test's own profile or dialect is wrong");
  const source = typeof file === "string" ? new TextEncoder().encode(file) : file;
  const reader = readerOf(
    chunked(source, () => Infinity),
    null,
  );
  const opened = await openTable(reader, compileProfile(profile.value), dialect.value);
  if (!opened.ok) return opened.error.detail;
  const { window, sniffed, detected } = opened.value;
  const { labels, delimiter, headerLine, quoteChar } = sniffed.dialect;
  const width = labels.length + 8;
  const index = new RowIndex(delimiter.charCodeAt(0), width, undefined, quoteChar === null);
  const rows: string[][] = [];
  for (let at = sniffed.dataStart; at < window.length; at = index.end) {
    index.index(window.bytes, at, window.length, true);
    for (let row = 0; row < index.rowCount; row++) {
      const cells = Math.min(index.cellCounts[row] as number, width);
      rows.push(
        Array.from({ length: cells }, (_, cell) => textAt({ bytes: window.bytes, index }, width, row, cell)),
      );
    }
  }
  const { confidence, rival } = sniffed;
  return { labels, rows, delimiter, headerLine, encoding: detected.encoding, confidence, rival };
}
