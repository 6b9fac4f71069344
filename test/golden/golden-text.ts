/** The formatter's. */
const MAX_COLUMNS = 110;

/** How a golden file is written: what the wire carries, member by member in its order, one member a line. */
export const goldenText = (value: unknown): string => `${lines(value, "", 0)}\n`;

/** `column`: where the value begins. */
function lines(value: unknown, indent: string, column: number): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value.map((item) => lines(item, inner, column));
    const line = `[${items.join(", ")}]`;
    const fits = !line.includes("\n") && column + line.length + ",".length <= MAX_COLUMNS;
    return fits ? line : `[\n${inner}${items.join(`,\n${inner}`)}\n${indent}]`;
  }
  if (typeof value !== "object" || value === null) return scalar(value);
  const members = Object.entries(value).map(([name, member]) => {
    const start = `${inner}${JSON.stringify(name)}: `;
    return `${start}${lines(member, inner, start.length)}`;
  });
  return members.length === 0 ? "{}" : `{\n${members.join(",\n")}\n${indent}}`;
}

/** `JSON.stringify` would leave a member out that is undefined, and a golden must show it missing. */
function scalar(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError(`${String(value)} is no JSON value.`);
  return text;
}

/** The names of all members, however deep; a list's items count as its own. */
export function memberNames(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(memberNames);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [name, ...memberNames(member)]);
}
