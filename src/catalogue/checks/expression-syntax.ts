/**
 * The expressions of `business` checks and derived columns, as a tree. From the loosest to the tightest:
 * `or`, `and`, `not`, one comparison or `[not] in (...)`, `+ -`, `* /`, unary `-`, then numbers, 'text', true,
 * false, fields (`price`, or `[preço de venda]`), calls and parentheses.
 */

import { err, ok, type Result } from "../../domain/result";
import { Misread, tokensOf, type Token } from "./expression-tokens";

export const EXPRESSION_MAX_LENGTH = 1000;
const DEPTH_MAX = 32;

export const FUNCTIONS = {
  len: [1, 1],
  lower: [1, 1],
  upper: [1, 1],
  trim: [1, 1],
  blank: [1, 1],
  starts_with: [2, 2],
  ends_with: [2, 2],
  contains: [2, 2],
  round: [1, 2],
  abs: [1, 1],
  min: [2, 10],
  max: [2, 10],
  concat: [1, 20],
} as const satisfies Record<string, readonly [number, number]>;

export type FunctionName = keyof typeof FUNCTIONS;
export type Comparator = "==" | "!=" | "<" | "<=" | ">" | ">=";

export type Expression =
  | { readonly type: "literal"; readonly value: string | number | boolean }
  | { readonly type: "field"; readonly name: string }
  | { readonly type: "not" | "negative"; readonly of: Expression }
  | {
      readonly type: "and" | "or" | "+" | "-" | "*" | "/" | Comparator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly type: "in"; readonly item: Expression; readonly list: readonly Expression[] }
  | { readonly type: "call"; readonly name: FunctionName; readonly args: readonly Expression[] };

const COMPARATORS: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);

/** The error says at which character, counted from 1, the text stops making sense. */
export function parseExpression(source: string): Result<Expression, string> {
  if (source.length > EXPRESSION_MAX_LENGTH) return err(`longer than ${EXPRESSION_MAX_LENGTH} characters`);
  try {
    return ok(new Parser(tokensOf(source)).whole());
  } catch (error) {
    if (error instanceof Misread) return err(error.message);
    throw error;
  }
}

/** The fields that the expression reads, each once. */
export function fieldsOf(expression: Expression): readonly string[] {
  const fields = new Set<string>();
  const open = [expression];
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.type === "field") fields.add(next.name);
    else if (next.type === "in") open.push(next.item, ...next.list);
    else if (next.type === "call") open.push(...next.args);
    else if ("of" in next) open.push(next.of);
    else if ("left" in next) open.push(next.left, next.right);
  }
  return [...fields];
}

class Parser {
  #next = 0;
  #depth = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  whole(): Expression {
    const expression = this.#or();
    if (this.#token.kind !== "end") throw this.#unexpected();
    return expression;
  }

  get #token(): Token {
    return this.tokens[this.#next] as Token;
  }

  #or(): Expression {
    if (++this.#depth > DEPTH_MAX) throw new Misread("nested too deeply", this.#token.at);
    let left = this.#and();
    while (this.#takes("name", "or")) left = { type: "or", left, right: this.#and() };
    this.#depth--;
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.#takes("name", "and")) left = { type: "and", left, right: this.#not() };
    return left;
  }

  #not(): Expression {
    let negations = 0;
    while (this.#takes("name", "not")) negations++;
    const of = this.#comparison();
    return negations === 0 ? of : { type: "not", of: negations % 2 === 1 ? of : { type: "not", of } };
  }

  #comparison(): Expression {
    const left = this.#sum();
    const { kind, text } = this.#token;
    if (kind === "sign" && COMPARATORS.has(text)) {
      this.#next++;
      return { type: text as Comparator, left, right: this.#sum() };
    }
    if (this.#takes("name", "in")) return { type: "in", item: left, list: this.#list() };
    if (!this.#takes("name", "not")) return left;
    if (!this.#takes("name", "in")) throw this.#unexpected();
    return { type: "not", of: { type: "in", item: left, list: this.#list() } };
  }

  #sum(): Expression {
    let left = this.#product();
    for (let sign = this.#sign("+", "-"); sign; sign = this.#sign("+", "-")) {
      left = { type: sign, left, right: this.#product() };
    }
    return left;
  }

  #product(): Expression {
    let left = this.#unary();
    for (let sign = this.#sign("*", "/"); sign; sign = this.#sign("*", "/")) {
      left = { type: sign, left, right: this.#unary() };
    }
    return left;
  }

  #unary(): Expression {
    let isNegative = false;
    while (this.#sign("-")) isNegative = !isNegative;
    const of = this.#primary();
    return isNegative ? { type: "negative", of } : of;
  }

  #primary(): Expression {
    const token = this.#token;
    this.#next++;
    switch (token.kind) {
      case "number":
        return { type: "literal", value: Number(token.text) };
      case "text":
        return { type: "literal", value: token.text };
      case "field":
        return { type: "field", name: token.text.trim() };
      case "name":
        return this.#named(token);
      default:
        if (token.text !== "(" || token.kind !== "sign") {
          this.#next--;
          throw this.#unexpected();
        }
        this.#next--;
        return this.#group();
    }
  }

  #named(token: Token): Expression {
    if (["and", "or", "in", "not"].includes(token.text)) {
      this.#next--;
      throw this.#unexpected();
    }
    if (token.text === "true" || token.text === "false") {
      return { type: "literal", value: token.text === "true" };
    }
    if (this.#token.kind !== "sign" || this.#token.text !== "(") return { type: "field", name: token.text };
    if (!isFunction(token.text)) throw new Misread(`there is no function "${token.text}"`, token.at);
    const args = this.#list();
    const [least, most] = FUNCTIONS[token.text];
    if (args.length < least || args.length > most) {
      const wanted = least === most ? `${least}` : `${least} to ${most}`;
      throw new Misread(`${token.text} takes ${wanted} arguments, not ${args.length}`, token.at);
    }
    return { type: "call", name: token.text, args };
  }

  #group(): Expression {
    this.#expect("(");
    const inner = this.#or();
    this.#expect(")");
    return inner;
  }

  #list(): readonly Expression[] {
    this.#expect("(");
    const items = [this.#or()];
    while (this.#takes("sign", ",")) items.push(this.#or());
    this.#expect(")");
    return items;
  }

  #sign<S extends string>(...signs: readonly S[]): S | null {
    const sign = signs.find((text) => this.#token.kind === "sign" && this.#token.text === text);
    if (sign !== undefined) this.#next++;
    return sign ?? null;
  }

  #takes(kind: Token["kind"], text: string): boolean {
    const isNext = this.#token.kind === kind && this.#token.text === text;
    if (isNext) this.#next++;
    return isNext;
  }

  #expect(text: string): void {
    if (!this.#takes("sign", text)) throw this.#unexpected(`; "${text}" was expected`);
  }

  #unexpected(hint = ""): Misread {
    const { kind, text, at } = this.#token;
    return new Misread(kind === "end" ? `unexpected end${hint}` : `unexpected "${text}"${hint}`, at);
  }
}

function isFunction(name: string): name is FunctionName {
  return Object.hasOwn(FUNCTIONS, name);
}
