/** Where the clauses of a statement begin, on one level of its tree. */

import { isGroup, isWord, nameOf, type Node } from "./sql-tree";

export interface Clause {
  /** The word that opens it; `head` for what stands before the first. */
  readonly opens: string;
  readonly nodes: readonly Node[];
}

/** Of a SELECT, an UPDATE or a DELETE after its first word, or of an upsert. */
export function clausesOf(nodes: readonly Node[]): readonly Clause[] {
  const clauses: { opens: string; nodes: Node[] }[] = [{ opens: "head", nodes: [] }];
  for (const [at, node] of nodes.entries())
    if (!isGroup(node) && opensClause(nodes, at)) clauses.push({ opens: node.text, nodes: [] });
    else clauses.at(-1)?.nodes.push(node);
  return clauses;
}

function opensClause(nodes: readonly Node[], at: number): boolean {
  const [node, next] = [nodes[at], nodes[at + 1]];
  if (isWord(node, "from")) return !(isWord(nodes[at - 1], "distinct") && isWord(nodes[at - 2], "is", "not"));
  if (isWord(node, "group", "order")) return isWord(next, "by");
  if (isWord(node, "window"))
    return nameOf(next) !== null && isWord(nodes[at + 2], "as") && isGroup(nodes[at + 3]);
  return isWord(node, "where", "having", "limit", "returning", "set");
}

/** All clauses of a kind together: a second one would be no SQL. */
export const nodesOf = (clauses: readonly Clause[], opens: string): readonly Node[] =>
  clauses.filter((clause) => clause.opens === opens).flatMap(({ nodes }) => nodes);

/** `ON CONFLICT` of an INSERT, not the ON of a join. */
export const opensUpsert = (nodes: readonly Node[], at: number): boolean =>
  isWord(nodes[at], "on") &&
  isWord(nodes[at + 1], "conflict") &&
  (isGroup(nodes[at + 2]) || isWord(nodes[at + 2], "do"));
