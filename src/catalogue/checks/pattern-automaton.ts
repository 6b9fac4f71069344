/** A pattern's automaton: what each step does, and which go on to which. Step 0 is the match. */

import type { CodeSet } from "./code-set";
import type { PatternNode } from "./pattern-syntax";

/** Of one pattern: what one character of a cell costs at the most. */
export const PATTERN_STEPS_MAX = 1024;
/** Groups of nothing make no step, and are work all the same. */
const ASSEMBLED_MAX = 10_000;

export type Step =
  | { readonly type: "set"; readonly set: CodeSet; readonly next: number }
  | { readonly type: "fork"; next: number; readonly other: number }
  | { readonly type: "start" | "end"; readonly next: number }
  | { readonly type: "match" };

export interface Automaton {
  readonly steps: readonly Step[];
  readonly entry: number;
}

/** Null if there would be too many steps. */
export function assemblePattern(node: PatternNode): Automaton | null {
  const assembler = new Assembler();
  const entry = assembler.assemble(node, 0);
  return entry === null ? null : { steps: assembler.steps, entry };
}

class Assembler {
  readonly steps: Step[] = [{ type: "match" }];
  #assembled = 0;

  /** Writes `node` as steps that go on to `next`; answers where it begins: at `next` itself if it is empty. */
  assemble(node: PatternNode, next: number): number | null {
    if (++this.#assembled > ASSEMBLED_MAX) return null;
    switch (node.type) {
      case "set":
        return this.#push({ type: "set", set: node.set, next });
      case "start":
      case "end":
        return this.#push({ type: node.type, next });
      case "sequence": {
        let entry: number | null = next;
        for (let i = node.nodes.length - 1; i >= 0 && entry !== null; i--) {
          entry = this.assemble(node.nodes[i] as PatternNode, entry);
        }
        return entry;
      }
      case "choice":
        return this.#choice(node.nodes, next);
      case "repeat":
        return node.max === Infinity
          ? this.#atLeast(node.node, node.min, this.#loop(node.node, next))
          : this.#upTo(node.node, node.min, node.max, next);
    }
  }

  #push(step: Step): number | null {
    return this.steps.length < PATTERN_STEPS_MAX ? this.steps.push(step) - 1 : null;
  }

  #choice(nodes: readonly PatternNode[], next: number): number | null {
    let entry: number | null = null;
    for (const part of nodes) {
      const branch = this.assemble(part, next);
      if (branch === null) return null;
      entry = entry === null ? branch : this.#push({ type: "fork", next: branch, other: entry });
      if (entry === null) return null;
    }
    return entry;
  }

  #loop(node: PatternNode, next: number): number | null {
    const loop: Step = { type: "fork", next, other: next };
    const at = this.#push(loop);
    const body = at === null ? null : this.assemble(node, at);
    if (body === null) return null;
    loop.next = body;
    return at;
  }

  #upTo(node: PatternNode, min: number, max: number, next: number): number | null {
    let entry: number | null = next;
    for (let i = min; i < max && entry !== null; i++) {
      const body = this.assemble(node, entry);
      if (body === entry) return next; // Nothing, however often, is nothing.
      entry = body === null ? null : this.#push({ type: "fork", next: body, other: next });
    }
    return this.#atLeast(node, min, entry);
  }

  #atLeast(node: PatternNode, min: number, next: number | null): number | null {
    let entry = next;
    for (let i = 0; i < min && entry !== null; i++) {
      const body = this.assemble(node, entry);
      if (body === entry) return entry;
      entry = body;
    }
    return entry;
  }
}
