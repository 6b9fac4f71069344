import type { TableDialect } from "../profile/profile";

/** A cell as JSON may say it; null is an empty one. */
export type Cell = string | number | boolean | null;

/**
 * Rows of named cells as a catalogue: the columns in the order in which they first come, every cell quoted, so that
 * what it says is what the engine reads. A row that lacks a column has it empty.
 */
export function rowsText(rows: readonly Readonly<Record<string, Cell>>[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const line = (cells: readonly Cell[]): string => cells.map(quoted).join(",");
  return [line(columns), ...rows.map((row) => line(columns.map((column) => row[column] ?? null)))].join("\n");
}

const quoted = (cell: Cell): string => `"${textOf(cell).replaceAll('"', '""')}"`;

/** How that text is to be read: nothing of it is to be found out, whatever the cells say. */
export const ROWS_DIALECT: TableDialect = {
  encoding: "utf-8",
  delimiter: ",",
  quoteChar: '"',
  header: true,
  headerRows: [1],
  commentRows: [],
};

/**
 * The one row of that text once it was corrected. A cell that says what it said before keeps the value that it was,
 * a number or a null too.
 */
export function correctedRow(row: Readonly<Record<string, Cell>>, output: string): Record<string, Cell> {
  const [, cells = []] = recordsOf(output);
  const corrected: Record<string, Cell> = Object.create(null);
  for (const [at, [column, cell]] of Object.entries(row).entries()) {
    const text = cells[at] ?? "";
    corrected[column] = text === textOf(cell) ? cell : text;
  }
  return corrected;
}

/** Quoted cells and bare ones, as a correction leaves them. */
function recordsOf(text: string): readonly (readonly string[])[] {
  const records: string[][] = [[]];
  for (const [, quotedCell, bareCell = "", end] of text.matchAll(
    /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/g,
  )) {
    records.at(-1)?.push(quotedCell?.replaceAll('""', '"') ?? bareCell);
    if (end === "") break;
    if (end !== ",") records.push([]);
  }
  return records;
}

const textOf = (cell: Cell): string => (cell === null ? "" : String(cell));
