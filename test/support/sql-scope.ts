/** One query scope of a statement: what it reads, and which of that its conditions tie to the tenant. */

import {
  isComma,
  isGroup,
  isQuery,
  isSymbol,
  isWord,
  nameOf,
  splitAt,
  type Leaf,
  type Node,
} from "./sql-tree";

export const TENANT = "tenant_id";

/** Something a scope reads: a table, a derived table, a CTE, a function. */
export interface Source {
  readonly name: string | null;
  /** Where it is a tenant table: its name. */
  readonly table: string | null;
  /** Whether it may have a column `tenant_id`. */
  readonly exposes: boolean;
  /** Whether its rows are surely of the tenant that is bound. */
  bound: boolean;
}

export interface Scope {
  readonly sources: readonly Source[];
  readonly outer: Scope | null;
  readonly ctes: ReadonlyMap<string, Derived>;
}

export interface Derived {
  readonly exposes: boolean;
  readonly carries: boolean;
}

/** A condition, and what it may bind: all of its scope (null), or what its join adds. */
interface Condition {
  readonly nodes: readonly Node[];
  readonly binds: readonly Source[] | null;
}

export interface From {
  readonly sources: readonly Source[];
  readonly conditions: readonly Condition[];
  /** What is to be looked through for queries: conditions, arguments of functions. */
  readonly expressions: readonly Node[];
}

export interface FromContext {
  readonly ctes: ReadonlyMap<string, Derived>;
  readonly isTenantTable: (leaf: Leaf) => boolean;
  readonly derived: (query: readonly Node[]) => Derived;
  readonly misread: () => void;
}

/** `a [AS x] [INDEXED BY i] {, | JOIN} …`, as after FROM or UPDATE. */
export function readFrom(nodes: readonly Node[], context: FromContext): From {
  const sources: Source[] = [];
  const conditions: Condition[] = [];
  const expressions: Node[] = [];
  let join: Join = "inner";
  for (let at = 0; at < nodes.length;) {
    const item = readSource(nodes, at, context);
    if (!item) {
      context.misread();
      break;
    }
    sources.push(...item.sources);
    conditions.push(...item.conditions);
    expressions.push(...item.expressions);
    at = item.next;
    if (isWord(nodes[at], "using")) at += 2;
    if (isWord(nodes[at], "on")) {
      const start = at + 1;
      do at++;
      while (at < nodes.length && (!joinAt(nodes, at) || isSymbol(nodes[at - 1], ".")));
      const on = nodes.slice(start, at);
      expressions.push(...on);
      // The outer side of a join keeps its rows, whatever ON says.
      if (join !== "outer") conditions.push({ nodes: on, binds: join === "inner" ? null : item.sources });
    }
    const next = joinAt(nodes, at);
    if (next) ({ join, next: at } = next);
    else if (at < nodes.length) {
      context.misread();
      break;
    }
  }
  return { sources, conditions, expressions };
}

type Join = "inner" | "left" | "outer";

function joinAt(nodes: readonly Node[], at: number): { readonly join: Join; readonly next: number } | null {
  const first = nodes[at];
  if (first && isComma(first)) return { join: "inner", next: at + 1 };
  let end = at;
  while (isWord(nodes[end], "natural", "left", "right", "full", "outer", "inner", "cross")) end++;
  if (!isWord(nodes[end], "join")) return null;
  const has = (word: string) => nodes.slice(at, end).some((node) => isWord(node, word));
  const join = has("right") || has("full") ? "outer" : has("left") || has("outer") ? "left" : "inner";
  return { join, next: end + 1 };
}

const NO_ALIAS =
  "on using indexed not set default values select with natural left right full outer inner cross join".split(
    " ",
  );

interface Item extends From {
  readonly next: number;
}

function readSource(nodes: readonly Node[], start: number, context: FromContext): Item | null {
  const first = nodes[start];
  if (isGroup(first))
    return isQuery(first) ? derived(first.items, nodes, start, context) : joined(first.items, start, context);
  const qualified = isSymbol(nodes[start + 1], ".");
  const at = qualified ? start + 2 : start;
  const leaf = nodes[at];
  const called = calledOf(leaf);
  if (!leaf || isGroup(leaf) || called === null) return null;
  const argument = nodes[at + 1];
  const { alias, next } = readAlias(nodes, isGroup(argument) ? at + 2 : at + 1);
  const name = alias ?? called;
  if (isGroup(argument))
    return { ...one({ name, table: null, exposes: false, bound: false }, next), expressions: [argument] };
  const cte = qualified ? undefined : context.ctes.get(called);
  if (cte) return one({ name, table: null, exposes: cte.exposes, bound: cte.carries }, next);
  const table = context.isTenantTable(leaf) ? called : null;
  return one({ name, table, exposes: table !== null, bound: false }, next);
}

function derived(query: readonly Node[], nodes: readonly Node[], start: number, context: FromContext): Item {
  const { exposes, carries } = context.derived(query);
  const { alias, next } = readAlias(nodes, start + 1);
  return one({ name: alias, table: null, exposes, bound: carries }, next);
}

/** A join in parentheses: its conditions say nothing of what is outside. */
function joined(nodes: readonly Node[], start: number, context: FromContext): Item {
  const { sources, conditions, expressions } = readFrom(nodes, context);
  const inside = conditions.map(({ nodes: on, binds }) => ({ nodes: on, binds: binds ?? sources }));
  return { sources, conditions: inside, expressions, next: start + 1 };
}

/** SQLite takes a text for a name where only a name can stand. */
const calledOf = (node: Node | undefined): string | null =>
  node?.kind === "text" ? node.text : nameOf(node);

const one = (source: Source, next: number): Item => ({
  sources: [source],
  conditions: [],
  expressions: [],
  next,
});

function readAlias(nodes: readonly Node[], start: number): { alias: string | null; next: number } {
  const at = isWord(nodes[start], "as") ? start + 1 : start;
  const alias = isWord(nodes[at], ...NO_ALIAS) ? null : calledOf(nodes[at]);
  const next = alias === null ? at : at + 1;
  if (isWord(nodes[next], "indexed")) return { alias, next: next + 3 };
  return { alias, next: isWord(nodes[next], "not") && isWord(nodes[next + 1], "indexed") ? next + 2 : next };
}

/** Binds what the conditions tie to a parameter, or to something that is bound. Answers the parameters. */
export function bindSources(scope: Scope, conditions: readonly Condition[]): readonly string[] {
  const ties = conditions.flatMap(({ nodes, binds }) =>
    conjuncts(nodes).flatMap((conjunct) => {
      const sides = splitAt(conjunct, (node) => isSymbol(node, "=", "=="));
      const [left, right] = sides.map((side) => sideOf(side, scope));
      return sides.length === 2 && left && right ? [{ left, right, binds: binds ?? scope.sources }] : [];
    }),
  );
  const parameters: string[] = [];
  for (let settled = false; !settled;) {
    settled = true;
    for (const { left, right, binds } of ties)
      for (const [to, by] of [
        [left, right],
        [right, left],
      ] as const) {
        if (typeof to === "string" || to.bound || !binds.includes(to)) continue;
        if (typeof by !== "string" && !by.bound) continue;
        if (typeof by === "string") parameters.push(by);
        to.bound = true;
        settled = false;
      }
  }
  return parameters;
}

/** What must hold of every row; nothing where an OR leaves a way around. */
function conjuncts(nodes: readonly Node[]): readonly (readonly Node[])[] {
  const [only] = nodes;
  if (nodes.length === 1 && isGroup(only) && only.kind === "parentheses" && !isQuery(only))
    return conjuncts(only.items);
  if (nodes.some((node) => isWord(node, "or"))) return [];
  let between = 0;
  const parts = splitAt(nodes, (node) => {
    if (isWord(node, "between")) between++;
    if (!isWord(node, "and")) return false;
    if (between === 0) return true;
    between--;
    return false;
  });
  return parts.length === 1 ? parts : parts.flatMap(conjuncts);
}

/** A bound parameter's text, the source of a `[name.]tenant_id`, or null for anything else. */
export function sideOf(nodes: readonly Node[], scope: Scope): string | Source | null {
  const [first, dot, column] = nodes;
  if (nodes.length === 1 && first?.kind === "parameter") return first.text;
  if (nodes.length === 1 && nameOf(first) === TENANT) return sourceOf(null, scope);
  const name = nameOf(first);
  const qualified = nodes.length === 3 && isSymbol(dot, ".") && nameOf(column) === TENANT;
  return qualified && name !== null ? sourceOf(name, scope) : null;
}

function sourceOf(name: string | null, scope: Scope): Source | null {
  const candidates = scope.sources.filter((source) =>
    name === null ? source.exposes : source.name === name,
  );
  const [only] = candidates;
  if (only) return candidates.length === 1 ? only : null;
  return scope.outer && sourceOf(name, scope.outer);
}
