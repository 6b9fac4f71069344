/** The words of an expression, each with where it stands. */

export interface Token {
  readonly kind: "number" | "text" | "name" | "field" | "sign" | "end";
  readonly text: string;
  readonly at: number;
}

const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?)(?![\p{L}\p{N}_.])|'([^']*)'|"([^"]*)"|\[([^[\]]+)\]|([\p{L}_][\p{L}\p{N}_]*)|(==|!=|<=|>=|[=<>+\-*/(),]))/uy;
const KINDS = ["number", "text", "text", "field", "name", "sign"] as const;
export class Misread extends Error {
  constructor(message: string, at: number) {
    super(`${message} at character ${at + 1}`);
  }
}

export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  const token = new RegExp(TOKEN);
  const end = source.trimEnd().length;
  while (token.lastIndex < end) {
    const from = token.lastIndex;
    const match = token.exec(source);
    if (!match) {
      const at = from + source.slice(from).search(/\S/);
      throw new Misread(`cannot read "${source.slice(at, at + 10)}"`, at);
    }
    const group = match.slice(1).findIndex((part) => part !== undefined);
    const text = match[group + 1] ?? "";
    const at = from + match[0].search(/\S/);
    tokens.push({ kind: KINDS[group] ?? "sign", text: text === "=" ? "==" : text, at });
  }
  tokens.push({ kind: "end", text: "the end", at: source.length });
  return tokens;
}
