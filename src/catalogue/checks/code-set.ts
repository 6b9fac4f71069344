/** A set of code points: `[low, high, low, high, ...]`, ascending, no two ranges touching. */
export type CodeSet = readonly number[];

const LAST_CODE_POINT = 0x10ffff;
/** Beyond Latin, Greek and Cyrillic, case is not folded. */
const LAST_CASED_CODE_POINT = 0x52f;

const DIGITS: CodeSet = [0x30, 0x39];
const WORD: CodeSet = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];
const SPACES: CodeSet = [
  0x09, 0x0d, 0x20, 0x20, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x202f, 0x205f,
  0x205f, 0x3000, 0x3000, 0xfeff, 0xfeff,
];

export const CLASS_ESCAPES: Readonly<Record<string, CodeSet>> = {
  d: DIGITS,
  D: complement(DIGITS),
  w: WORD,
  W: complement(WORD),
  s: SPACES,
  S: complement(SPACES),
};

export function singleton(code: number): CodeSet {
  return [code, code];
}

export function union(a: CodeSet, b: CodeSet): CodeSet {
  const ranges: [number, number][] = [];
  for (const set of [a, b]) {
    for (let i = 0; i < set.length; i += 2) ranges.push([set[i] ?? 0, set[i + 1] ?? 0]);
  }
  ranges.sort((left, right) => left[0] - right[0]);
  const joined: number[] = [];
  for (const [low, high] of ranges) {
    const last = joined.length - 1;
    if (last > 0 && low <= (joined[last] ?? 0) + 1) joined[last] = Math.max(joined[last] ?? 0, high);
    else joined.push(low, high);
  }
  return joined;
}

export function complement(set: CodeSet): CodeSet {
  const gaps: number[] = [];
  let from = 0;
  for (let i = 0; i < set.length; i += 2) {
    const low = set[i] ?? 0;
    if (low > from) gaps.push(from, low - 1);
    from = (set[i + 1] ?? 0) + 1;
  }
  if (from <= LAST_CODE_POINT) gaps.push(from, LAST_CODE_POINT);
  return gaps;
}

export function withBothCases(set: CodeSet): CodeSet {
  let both: CodeSet = set;
  for (let code = 0x41; code <= LAST_CASED_CODE_POINT; code++) {
    if (!contains(set, code)) continue;
    const char = String.fromCodePoint(code);
    for (const other of [char.toLowerCase(), char.toUpperCase()]) {
      if (other !== char && other.length === 1) both = union(both, singleton(other.charCodeAt(0)));
    }
  }
  return both;
}

export function contains(set: CodeSet, code: number): boolean {
  for (let i = 0; i < set.length; i += 2) {
    if (code >= (set[i] ?? 0) && code <= (set[i + 1] ?? 0)) return true;
  }
  return false;
}
