/** What a released golden may become: members may be added, none may go, change its name or change its type. */

type JsonType = "object" | "array" | "null" | "string" | "number" | "boolean";

export const isAdditive = (old: unknown, next: unknown): boolean => breaches(old, next).length === 0;

/** Each way in which `next` breaks a reader of `old`, by the member's path. */
export function breaches(old: unknown, next: unknown, path = "$"): readonly string[] {
  const [was, is] = [typeOf(old), typeOf(next)];
  if (was !== is) return [`${path}: ${was} became ${is}`];
  if (Array.isArray(old) && Array.isArray(next)) return itemBreaches(old, next, path);
  if (!isObject(old) || !isObject(next)) return [];
  return Object.entries(old).flatMap(([name, member]) =>
    Object.hasOwn(next, name)
      ? breaches(member, next[name], `${path}.${name}`)
      : [`${path}.${name}: is gone`],
  );
}

/** A list's items are all of one kind: the first of the old stands for it. */
function itemBreaches(old: readonly unknown[], next: readonly unknown[], path: string): readonly string[] {
  if (old.length === 0) return [];
  if (next.length === 0) return [`${path}[0]: is gone`];
  return next.flatMap((item, index) => breaches(old[0], item, `${path}[${index}]`));
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeOf(value) === "object";

function typeOf(value: unknown): JsonType {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value as JsonType;
}
