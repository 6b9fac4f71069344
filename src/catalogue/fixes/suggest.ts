/** What a value outside its set may have been meant to be: never applied, so that a person decides. */

import { fold } from "../fold";

export interface Suggestion {
  readonly value: string;
  /** 0..1: 1 means that only case, accents or spaces differ. */
  readonly confidence: number;
}

/** A larger set is refused by the linter: each value that fails is held against every member. */
export const SUGGESTED_SET_MAX = 1000;
const ALTERNATIVES_MAX = 5;
const CONFIDENCE_MIN = 0.5;
const COMPARED_MAX_LENGTH = 40;
const KNOWN_MAX = 4096;

interface Candidate {
  readonly value: string;
  readonly folded: string;
  readonly tokens: ReadonlySet<string>;
}

/**
 * `names` gives for each way of writing a value the value itself. Answers are kept for the first distinct values
 * asked about; they depend on the value alone.
 */
export function suggester(
  names: Iterable<readonly [string, string]>,
): (text: string) => readonly Suggestion[] {
  const candidates = Array.from(names, ([name, value]): Candidate => ({ value, ...shape(name) }));
  const known = new Map<string, readonly Suggestion[]>();
  return (text) => {
    const asked = shape(text);
    const before = known.get(asked.folded);
    if (before) return before;
    const suggestions = nearest(asked, candidates);
    if (known.size < KNOWN_MAX) known.set(asked.folded, suggestions);
    return suggestions;
  };
}

function shape(text: string): Omit<Candidate, "value"> {
  const folded = fold(text.slice(0, COMPARED_MAX_LENGTH * 2)).slice(0, COMPARED_MAX_LENGTH);
  return { folded, tokens: new Set(folded.split(/[^\p{L}\p{N}]+/u).filter((token) => token !== "")) };
}

function nearest(asked: Omit<Candidate, "value">, candidates: readonly Candidate[]): readonly Suggestion[] {
  const best = new Map<string, number>();
  for (const { value, folded, tokens } of candidates) {
    const score = Math.max(likeness(asked.folded, folded), overlap(asked.tokens, tokens));
    if (score >= CONFIDENCE_MIN && score > (best.get(value) ?? 0)) best.set(value, score);
  }
  return Array.from(best, ([value, score]) => ({ value, confidence: Math.round(score * 100) / 100 }))
    .toSorted((a, b) => b.confidence - a.confidence)
    .slice(0, ALTERNATIVES_MAX);
}

/** Dice's coefficient of the words. */
function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size + b.size === 0) return 0;
  let common = 0;
  for (const token of a) if (b.has(token)) common++;
  return (2 * common) / (a.size + b.size);
}

/** 1 - edits / length, or 0 once it is sure to stay below what is shown. */
function likeness(a: string, b: string): number {
  const length = Math.max(a.length, b.length);
  if (length === 0 || Math.abs(a.length - b.length) > length * (1 - CONFIDENCE_MIN)) return 0;
  return 1 - edits(a, b) / length;
}

/** Optimal string alignment: insertions, deletions, replacements and swaps of neighbours. */
function edits(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (isSame ? 0 : 1));
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1);
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
