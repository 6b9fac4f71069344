/**
 * How well records fit the delimiter that they were cut with: how alike the rows are times how many of their cells
 * look like a value of some kind (van den Burg, Nazábal and Sutton 2019, "Wrangling messy CSV files by detecting row
 * and type patterns").
 */

const NUMBER = /^[-+]?(?:R\$|US\$|\$|€|£)? ?[-+]?\d[\d.,]* ?%?$/;
const DATE = /^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T]\d{1,2}:\d{2}\S*)?$/;
const ADDRESS = /^https?:\/\/\S+$/;
/** Text that another delimiter would have cut. A comma is one if no space follows and no digits are around it. */
const UNCUT = /[;|\t]|^,|,$|,(?=\S)(?:(?!\d)|(?<!\d,))/;

/** `rows` from the header on. Numbers are poor labels, and none at all where text was passed over to come to them. */
export function fitOf(rows: readonly (readonly string[])[], hasPreamble: boolean): number {
  const header = rows[0];
  if (!header || header.length < 2 || usualWidth(rows) < 2) return 0;
  const labels = labelShare(header);
  return rowPattern(rows) * cellTypes(rows) * (hasPreamble ? labels : 0.5 + 0.5 * labels);
}

/** The share of rows that are as wide as most. */
export function agreement(rows: readonly (readonly string[])[]): number {
  const counts = widthCounts(rows);
  return rows.length === 0 ? 1 : Math.max(...counts.values()) / rows.length;
}

/** The width that most rows have; of two the smaller. */
export function usualWidth(rows: readonly (readonly string[])[]): number {
  const counts = [...widthCounts(rows)];
  return counts.reduce(
    (best, next) => {
      const isMore = next[1] > best[1] || (next[1] === best[1] && next[0] < best[0]);
      return isMore ? next : best;
    },
    [0, 0],
  )[0];
}

export function isLabel(cell: string): boolean {
  const text = cell.trim();
  return text !== "" && !NUMBER.test(text) && !DATE.test(text);
}

/** Of a header's cells, how many may be labels. */
function labelShare(header: readonly string[]): number {
  return header.filter(isLabel).length / header.length;
}

function rowPattern(rows: readonly (readonly string[])[]): number {
  const counts = widthCounts(rows);
  let sum = 0;
  for (const [width, count] of counts) sum += (count * (width - 1)) / width;
  return sum / counts.size / rows.length;
}

function cellTypes(rows: readonly (readonly string[])[]): number {
  let typed = 0;
  let cells = 0;
  for (const row of rows) {
    for (const cell of row) if (hasType(cell.trim())) typed++;
    cells += row.length;
  }
  return typed / cells;
}

function hasType(cell: string): boolean {
  return cell === "" || NUMBER.test(cell) || DATE.test(cell) || ADDRESS.test(cell) || !UNCUT.test(cell);
}

function widthCounts(rows: readonly (readonly string[])[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { length } of rows) counts.set(length, (counts.get(length) ?? 0) + 1);
  return counts;
}
