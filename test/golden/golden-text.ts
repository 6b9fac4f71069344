/** How a golden file is written: what the wire carries, member by member in its order, one member a line. */
export const goldenText = (value: unknown): string => `${lines(value, "")}\n`;

function lines(value: unknown, indent: string): string {
  if (Array.isArray(value)) return `[${value.map((item) => lines(item, indent)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return scalar(value);
  const inner = `${indent}  `;
  const members = Object.entries(value).map(
    ([name, member]) => `${inner}${JSON.stringify(name)}: ${lines(member, inner)}`,
  );
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
