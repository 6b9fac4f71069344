/** The regular part of regular expressions, over code points. What would need backtracking is refused by name. */

import { err, ok, type Result } from "../../domain/result";
import { CLASS_ESCAPES, complement, singleton, union, withBothCases, type CodeSet } from "./code-set";

export type PatternNode =
  | { readonly type: "set"; readonly set: CodeSet }
  | { readonly type: "sequence"; readonly nodes: readonly PatternNode[] }
  | { readonly type: "choice"; readonly nodes: readonly PatternNode[] }
  | { readonly type: "repeat"; readonly node: PatternNode; readonly min: number; readonly max: number }
  | { readonly type: "start" }
  | { readonly type: "end" };

const REPEAT_MAX = 500;
const DEPTH_MAX = 50;
const LINE_ENDS: CodeSet = [0x0a, 0x0a, 0x0d, 0x0d, 0x2028, 0x2029];
const CONTROL_ESCAPES: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, "0": 0 };

class Refused extends Error {}

export function parsePattern(source: string, ignoreCase: boolean): Result<PatternNode, string> {
  try {
    return ok(new PatternParser(source, ignoreCase).parse());
  } catch (error) {
    if (error instanceof Refused) return err(error.message);
    throw error;
  }
}

class PatternParser {
  readonly #chars: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(
    source: string,
    private readonly ignoreCase: boolean,
  ) {
    this.#chars = [...source];
  }

  parse(): PatternNode {
    const node = this.#choice();
    if (this.#at < this.#chars.length) throw new Refused("a closing parenthesis has no opening one");
    return node;
  }

  #choice(): PatternNode {
    if (++this.#depth > DEPTH_MAX) throw new Refused(`groups are nested deeper than ${DEPTH_MAX}`);
    const nodes = [this.#sequence()];
    while (this.#take("|")) nodes.push(this.#sequence());
    this.#depth--;
    return nodes.length === 1 && nodes[0] ? nodes[0] : { type: "choice", nodes };
  }

  #sequence(): PatternNode {
    const nodes: PatternNode[] = [];
    for (let char = this.#peek(); char !== undefined && char !== "|" && char !== ")"; char = this.#peek()) {
      nodes.push(this.#quantified(this.#atom()));
    }
    return { type: "sequence", nodes };
  }

  #atom(): PatternNode {
    const char = this.#next();
    switch (char) {
      case "^":
        return { type: "start" };
      case "$":
        return { type: "end" };
      case ".":
        return { type: "set", set: complement(LINE_ENDS) };
      case "(":
        return this.#group();
      case "[":
        return { type: "set", set: this.#class() };
      case "\\":
        return { type: "set", set: this.#cased(this.#escape()) };
      case "*":
      case "+":
      case "?":
        throw new Refused(`"${char}" repeats nothing`);
      default:
        return { type: "set", set: this.#cased(singleton(codeOf(char))) };
    }
  }

  #group(): PatternNode {
    if (this.#take("?") && !this.#take(":")) {
      throw new Refused("only plain groups and (?:...) are taken: no lookaround, names or flags");
    }
    const node = this.#choice();
    if (!this.#take(")")) throw new Refused("a group is not closed");
    return node;
  }

  #quantified(node: PatternNode): PatternNode {
    const bounds = this.#bounds();
    if (!bounds) return node;
    if (node.type === "start" || node.type === "end") throw new Refused("an anchor cannot be repeated");
    this.#take("?"); // Lazy or greedy: the same strings match.
    const again = this.#peek();
    if (again === "*" || again === "+" || again === "?") throw new Refused("a quantifier is repeated");
    return { type: "repeat", node, ...bounds };
  }

  #bounds(): { min: number; max: number } | null {
    if (this.#take("*")) return { min: 0, max: Infinity };
    if (this.#take("+")) return { min: 1, max: Infinity };
    if (this.#take("?")) return { min: 0, max: 1 };
    if (this.#peek() !== "{") return null;
    const close = this.#chars.indexOf("}", this.#at);
    const match = /^\{(\d+)(,(\d*))?$/.exec(this.#chars.slice(this.#at, Math.max(close, this.#at)).join(""));
    if (!match) throw new Refused("a { must begin {n}, {n,} or {n,m}, or be escaped");
    this.#at = close + 1;
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] ? Number(match[3]) : Infinity;
    if (min > max) throw new Refused(`{${min},${max}} is out of order`);
    if (min > REPEAT_MAX || (max !== Infinity && max > REPEAT_MAX)) {
      throw new Refused(`more than ${REPEAT_MAX} repetitions`);
    }
    return { min, max };
  }

  #class(): CodeSet {
    const negated = this.#take("^");
    let set: CodeSet = [];
    for (;;) {
      const char = this.#next("a character class is not closed");
      if (char === "]") break;
      const low = char === "\\" ? this.#escape() : singleton(codeOf(char));
      const isRange = this.#peek() === "-" && this.#chars[this.#at + 1] !== "]";
      if (!isRange || low.length !== 2 || low[0] !== low[1]) {
        set = union(set, low);
        continue;
      }
      this.#at++;
      const char2 = this.#next("a character class is not closed");
      const high = char2 === "\\" ? this.#escape() : singleton(codeOf(char2));
      const [from = 0] = low;
      const [to = 0] = high;
      if (high.length !== 2 || high[0] !== high[1] || to < from) throw new Refused("a range is out of order");
      set = union(set, [from, to]);
    }
    set = this.#cased(set);
    return negated ? complement(set) : set;
  }

  #escape(): CodeSet {
    const char = this.#next("a backslash ends the pattern");
    const shorthand = CLASS_ESCAPES[char];
    if (shorthand) return shorthand;
    const control = CONTROL_ESCAPES[char];
    if (control !== undefined) return singleton(control);
    if (char === "x" || char === "u") return singleton(this.#hex(char === "x" ? 2 : 4));
    if (/[1-9k]/.test(char)) throw new Refused("references to groups are not taken");
    if (/[A-Za-z]/.test(char)) throw new Refused(`\\${char} is not taken`);
    return singleton(codeOf(char));
  }

  #hex(digits: number): number {
    const close = this.#take("{") ? this.#chars.indexOf("}", this.#at) : -1;
    const to = close >= 0 ? close : this.#at + digits;
    const text = this.#chars.slice(this.#at, to).join("");
    const code = /^[0-9A-Fa-f]{1,6}$/.test(text) ? Number.parseInt(text, 16) : Infinity;
    if (code > 0x10ffff) throw new Refused("a code point is malformed");
    this.#at = close >= 0 ? close + 1 : to;
    return code;
  }

  #cased(set: CodeSet): CodeSet {
    return this.ignoreCase ? withBothCases(set) : set;
  }

  #peek(): string | undefined {
    return this.#chars[this.#at];
  }

  #take(char: string): boolean {
    if (this.#chars[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #next(otherwise = "the pattern ends too early"): string {
    const char = this.#chars[this.#at++];
    if (char === undefined) throw new Refused(otherwise);
    return char;
  }
}

function codeOf(char: string): number {
  return char.codePointAt(0) ?? 0;
}
