/** JSON objects compared by their leaves, in words. */

export type Members = Readonly<Record<string, unknown>>;

export interface ChangedMember {
  /** `check.max`. */
  readonly member: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly text: string;
}

const SHOWN_CHARS = 80;
const SHOWN_ITEMS = 5;

export function changedMembers(before: Members, after: Members, prefix = ""): readonly ChangedMember[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => {
    const [one, other] = [ownOf(before, name), ownOf(after, name)];
    const member = prefix + name;
    if (isObject(one) && isObject(other)) return changedMembers(one, other, `${member}.`);
    if (isSame(one, other)) return [];
    return [{ member, before: one, after: other, text: wordsOf(member, one, other) }];
  });
}

function wordsOf(member: string, before: unknown, after: unknown): string {
  if (before === undefined) return `${member} is added: ${said(after)}`;
  if (after === undefined) return `${member} is removed; it was ${said(before)}`;
  if (!Array.isArray(before) || !Array.isArray(after))
    return `${member} is ${said(after)}, was ${said(before)}`;
  const gained = itemsOf("gains", missing(after, before));
  const lost = itemsOf("loses", missing(before, after));
  return `${member} ${[gained, lost].filter((words) => words !== "").join(" and ") || "is in another order"}`;
}

function itemsOf(verb: string, items: readonly unknown[]): string {
  if (items.length === 0) return "";
  const more = items.length > SHOWN_ITEMS ? ` and ${items.length - SHOWN_ITEMS} more` : "";
  return `${verb} ${items.slice(0, SHOWN_ITEMS).map(said).join(", ")}${more}`;
}

function missing(of: readonly unknown[], inOther: readonly unknown[]): readonly unknown[] {
  const known = new Set(inOther.map((item) => JSON.stringify(item)));
  return of.filter((item) => !known.has(JSON.stringify(item)));
}

/** A value as it is spoken of, cut where it is long. */
export function said(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}...` : text;
}

/** Objects inside arrays are compared with their members in any order. */
const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => [name, sorted(member)]);
}

const ownOf = (members: Members, name: string): unknown =>
  Object.hasOwn(members, name) ? members[name] : undefined;

const isObject = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);
