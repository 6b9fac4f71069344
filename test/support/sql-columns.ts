/** What a query gives back, as far as it matters: whether its `tenant_id` surely is the tenant that is bound. */

import { sideOf, TENANT, type Derived, type Scope } from "./sql-scope";
import { isComma, isGroup, isSymbol, isWord, nameOf, splitAt, type Node } from "./sql-tree";

export interface Column {
  /** `*` for all of them at once. */
  readonly name: string | null;
  /** Whether it surely is the tenant that is bound. */
  readonly tenant: boolean;
  /** Where it is a bound parameter and nothing else: its text. */
  readonly parameter: string | null;
}

/** The result columns of each arm of a query. */
export type Arms = readonly (readonly Column[])[];

export function columnOf(nodes: readonly Node[], scope: Scope): Column {
  const last = nodes.at(-1);
  if (isSymbol(last, "*")) return { name: "*", tenant: allAreBound(nodes, scope), parameter: null };
  const as = nodes.findIndex((node) => isWord(node, "as"));
  const bare = nodes.length > 1 && nameOf(last) !== null && !isSymbol(nodes.at(-2), ".");
  const value = as !== -1 ? nodes.slice(0, as) : bare ? nodes.slice(0, -1) : nodes;
  const side = sideOf(value, scope);
  const tenant = typeof side === "string" || side?.bound === true;
  return { name: nameOf(last), tenant, parameter: parameterOf(value) };
}

/** `*` or `name.*` over nothing but rows of the tenant. */
function allAreBound(nodes: readonly Node[], { sources }: Scope): boolean {
  const meant = nodes.length === 1 ? sources : sources.filter(({ name }) => name === nameOf(nodes[0]));
  return meant.length > 0 && meant.every(({ bound }) => bound);
}

/** The columns of `VALUES (…), (…)`. */
export function valuesOf(nodes: readonly Node[]): readonly Column[] {
  const rows = nodes.filter(isGroup).map(({ items }) => splitAt(items, isComma));
  const [first = []] = rows;
  return first.map((_value, place) => {
    const found = new Set(rows.map((row) => parameterOf(row[place] ?? [])));

    const [parameter = null] = found.size === 1 ? found : [];
    return { name: null, tenant: parameter !== null, parameter };
  });
}

function parameterOf(nodes: readonly Node[]): string | null {
  const [only] = nodes;
  return nodes.length === 1 && only?.kind === "parameter" ? only.text : null;
}

/** A query as something to read from. `names`: its columns' names where a CTE lists them. */
export function derivedOf(
  arms: Arms,
  names: readonly (string | null)[] | null,
): Derived & { readonly parameters: readonly string[] } {
  const [first = []] = arms;
  const named = names ?? first.map(({ name }) => name);
  const places = [...named.keys()].filter((place) => named[place] === TENANT || named[place] === "*");
  const carries = arms.every(
    (columns) =>
      columns.length === named.length &&
      (columns.length === 1 || columns.every(({ name }) => name !== "*")) &&
      places.every((place) => columns[place]?.tenant),
  );
  const parameters = arms.flatMap((columns) => places.flatMap((place) => columns[place]?.parameter ?? []));
  return { exposes: places.length > 0, carries: carries && places.length > 0, parameters };
}
