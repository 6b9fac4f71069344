import { ANNOTATIONS } from "../support/schema-fit";

/**
 * What a released schema may become. The log keeps its old events, and readers keep the schema they once fetched: the
 * new one has to take what the old one took, and nothing else. So an optional member may be added; all else stays.
 */
export function schemaBreaches(old: unknown, next: unknown, path = "$"): readonly string[] {
  if (!isObject(old) || !isObject(next)) return [`${path}: is no schema any more`];
  const keywords = new Set([...Object.keys(old), ...Object.keys(next)]);
  return [...keywords].flatMap((keyword) => {
    if (ANNOTATIONS.has(keyword) && !KEPT_ANNOTATIONS.has(keyword)) return [];
    const [was, is] = [old[keyword], next[keyword]];
    const compare = KEYWORDS[keyword];
    if (compare && was !== undefined && is !== undefined) return compare(was, is, path);
    return JSON.stringify(was) === JSON.stringify(is) ? [] : [`${path}: ${keyword} ${said(was, is)}`];
  });
}

/** They say which schema it is, and how to read it. */
const KEPT_ANNOTATIONS: ReadonlySet<string> = new Set(["$schema", "$id"]);

type Compare = (was: unknown, is: unknown, path: string) => readonly string[];

const KEYWORDS: Readonly<Record<string, Compare>> = {
  properties: (was, is, path) =>
    Object.entries(was as object).flatMap(([name, schema]) =>
      Object.hasOwn(is as object, name)
        ? schemaBreaches(schema, (is as Record<string, unknown>)[name], `${path}.${name}`)
        : [`${path}.${name}: is gone`],
    ),
  items: (was, is, path) => schemaBreaches(was, is, `${path}[]`),
  required: (was, is, path) => [
    ...without(was, is).map((name) => `${path}.${name}: need not be there any more`),
    ...without(is, was).map((name) => `${path}.${name}: has to be there now, and is not in older events`),
  ],
};

const without = (some: unknown, others: unknown): readonly string[] => {
  const known = new Set(others as string[]);
  return (some as string[]).filter((name) => !known.has(name));
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function said(was: unknown, is: unknown): string {
  if (was === undefined) return `is new: ${JSON.stringify(is)}`;
  return is === undefined ? "is gone" : `was ${JSON.stringify(was)} and is ${JSON.stringify(is)}`;
}
