/** A profile made of what a schema language has said of columns: what `PUT` would be given. */

import type { ColumnFacts } from "./column-facts";

export interface ImportedProfile {
  readonly columns: readonly Readonly<Record<string, unknown>>[];
  readonly rules: readonly Readonly<Record<string, unknown>>[];
}

export function profileFromFacts(columns: readonly ColumnFacts[]): ImportedProfile {
  return {
    columns: columns.map(({ name, title, description, type }) => ({
      name,
      ...(title !== undefined && title !== "" && title !== name && { aliases: [title] }),
      ...(type !== "string" && { type }),
      ...(description !== undefined && description !== "" && { description }),
    })),
    rules: columns.flatMap(rulesOf),
  };
}

function rulesOf(facts: ColumnFacts): readonly Readonly<Record<string, unknown>>[] {
  const { name, type, places, minLength, maxLength, minimum, maximum, pattern, values } = facts;
  const typed =
    type === "string"
      ? []
      : [
          [
            "type",
            {
              type,
              ...(type === "decimal" && places !== undefined && { scale: places }),
              ...(facts.iso && { format: "iso" }),
            },
          ],
        ];
  const checks = [
    ...(facts.required === true ? [["required", { type: "required" }]] : []),
    ...(facts.unique === true ? [["unique", { type: "unique" }]] : []),
    ...typed,
    ...between("length", "length", minLength, maxLength),
    ...between("range", "numeric", minimum, maximum),
    ...(values ? [["values", { type: "in_set", values }]] : []),
    ...(pattern === undefined ? [] : [["pattern", { type: "regex", pattern }]]),
  ] as const;
  return checks.map(([suffix, check]) => ({
    id: `${name}_${String(suffix)}`,
    field: name,
    check,
    severity: "error",
  }));
}

function between(
  both: string,
  one: string,
  min: number | undefined,
  max: number | undefined,
): readonly (readonly [string, object])[] {
  if (min !== undefined && max !== undefined) return [[both, { type: both, min, max }]];
  if (min !== undefined) return [[`${one}_min`, { type: `${one}_min`, min }]];
  return max === undefined ? [] : [[`${one}_max`, { type: `${one}_max`, max }]];
}
