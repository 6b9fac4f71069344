/**
 * Tenants write patterns, so they run in linear time: a pattern becomes a non-deterministic automaton, and its
 * deterministic states are made as text asks for them. Where there would be too many, the rest of the text is
 * followed step by step, at a cost bounded by steps times characters. Like RegExp.test, it searches.
 */

import { err, ok, type Result } from "../../domain/result";
import { contains, type CodeSet } from "./code-set";
import { assemblePattern, PATTERN_STEPS_MAX, type Automaton } from "./pattern-automaton";
import { PatternSteps } from "./pattern-steps";
import { parsePattern } from "./pattern-syntax";

export const PATTERN_MAX_LENGTH = 1000;
/** Longer cells match nothing, unread; so do those beyond `VISITS_MAX`. */
export const PATTERN_CELL_MAX_LENGTH = 20_000;
/** What one cell may cost: a large pattern has shorter cells. */
const VISITS_MAX = 2_500_000;
/** A profile bounds the steps of its patterns, and thereby what they remember. */
const CACHED_WORDS_PER_STEP = 64;
const CACHED_WORDS_MIN = 1000;

interface State {
  /** The steps that the text may have come to. */
  readonly steps: Int32Array;
  /** By class of code points; -1 = not made yet. */
  readonly next: Int32Array;
  readonly matches: boolean;
  readonly matchesAtEnd: boolean;
}

export class Pattern {
  /** How many steps it has once its repetitions are written out. */
  readonly size: number;
  readonly #steps: PatternSteps;
  readonly #sets: readonly CodeSet[];
  readonly #cuts: readonly number[];
  readonly #asciiClasses: Uint16Array;
  readonly #longest: number;
  /** By class: which of the sets hold it. */
  readonly #holding: Uint8Array[] = [];
  readonly #states: State[] = [];
  readonly #stateIds = new Map<string, number>();
  #wordsLeft: number;

  private constructor(automaton: Automaton) {
    const { steps } = automaton;
    this.size = steps.length;
    this.#sets = [...new Set(steps.flatMap((step) => (step.type === "set" ? [step.set] : [])))];
    this.#steps = new PatternSteps(automaton, this.#sets);
    this.#cuts = cutsOf(this.#sets);
    this.#asciiClasses = Uint16Array.from({ length: 128 }, (_, code) => this.#classOf(code));
    this.#longest = Math.min(PATTERN_CELL_MAX_LENGTH, Math.floor(VISITS_MAX / this.size));
    this.#wordsLeft = CACHED_WORDS_MIN + CACHED_WORDS_PER_STEP * this.size;
    this.#steps.begin();
    this.#keepState();
  }

  static compile(source: string, ignoreCase = false): Result<Pattern, string> {
    if (source.length > PATTERN_MAX_LENGTH) return err(`longer than ${PATTERN_MAX_LENGTH} characters`);
    const parsed = parsePattern(source, ignoreCase);
    if (!parsed.ok) return parsed;
    const automaton = assemblePattern(parsed.value);
    return automaton === null
      ? err(
          `more than ${PATTERN_STEPS_MAX} steps once its repetitions are written out: ask for fewer of them`,
        )
      : ok(new Pattern(automaton));
  }

  test(text: string): boolean {
    if (text.length > this.#longest) return false;
    let id = 0;
    for (let at = 0; at < text.length; at++) {
      const state = this.#states[id] as State;
      if (state.matches) return true;
      const code = text.codePointAt(at) as number;
      const next = this.#move(id, this.#classAt(code));
      if (next < 0) return this.#follow(state, text, at);
      if (code > 0xffff) at++;
      id = next;
    }
    const last = this.#states[id] as State;
    return last.matches || last.matchesAtEnd;
  }

  /** `test` for bytes that are all ASCII; null if one is not, or if they must be followed step by step. */
  testAscii(bytes: Uint8Array, start: number, end: number): boolean | null {
    if (end - start > this.#longest) return null;
    let id = 0;
    for (let at = start; at < end; at++) {
      const state = this.#states[id] as State;
      if (state.matches) return true;
      const byte = bytes[at] as number;
      if (byte > 0x7f) return null;
      const group = this.#asciiClasses[byte] as number;
      const next = state.next[group] as number;
      id = next >= 0 ? next : this.#move(id, group);
      if (id < 0) return null;
    }
    const last = this.#states[id] as State;
    return last.matches || last.matchesAtEnd;
  }

  /** -1 if there is no such state and no room for another. */
  #move(id: number, group: number): number {
    const state = this.#states[id] as State;
    const known = state.next[group] as number;
    if (known >= 0 || this.#wordsLeft <= 0) return known;
    this.#steps.resume(state.steps);
    this.#steps.advance(this.#holdingOf(group));
    const key = this.#steps.key();
    const next = this.#stateIds.get(key) ?? this.#keepState();
    this.#stateIds.set(key, next);
    state.next[group] = next;
    return next;
  }

  #keepState(): number {
    const steps = this.#steps.reached();
    const next = new Int32Array(this.#cuts.length).fill(-1);
    this.#wordsLeft -= steps.length + next.length;
    const { matches } = this.#steps;
    return this.#states.push({ steps, next, matches, matchesAtEnd: this.#steps.matchesAtEnd() }) - 1;
  }

  #follow(from: State, text: string, start: number): boolean {
    const steps = this.#steps;
    steps.resume(from.steps);
    for (let at = start; at < text.length; at++) {
      const code = text.codePointAt(at) as number;
      if (code > 0xffff) at++;
      steps.advance(this.#holdingOf(this.#classAt(code)));
      if (steps.matches) return true;
    }
    return steps.matchesAtEnd();
  }

  #holdingOf(group: number): Uint8Array {
    const known = this.#holding[group];
    if (known) return known;
    const code = this.#cuts[group] as number;
    const holding = Uint8Array.from(this.#sets, (set) => (contains(set, code) ? 1 : 0));
    this.#holding[group] = holding;
    return holding;
  }

  #classAt(code: number): number {
    return code < 128 ? (this.#asciiClasses[code] as number) : this.#classOf(code);
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
