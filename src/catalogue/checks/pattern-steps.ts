/** Where a text may have come to in a pattern: a set of its steps, moved on by one character at a time. */

import type { CodeSet } from "./code-set";
import type { Automaton } from "./pattern-automaton";

const MATCH = 0;
const SET = 1;
const FORK = 2;
const START = 3;
const END = 4;
const KINDS = { match: MATCH, set: SET, fork: FORK, start: START, end: END } as const;

/** No step is looked at twice for one character, and nothing is allocated for it. */
export class PatternSteps {
  readonly #entry: number;
  readonly #kinds: Uint8Array;
  readonly #nexts: Int32Array;
  readonly #others: Int32Array;
  /** Of a set step: which of the sets. */
  readonly #setIds: Int32Array;
  /** The round in which a step was last reached. */
  readonly #rounds: Int32Array;
  readonly #open: Int32Array;
  #active: Int32Array;
  #left: Int32Array;
  #count = 0;
  #round = 0;
  #isStart = false;
  #hasMatched = false;

  constructor({ steps, entry }: Automaton, sets: readonly CodeSet[]) {
    const ids = new Map(sets.map((set, id) => [set, id]));
    this.#entry = entry;
    this.#kinds = Uint8Array.from(steps, ({ type }) => KINDS[type]);
    this.#nexts = Int32Array.from(steps, (step) => (step.type === "match" ? 0 : step.next));
    this.#others = Int32Array.from(steps, (step) => (step.type === "fork" ? step.other : 0));
    this.#setIds = Int32Array.from(steps, (step) => (step.type === "set" ? (ids.get(step.set) ?? 0) : 0));
    this.#rounds = new Int32Array(steps.length);
    // A step opens two at the most, before either is looked at.
    this.#open = new Int32Array(steps.length + 2);
    this.#active = new Int32Array(steps.length);
    this.#left = new Int32Array(steps.length);
  }

  /** Whether what has been read holds a match already. */
  get matches(): boolean {
    return this.#hasMatched;
  }

  /** Before the first character. */
  begin(): void {
    this.#clear(true);
    this.#reach(this.#entry, false);
  }

  /** Behind a character: at what `reached` told there. */
  resume(steps: Int32Array): void {
    this.#clear(false);
    this.#active.set(steps);
    this.#count = steps.length;
  }

  /** Reads a character that is in these of the sets. The search may begin again behind it. */
  advance(holding: Uint8Array): void {
    const left = this.#active;
    const count = this.#count;
    this.#active = this.#left;
    this.#left = left;
    this.#clear(false);
    for (let i = 0; i < count; i++) {
      const at = left[i] as number;
      if (this.#kinds[at] === SET && holding[this.#setIds[at] as number] === 1) {
        this.#reach(this.#nexts[at] as number, false);
      }
    }
    this.#reach(this.#entry, false);
  }

  /** The steps that read a character or wait for the end. */
  reached(): Int32Array {
    return this.#active.slice(0, this.#count);
  }

  /** Whether the text matches if it ends here. No character can be read behind this question. */
  matchesAtEnd(): boolean {
    const count = this.#count;
    for (let i = 0; i < count; i++) {
      const at = this.#active[i] as number;
      if (this.#kinds[at] === END) this.#reach(this.#nexts[at] as number, true);
    }
    return this.#hasMatched;
  }

  /** Equal for equal sets of steps. */
  key(): string {
    const bits = new Uint16Array((this.#kinds.length + 15) >> 4);
    for (let i = 0; i < this.#count; i++) {
      const at = this.#active[i] as number;
      bits[at >> 4] = (bits[at >> 4] as number) | (1 << (at & 15));
    }
    if (this.#hasMatched) bits[0] = (bits[0] as number) | 1;
    return String.fromCharCode(...bits);
  }

  #clear(isStart: boolean): void {
    this.#round++;
    this.#count = 0;
    this.#isStart = isStart;
    this.#hasMatched = false;
  }

  /** All that is reached from a step without reading a character. */
  #reach(from: number, isEnd: boolean): void {
    const [kinds, nexts, rounds, open, round] = [
      this.#kinds,
      this.#nexts,
      this.#rounds,
      this.#open,
      this.#round,
    ];
    let depth = 0;
    let at = from;
    for (;;) {
      let next = -1;
      if (rounds[at] !== round) {
        rounds[at] = round;
        const kind = kinds[at] as number;
        if (kind === FORK) {
          next = nexts[at] as number;
          open[depth++] = this.#others[at] as number;
        } else if (kind === START) {
          if (this.#isStart) next = nexts[at] as number;
        } else if (kind === MATCH) {
          this.#hasMatched = true;
        } else {
          this.#active[this.#count++] = at;
          if (kind === END && isEnd) next = nexts[at] as number;
        }
      }
      if (next >= 0) at = next;
      else if (depth > 0) at = open[--depth] as number;
      else return;
    }
  }
}
