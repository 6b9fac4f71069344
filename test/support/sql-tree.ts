/** SQL as SQLite reads it, as far as the lint needs it: words, names, values, and what stands in parentheses. */

export interface Leaf {
  /** `word`: a keyword or a bare name, folded; `quoted`: a quoted name, folded. */
  readonly kind: "word" | "quoted" | "text" | "parameter" | "number" | "symbol";
  readonly text: string;
}

export interface Group {
  readonly kind: "parentheses" | "case";
  readonly items: readonly Node[];
}

export type Node = Leaf | Group;

const FORMS: readonly (readonly [Leaf["kind"] | "nothing", RegExp])[] = [
  ["nothing", /[ \t\n\f\r]+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y],
  ["text", /x?'(?:[^']|'')*'/iy],
  ["quoted", /"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]/y],
  ["parameter", /\?\d*/y],
  ["symbol", /[:@$]\w+/y],
  ["number", /0x[\da-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/iy],
  ["word", /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y],
  ["symbol", /->>|->|\|\||==|<>|!=|<=|>=|<<|>>|[\s\S]/y],
];

function* leavesOf(sql: string): Generator<Leaf> {
  for (let at = 0; at < sql.length;) {
    for (const [kind, form] of FORMS) {
      form.lastIndex = at;
      const text = form.exec(sql)?.[0];
      if (text === undefined) continue;
      at += text.length;
      if (kind !== "nothing") yield { kind, text: folded(kind, text) };
      break;
    }
  }
}

function folded(kind: Leaf["kind"], text: string): string {
  if (kind === "word") return text.toLowerCase();
  if (kind === "text") return text.slice(text.indexOf("'") + 1, -1).toLowerCase();
  if (kind !== "quoted") return text;
  const [quote = ""] = text;
  return text.slice(1, -1).replaceAll(quote.repeat(2), quote).toLowerCase();
}

/** Null for a text whose parentheses, quotes or CASEs do not close. */
export function treeOf(sql: string): readonly Node[] | null {
  const open: { kind: Group["kind"]; items: Node[] }[] = [{ kind: "parentheses", items: [] }];
  for (const leaf of leavesOf(sql)) {
    const closes = isSymbol(leaf, ")") ? "parentheses" : isWord(leaf, "end") ? "case" : null;
    if (isSymbol(leaf, "(")) open.push({ kind: "parentheses", items: [] });
    else if (isWord(leaf, "case")) open.push({ kind: "case", items: [] });
    else if (closes !== null && (closes === "parentheses" || open.at(-1)?.kind === "case")) {
      const group = open.pop();
      const around = open.at(-1);
      if (group?.kind !== closes || !around) return null;
      around.items.push(group);
    } else if (isSymbol(leaf, "'", '"', "`", "[")) return null;
    else open.at(-1)?.items.push(leaf);
  }
  return open.length === 1 ? (open[0]?.items ?? null) : null;
}

export const isWord = (node: Node | undefined, ...words: readonly string[]): boolean =>
  node?.kind === "word" && words.includes(node.text);
export const isSymbol = (node: Node | undefined, ...symbols: readonly string[]): boolean =>
  node?.kind === "symbol" && symbols.includes(node.text);
export const isComma = (node: Node | undefined): boolean => isSymbol(node, ",");
export const isGroup = (node: Node | undefined): node is Group =>
  node?.kind === "parentheses" || node?.kind === "case";
/** Whether what stands in parentheses is a query of its own. */
export const isQuery = ({ kind, items }: Group): boolean =>
  kind === "parentheses" && isWord(items[0], "select", "with", "values");
/** A name, bare or quoted. */
export const nameOf = (node: Node | undefined): string | null =>
  node?.kind === "word" || node?.kind === "quoted" ? node.text : null;

/** What stands between the separators of this level. */
export function splitAt(
  nodes: readonly Node[],
  separates: (node: Node, index: number) => boolean,
): readonly (readonly Node[])[] {
  const parts: Node[][] = [[]];
  for (const [index, node] of nodes.entries())
    if (separates(node, index)) parts.push([]);
    else parts.at(-1)?.push(node);
  return parts;
}

/** Every leaf, at any depth, with what stands before it, a schema's name left out. */
export function* leavesIn(nodes: readonly Node[]): Generator<readonly [Leaf, Node | undefined]> {
  for (const [index, node] of nodes.entries())
    if (isGroup(node)) yield* leavesIn(node.items);
    else yield [node, nodes[isSymbol(nodes[index - 1], ".") ? index - 3 : index - 1]];
}
