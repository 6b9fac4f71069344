/**
 * Tenants write patterns, so they run in linear time: a pattern becomes a non-deterministic automaton, and its
 * deterministic states are made as text asks for them, in bounded number. Like RegExp.test, it searches.
 */

import { err, ok, type Result } from "../../domain/result";
import { contains, type CodeSet } from "./code-set";
import { parsePattern, type PatternNode } from "./pattern-syntax";

export const PATTERN_MAX_LENGTH = 1000;
/** Longer cells match nothing, unread: whoever sells by a 20,000-character code can raise it. */
export const PATTERN_CELL_MAX_LENGTH = 20_000;
const NODES_MAX = 4000;
const CACHED_STATES_MAX = 500;

type Step =
  | { readonly type: "set"; readonly set: CodeSet; readonly next: number }
  | { readonly type: "fork"; next: number; readonly other: number }
  | { readonly type: "start" | "end"; readonly next: number }
  | { readonly type: "match" };

interface State {
  readonly steps: readonly number[];
  /** By class of code points; -1 = not made yet. */
  readonly next: Int32Array;
  readonly matches: boolean;
  readonly matchesAtEnd: boolean;
}

export class Pattern {
  readonly #steps: readonly Step[];
  readonly #entry: number;
  readonly #cuts: readonly number[];
  readonly #asciiClasses: Uint16Array;
  #states: State[] = [];
  #stateIds = new Map<string, number>();

  private constructor(steps: readonly Step[], entry: number) {
    this.#steps = steps;
    this.#entry = entry;
    const sets = steps.flatMap((step) => (step.type === "set" ? [step.set] : []));
    this.#cuts = cutsOf(sets);
    this.#asciiClasses = Uint16Array.from({ length: 128 }, (_, code) => this.#classOf(code));
    this.#forget();
  }

  static compile(source: string, ignoreCase = false): Result<Pattern, string> {
    if (source.length > PATTERN_MAX_LENGTH) return err(`longer than ${PATTERN_MAX_LENGTH} characters`);
    const parsed = parsePattern(source, ignoreCase);
    if (!parsed.ok) return parsed;
    const steps: Step[] = [{ type: "match" }];
    const entry = assemble(parsed.value, 0, steps);
    return entry === null
      ? err("too large once its repetitions are written out")
      : ok(new Pattern(steps, entry));
  }

  test(text: string): boolean {
    let id = 0;
    for (let at = 0; at < text.length; at++) {
      const state = this.#states[id] as State;
      if (state.matches) return true;
      const code = text.codePointAt(at) as number;
      if (code > 0xffff) at++;
      id = this.#move(id, code < 128 ? (this.#asciiClasses[code] as number) : this.#classOf(code));
    }
    const last = this.#states[id] as State;
    return last.matches || last.matchesAtEnd;
  }

  /** `test` for bytes that are all ASCII; null if one is not. */
  testAscii(bytes: Uint8Array, start: number, end: number): boolean | null {
    let id = 0;
    for (let at = start; at < end; at++) {
      const state = this.#states[id] as State;
      if (state.matches) return true;
      const byte = bytes[at] as number;
      if (byte > 0x7f) return null;
      const group = this.#asciiClasses[byte] as number;
      const next = state.next[group] as number;
      id = next >= 0 ? next : this.#move(id, group);
    }
    const last = this.#states[id] as State;
    return last.matches || last.matchesAtEnd;
  }

  #move(id: number, group: number): number {
    const state = this.#states[id] as State;
    const known = state.next[group] as number;
    if (known >= 0) return known;
    const code = this.#cuts[group] as number;
    const targets: number[] = [];
    for (const at of state.steps) {
      const step = this.#steps[at] as Step;
      if (step.type === "set" && contains(step.set, code)) targets.push(step.next);
    }
    targets.push(this.#entry); // The search may begin at any character.
    const isFull = this.#states.length >= CACHED_STATES_MAX;
    if (isFull) this.#forget();
    const next = this.#stateOf(targets, false);
    if (!isFull) state.next[group] = next;
    return next;
  }

  #forget(): void {
    this.#states = [];
    this.#stateIds = new Map();
    this.#stateOf([this.#entry], true);
  }

  #stateOf(targets: readonly number[], atStart: boolean): number {
    const reached = this.#closure(targets, atStart, false);
    const key = `${atStart}:${reached.join()}`;
    const known = this.#stateIds.get(key);
    if (known !== undefined) return known;
    const id = this.#states.length;
    this.#states.push({
      steps: reached,
      next: new Int32Array(this.#cuts.length).fill(-1),
      matches: reached.includes(0),
      matchesAtEnd: this.#closure(targets, atStart, true).includes(0),
    });
    this.#stateIds.set(key, id);
    return id;
  }

  /** What is reached without reading a character: steps that read one, and the match (step 0). */
  #closure(targets: readonly number[], atStart: boolean, atEnd: boolean): number[] {
    const seen = new Set<number>();
    const open = [...targets];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      const step = this.#steps[at] as Step;
      if (step.type === "fork") open.push(step.next, step.other);
      if (step.type === "start" && atStart) open.push(step.next);
      if (step.type === "end" && atEnd) open.push(step.next);
    }
    const kept = [...seen].filter((at) => {
      const { type } = this.#steps[at] as Step;
      return type === "set" || type === "match" || type === "end";
    });
    return kept.sort((a, b) => a - b);
  }

  #classOf(code: number): number {
    let low = 0;
    let high = this.#cuts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#cuts[middle] as number) <= code) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Code points between two cuts are alike to every set of the pattern. */
function cutsOf(sets: readonly CodeSet[]): readonly number[] {
  const cuts = new Set([0]);
  for (const set of sets) {
    set.forEach((bound, i) => cuts.add(i % 2 === 0 ? bound : bound + 1));
  }
  return [...cuts].sort((a, b) => a - b);
}

/** Writes `node` as steps that go on to `next`; answers where it begins, or null once there are too many. */
function assemble(node: PatternNode, next: number, steps: Step[]): number | null {
  if (steps.length > NODES_MAX) return null;
  switch (node.type) {
    case "set":
      return steps.push({ type: "set", set: node.set, next }) - 1;
    case "start":
    case "end":
      return steps.push({ type: node.type, next }) - 1;
    case "sequence":
      return node.nodes.reduceRight<number | null>(
        (entry, part) => (entry === null ? null : assemble(part, entry, steps)),
        next,
      );
    case "choice": {
      let entry: number | null = null;
      for (const part of node.nodes) {
        const branch = assemble(part, next, steps);
        if (branch === null) return null;
        entry = entry === null ? branch : steps.push({ type: "fork", next: branch, other: entry }) - 1;
      }
      return entry;
    }
    case "repeat":
      return assembleRepeat(node.node, node.min, node.max, next, steps);
  }
}

function assembleRepeat(
  node: PatternNode,
  min: number,
  max: number,
  next: number,
  steps: Step[],
): number | null {
  let entry: number | null = next;
  if (max === Infinity) {
    const loop: Step = { type: "fork", next, other: next };
    const at = steps.push(loop) - 1;
    const body = assemble(node, at, steps);
    if (body === null) return null;
    loop.next = body;
    entry = at;
  } else {
    for (let i = min; i < max && entry !== null; i++) {
      const body = assemble(node, entry, steps);
      entry = body === null ? null : steps.push({ type: "fork", next: body, other: next }) - 1;
    }
  }
  for (let i = 0; i < min && entry !== null; i++) entry = assemble(node, entry, steps);
  return entry;
}
