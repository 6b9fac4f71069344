/**
 * Holds every statement to its tenant: each query scope names, for each tenant table it touches, the tenant by a
 * bound parameter, where no OR leads around it. What it cannot read it reports.
 */

import { clausesOf, nodesOf, opensUpsert, type Clause } from "./sql-clauses";
import { columnOf, derivedOf, valuesOf, type Arms, type Column } from "./sql-columns";
import { bindSources, readFrom, TENANT, type Derived, type Scope, type Source } from "./sql-scope";
import {
  isComma,
  isGroup,
  isQuery,
  isSymbol,
  isWord,
  leavesIn,
  nameOf,
  splitAt,
  treeOf,
  type Leaf,
  type Node,
} from "./sql-tree";

/** What is wrong with a statement; each begins with the table's name. `tables`: those that have a `tenant_id`. */
export function tenantFaults(sql: string, tables: ReadonlySet<string>): readonly string[] {
  const tree = treeOf(sql);
  if (!tree) return ["statement: cannot be read"];
  return splitAt(tree, (node) => isSymbol(node, ";")).flatMap((nodes) => new Lint(tables).faultsOf(nodes));
}

type Ctes = ReadonlyMap<string, Derived>;

const OTHERS_BUSINESS = (
  "pragma explain create drop alter reindex analyze vacuum attach detach " +
  "begin commit end rollback savepoint release"
).split(" ");

class Lint {
  readonly #faults = new Set<string>();
  readonly #parameters = new Set<string>();
  readonly #seen = new Set<Leaf>();

  constructor(private readonly tables: ReadonlySet<string>) {}

  faultsOf(nodes: readonly Node[]): readonly string[] {
    if (nodes.length === 0 || isWord(nodes[0], ...OTHERS_BUSINESS)) return [];
    const { body, ctes } = this.#with(nodes, null, new Map());
    const [first] = body;
    if (isWord(first, "select", "values")) this.#query(body, null, ctes);
    else if (isWord(first, "insert", "replace")) this.#insert(body, ctes);
    else if (isWord(first, "update")) this.#update(body, ctes);
    else if (isWord(first, "delete")) this.#delete(body, ctes);
    else this.#faults.add("statement: is of no known kind");
    for (const [leaf, before] of leavesIn(nodes))
      if (isWord(before, "from", "join", "into", "update", "in") && this.#isTenantTable(leaf))
        if (!this.#seen.has(leaf)) this.#faults.add(`${leaf.text}: stands where no predicate can reach it`);
    if (this.#parameters.size > 1)
      this.#faults.add(`statement: names two tenants, ${[...this.#parameters].join(" and ")}`);
    return [...this.#faults];
  }

  #insert(body: readonly Node[], ctes: Ctes): void {
    const into = body.findIndex((node) => isWord(node, "into"));
    const end = body.findIndex(
      (node, index) => isWord(node, "returning") || (index > into && opensUpsert(body, index)),
    );
    const [head, tail] = end === -1 ? [body, []] : [body.slice(0, end), body.slice(end)];
    const source = head.findIndex((node) => isWord(node, "select", "values", "with", "default"));
    const named = head.slice(into + 1, source === -1 ? undefined : source);
    const columns = named.at(-1);
    const listed = isGroup(columns) ? splitAt(columns.items, isComma) : [];
    const [target] = this.#from(isGroup(columns) ? named.slice(0, -1) : named, ctes, null).sources;
    const filled =
      source === -1 || isWord(head[source], "default") ? [] : this.#query(head.slice(source), null, ctes);
    if (!target) return void this.#misread();

    const inserted: Source = { ...target, bound: true };
    const excluded: Source = { name: "excluded", table: null, exposes: false, bound: true };
    this.#walk(tail, { sources: [inserted, excluded], outer: null, ctes });
    const { table } = target;
    if (table === null) return;
    const [first] = listed;
    if (first?.length !== 1 || nameOf(first[0]) !== TENANT)
      this.#faults.add(`${table}: is inserted into without ${TENANT} as the first column`);
    const tenants = filled.map(([column]) => column?.parameter ?? null);
    if (tenants.length === 0 || tenants.includes(null))
      this.#faults.add(`${table}: is inserted into without a parameter for ${TENANT}`);
    for (const parameter of tenants) this.#note(parameter);
    if (isWord(body[0], "replace") || isWord(body[2], "replace"))
      this.#faults.add(`${table}: is replaced in, whoever's the row was`);
    this.#upserts(table, tail);
  }

  #upserts(table: string, tail: readonly Node[]): void {
    for (const upsert of splitAt(tail, (_node, index) => opensUpsert(tail, index))) {
      if (!upsert.some((node) => isWord(node, "update"))) continue;
      const [, target] = upsert;
      const columns = isGroup(target) ? splitAt(target.items, isComma) : [];
      if (!columns.some(([column]) => nameOf(column) === TENANT))
        this.#faults.add(`${table}: is updated on a conflict that does not name ${TENANT}`);
      this.#sets(table, clausesOf(upsert));
    }
  }

  #update(body: readonly Node[], ctes: Ctes): void {
    const clauses = clausesOf(body.slice(1));
    const head = nodesOf(clauses, "head");
    const or = isWord(head[0], "or");
    const scope = this.#scope(clauses, ctes, null, {
      target: or ? head.slice(2) : head,
      says: "updated",
    });
    const table = scope.sources[0]?.table ?? null;
    if (table === null) return;
    this.#sets(table, clauses);
    if (or && isWord(head[1], "replace")) this.#faults.add(`${table}: is replaced in, whoever's the row was`);
  }

  #sets(table: string, clauses: readonly Clause[]): void {
    for (const assignment of splitAt(nodesOf(clauses, "set"), isComma)) {
      const [to = []] = splitAt(assignment, (node) => isSymbol(node, "="));
      const columns = isGroup(to[0]) ? to[0].items : to;
      if (columns.some((node) => nameOf(node) === TENANT))
        this.#faults.add(`${table}: has its ${TENANT} set`);
    }
  }

  #delete(body: readonly Node[], ctes: Ctes): void {
    this.#scope(clausesOf(body.slice(1)), ctes, null, { target: [], says: "deleted from" });
  }

  /** Lints a query and answers its columns. */
  #query(nodes: readonly Node[], outer: Scope | null, above: Ctes): Arms {
    const { body, ctes } = this.#with(nodes, outer, above);
    const arms = splitAt(body, (node) => isWord(node, "union", "intersect", "except"));
    return arms.map((arm) => {
      const start = isWord(arm[0], "all") ? arm.slice(1) : arm;
      if (isWord(start[0], "values")) return this.#values(start.slice(1), outer, ctes);
      if (!isWord(start[0], "select")) return this.#misread();
      const clauses = clausesOf(start.slice(1));
      const scope = this.#scope(clauses, ctes, outer, { target: [], says: "read" });
      const head = nodesOf(clauses, "head");
      const columns = isWord(head[0], "distinct", "all") ? head.slice(1) : head;
      return splitAt(columns, isComma).map((column) => columnOf(column, scope));
    });
  }

  #values(nodes: readonly Node[], outer: Scope | null, ctes: Ctes): readonly Column[] {
    this.#walk(nodes, { sources: [], outer, ctes });
    return valuesOf(nodes);
  }

  /** Reads a scope's tables, binds what its conditions bind, and goes on to the queries inside it. */
  #scope(
    clauses: readonly Clause[],
    ctes: Ctes,
    outer: Scope | null,
    { target, says }: { readonly target: readonly Node[]; readonly says: string },
  ): Scope {
    const targets = this.#from(target, ctes, outer);
    const from = this.#from(nodesOf(clauses, "from"), ctes, outer);
    const scope = { sources: [...targets.sources, ...from.sources], outer, ctes };
    const where = { nodes: nodesOf(clauses, "where"), binds: null };
    for (const parameter of bindSources(scope, [...from.conditions, where])) this.#note(parameter);
    for (const [index, { table, bound }] of scope.sources.entries())
      if (table !== null && !bound)
        this.#faults.add(`${table}: is ${index === 0 ? says : "read"} without its tenant`);
    this.#walk(from.expressions, scope);
    for (const { opens, nodes } of clauses) if (opens !== "from") this.#walk(nodes, scope);
    return scope;
  }

  #from(nodes: readonly Node[], ctes: Ctes, outer: Scope | null) {
    return readFrom(nodes, {
      ctes,
      isTenantTable: (leaf) => this.#isTenantTable(leaf) && (this.#seen.add(leaf), true),
      derived: (query) => this.#derived(this.#query(query, outer, ctes), null),
      misread: () => this.#misread(),
    });
  }

  /** The queries anywhere in an expression. */
  #walk(nodes: readonly Node[], scope: Scope): void {
    for (const node of nodes)
      if (!isGroup(node)) continue;
      else if (isQuery(node)) this.#query(node.items, scope, scope.ctes);
      else this.#walk(node.items, scope);
  }

  #with(nodes: readonly Node[], outer: Scope | null, above: Ctes): { body: readonly Node[]; ctes: Ctes } {
    if (!isWord(nodes[0], "with")) return { body: nodes, ctes: above };
    const ctes = new Map(above);
    let at = isWord(nodes[1], "recursive") ? 2 : 1;
    for (;;) {
      const name = nameOf(nodes[at++]);
      const list = nodes[at];
      const names = isGroup(list) ? splitAt(list.items, isComma).map(([column]) => nameOf(column)) : null;
      if (names) at++;
      while (isWord(nodes[at], "as", "not", "materialized")) at++;
      const query = nodes[at++];
      if (name === null || !isGroup(query) || !isQuery(query)) return { body: this.#misread(), ctes };
      if (this.tables.has(name)) this.#faults.add(`${name}: is hidden by a CTE of its name`);
      const read = (lint: Lint, carries: boolean): Derived => {
        const within = new Map(ctes).set(name, { exposes: true, carries });
        return lint.#derived(lint.#query(query.items, outer, within), names);
      };
      // A recursive arm may lean on the CTE itself only where that carries the tenant in every arm.
      const { carries } = read(new Lint(this.tables), true);
      ctes.set(name, read(this, carries));
      const next = nodes[at];
      if (!next || !isComma(next)) return { body: nodes.slice(at), ctes };
      at++;
    }
  }

  #derived(arms: Arms, names: readonly (string | null)[] | null): Derived {
    const { parameters, ...derived } = derivedOf(arms, names);
    for (const parameter of parameters) this.#note(parameter);
    return derived;
  }

  #isTenantTable(leaf: Leaf): boolean {
    return (leaf.kind === "text" || nameOf(leaf) !== null) && this.tables.has(leaf.text);
  }

  #note(parameter: string | null): void {
    if (parameter !== null && parameter !== "?") this.#parameters.add(parameter);
  }

  #misread(): readonly [] {
    this.#faults.add("statement: is written in a way the lint cannot read");
    return [];
  }
}
