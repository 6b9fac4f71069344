/**
 * A screen judges the bytes of a cell before any string is made of it: true means "surely passes", false means
 * "ask the check". It never sees doubled quotes. Most cells of a real file go no further than this.
 */

import type { Pattern } from "./pattern";

export type Screen = (bytes: Uint8Array, start: number, end: number) => boolean;

const EXACT_DIGITS_MAX = 15;
const POWERS_OF_TEN = Array.from({ length: EXACT_DIGITS_MAX + 1 }, (_, power) => 10 ** power);
const DOT = 0x2e;
const MINUS = 0x2d;
const SPACE = 0x20;
/** Lead byte of U+00C0..U+00FF: Latin letters (and two signs), none a space, all in composed form. */
const LATIN_LEAD = 0xc3;

const encoder = new TextEncoder();

export function passesAll(
  screens: readonly Screen[],
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  for (const screen of screens) {
    if (!screen(bytes, start, end)) return false;
  }
  return true;
}

export const screenRequired: Screen = (bytes, start, end) => {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte > SPACE && byte < 0x7f) return true;
  }
  return false;
};

export const screenInteger: Screen = (bytes, start, end) => {
  let at = start < end && bytes[start] === MINUS ? start + 1 : start;
  if (at === end || end - at > EXACT_DIGITS_MAX) return false;
  for (; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return false;
  }
  return true;
};

/** Plain numbers of few enough digits to be exact; anything else is NaN, which passes no comparison. */
export function plainNumber(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = start < end && bytes[start] === MINUS;
  let at = isNegative ? start + 1 : start;
  if (at === end || end - at > EXACT_DIGITS_MAX) return Number.NaN;
  let value = 0;
  let point = -1;
  for (; at < end; at++) {
    const byte = bytes[at] as number;
    const digit = byte - 0x30;
    if (digit >= 0 && digit <= 9) value = value * 10 + digit;
    else if (byte === DOT && point < 0 && at > start && bytes[at - 1] !== MINUS && at + 1 < end) point = at;
    else return Number.NaN;
  }
  if (point >= 0) value /= POWERS_OF_TEN[end - point - 1] as number;
  return isNegative ? -value : value;
}

export function screenRange(min: number, max: number): Screen {
  return (bytes, start, end) => {
    const value = plainNumber(bytes, start, end);
    return value >= min && value <= max;
  };
}

export function screenDecimal(scale: number): Screen {
  return (bytes, start, end) => {
    if (Number.isNaN(plainNumber(bytes, start, end))) return false;
    for (let at = end - 1; at >= start; at--) {
      if (bytes[at] === DOT) return end - at - 1 <= scale;
    }
    return true;
  };
}

/** In a column where `1.234` may mean 1234: what is written so is no number to be cleared. */
export const screenUngrouped: Screen = (bytes, start, end) => end - start < 5 || bytes[end - 4] !== DOT;

/** In a column whose points are group marks: any other point contradicts it, and must be seen. */
export const screenPointless: Screen = (bytes, start, end) => {
  for (let at = start; at < end; at++) {
    if (bytes[at] === DOT) return false;
  }
  return true;
};

/** `2024-03-12`, as a number 20240312 within the bounds; days that every month has, so that none needs a look-up. */
export function screenIsoDate(min: number, max: number): Screen {
  return (bytes, start, end) => {
    if (end - start !== 10 || bytes[start + 4] !== MINUS || bytes[start + 7] !== MINUS) return false;
    let day = 0;
    for (let at = start; at < end; at++) {
      const digit = (bytes[at] as number) - 0x30;
      if (digit >= 0 && digit <= 9) day = day * 10 + digit;
      else if (at !== start + 4 && at !== start + 7) return false;
    }
    const month = Math.floor(day / 100) % 100;
    const isCommon = month >= 1 && month <= 12 && day % 100 >= 1 && day % 100 <= 28;
    return isCommon && day >= min && day <= max;
  };
}

export function screenLength(min: number, max: number): Screen {
  return (bytes, start, end) => {
    const size = end - start;
    if (size <= max && size >= min * 4) return true;
    let length = size;
    for (let at = start; at < end; at++) {
      if (((bytes[at] as number) & 0xc0) === 0x80) length--;
    }
    return length >= min && length <= max;
  };
}

export function screenSet(values: Iterable<string>): Screen {
  const candidates = Array.from(values, (value) => encoder.encode(value));
  if (candidates.length > 64) return () => false;
  return (bytes, start, end) => {
    const size = end - start;
    next: for (const candidate of candidates) {
      if (candidate.length !== size) continue;
      for (let i = 0; i < size; i++) {
        if (candidate[i] !== bytes[start + i]) continue next;
      }
      return true;
    }
    return false;
  };
}

export function screenPattern(pattern: Pattern, maxLength: number): Screen {
  return (bytes, start, end) => end - start <= maxLength && pattern.testAscii(bytes, start, end) === true;
}

export function screenForbidden(chars: string): Screen {
  const passes = new Uint8Array(256).fill(1);
  for (const byte of encoder.encode(chars)) passes[byte] = 0;
  return (bytes, start, end) => {
    for (let at = start; at < end; at++) {
      if (passes[bytes[at] as number] === 0) return false;
    }
    return true;
  };
}

/** For normal forms that ask for spaces (and composed characters) only: single, inner, plain ones pass. */
export const screenTidySpaces: Screen = (bytes, start, end) => {
  let previous = SPACE;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === SPACE && previous === SPACE) return false;
    if (byte < SPACE || (byte >= 0xc0 && byte !== LATIN_LEAD)) return false;
    previous = byte;
  }
  return previous !== SPACE;
};

/** For normal forms that ask for one case as well: tidy ASCII with no letter of the other case. */
export function screenCase(wanted: "upper" | "lower"): Screen {
  const [low, high] = wanted === "upper" ? [0x61, 0x7a] : [0x41, 0x5a];
  return (bytes, start, end) => {
    let previous = SPACE;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte < SPACE || byte > 0x7e || (byte >= low && byte <= high)) return false;
      if (byte === SPACE && previous === SPACE) return false;
      previous = byte;
    }
    return previous !== SPACE;
  };
}

/** Printable ASCII without `<` and `&`, and Latin letters. */
export const screenPlainText: Screen = (bytes, start, end) => {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte < SPACE || byte === 0x3c || byte === 0x26 || byte === 0x7f) return false;
    if (byte >= 0xc0 && byte !== LATIN_LEAD) return false;
  }
  return true;
};

export function screenItemCount(min: number, max: number, separator: number): Screen {
  return (bytes, start, end) => {
    let items = 1;
    let previous = separator;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte <= SPACE || byte > 0x7e) return false;
      if (byte === separator) {
        if (previous === separator) return false;
        items++;
      }
      previous = byte;
    }
    return previous !== separator && items >= min && items <= max;
  };
}
