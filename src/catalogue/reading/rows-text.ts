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

const quoted = (cell: Cell): string => `"${cell === null ? "" : String(cell).replaceAll('"', '""')}"`;
