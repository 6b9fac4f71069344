/** What JSON Schema (2020-12) says of a member, and what TypeScript says of it, in one. */

import type { Counters } from "./counters";
import type { FixChoice } from "./fix-choice";

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface AnyMember {
  readonly json: JsonSchema;
  readonly isOptional: boolean;
}

/** A member that holds exactly a `T`. */
export interface Member<T, IsOptional extends boolean = false> extends AnyMember {
  readonly isOptional: IsOptional;
  /** Never there: it alone keeps a member of one type from standing for one of another. */
  readonly holds?: (value: T) => T;
}

/** One for each member of `D`, no more and no fewer, and an optional one for whatever may be left out. */
export type MembersOf<D> = {
  readonly [K in keyof D]-?: Member<Required<D>[K], object extends Pick<D, K> ? true : false>;
};

/** Open: members may be added, and readers pass over those that they do not know. */
export const objectSchema = (members: Readonly<Record<string, AnyMember>>): JsonSchema => ({
  type: "object",
  required: Object.keys(members).filter((name) => members[name]?.isOptional === false),
  properties: Object.fromEntries(Object.entries(members).map(([name, { json }]) => [name, json])),
});

const member = <T>(json: JsonSchema): Member<T> => ({ json, isOptional: false });

export const text = member<string>({ type: "string" });
export const nonEmpty = member<string>({ type: "string", minLength: 1 });
export const uuid = member<string>({ type: "string", format: "uuid" });
/** RFC 3339. */
export const time = member<string>({ type: "string", format: "date-time" });
export const count = member<number>({ type: "integer", minimum: 0 });
export const percent = member<number>({ type: "number", minimum: 0, maximum: 100 });
export const anyObject = member<Readonly<Record<string, unknown>>>({ type: "object" });

/** What a CloudEvent may have as a number (CloudEvents 1.0.2, "Type System"), from 1 on. */
export const int32 = member<number>({ type: "integer", minimum: 1, maximum: 2 ** 31 - 1 });

export const exactly = (value: string): Member<string> => member({ const: value });

export const matching = (pattern: string): Member<string> => member({ type: "string", pattern });

/** One of some words of which there may be more one day: examples, for an `enum` would make a new one a breach. */
export const wordOf = <T extends string = string>(words: readonly string[]): Member<T> =>
  member({ type: "string", examples: words });

export const listOf = <T>({ json }: Member<T>): Member<readonly T[]> =>
  member({ type: "array", items: json });

export const nullable = <T>({ json: { type, ...json } }: Member<T>): Member<T | null> =>
  member({ type: [type, "null"], ...json });

export const optional = <T>({ json }: Member<T>): Member<T, true> => ({ json, isOptional: true });

const COUNTERS: MembersOf<Counters> = {
  total: count,
  processed: count,
  errors: count,
  warnings: count,
  corrections: count,
};

export const counters = member<Counters>(objectSchema(COUNTERS));

const FIX_CHOICE: MembersOf<FixChoice> = {
  accept: optional(listOf(text)),
  reject: optional(listOf(text)),
};

export const fixChoice = member<FixChoice>(objectSchema(FIX_CHOICE));
