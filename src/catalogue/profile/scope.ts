/** A rule's scope as a condition over the columns that hold category, brand, condition and price. */

import { numberOf } from "../checks/number-text";
import { fold } from "../fold";
import { allOf, anyOf, type Condition } from "./condition";
import type { Scope, ScopeFields } from "./condition-schema";
import type { Profile } from "./profile";

const CANONICAL = {
  category: ["category_path", "category", "category_id"],
  brand: ["brand"],
  condition: ["condition"],
  price: ["price", "price_brl"],
} as const satisfies Record<keyof ScopeFields, readonly string[]>;

/** `Eletrônicos > Celulares` is of the category of each of its parts, and of that of the whole. */
const PATH_SEPARATOR = /[>/|]/;

export function compileScope(scope: Scope, profile: Profile): Condition {
  const { categories, brands, conditions, price } = scope;
  const parts: Condition[] = [];
  if (categories) {
    const wanted = new Set(categories.map(fold));
    const isWanted = (text: string) =>
      wanted.has(fold(text)) || text.split(PATH_SEPARATOR).some((part) => wanted.has(fold(part)));
    parts.push(someField(fieldsOf("category", profile), isWanted));
  }
  if (brands) parts.push(someField(fieldsOf("brand", profile), isOneOf(brands)));
  if (conditions) parts.push(someField(fieldsOf("condition", profile), isOneOf(conditions)));
  if (price) {
    const { min = -Infinity, max = Infinity } = price;
    parts.push(
      someField(fieldsOf("price", profile), (text) => {
        const number = numberOf(text);
        return number >= min && number <= max;
      }),
    );
  }
  return allOf(parts);
}

function someField(fields: readonly string[], test: (text: string) => boolean): Condition {
  return anyOf(
    fields.map((field) => ({
      reads: [field],
      holds: (read) => {
        const text = read(field);
        return text.trim() !== "" && test(text);
      },
    })),
  );
}

function isOneOf(names: readonly string[]): (text: string) => boolean {
  const wanted = new Set(names.map(fold));
  return (text) => wanted.has(fold(text));
}

/** Those that the profile names; else its columns that go by a canonical name; else the canonical names. */
function fieldsOf(role: keyof ScopeFields, { scope_fields, columns }: Profile): readonly string[] {
  const named = scope_fields?.[role];
  if (named) return named;
  const canonical: readonly string[] = CANONICAL[role];
  const known = columns.filter(({ name, aliases = [] }) =>
    [name, ...aliases].some((label) => canonical.includes(fold(label))),
  );
  return known.length > 0 ? known.map(({ name }) => name) : canonical;
}
