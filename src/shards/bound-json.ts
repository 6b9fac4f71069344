/** D1 takes 2 MB in one bound value, and a UTF-16 unit is at most 3 bytes of UTF-8. */
const BOUND_JSON_CHARS = 600_000;

/** The rows as JSON arrays, each small enough to be bound. */
export function boundJson(rows: readonly unknown[]): readonly string[] {
  const arrays: string[][] = [];
  let chars = Infinity;
  for (const row of rows) {
    const json = JSON.stringify(row);
    chars += json.length + 1;
    if (chars > BOUND_JSON_CHARS) {
      arrays.push([]);
      chars = json.length;
    }
    arrays.at(-1)?.push(json);
  }
  return arrays.map((array) => `[${array.join(",")}]`);
}
