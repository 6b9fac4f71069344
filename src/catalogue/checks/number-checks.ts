/** Checks of numbers: plain ones pass, and a column's convention says what the others mean. */

import type { Check } from "./checks";
import type { Conventions } from "./conventions";
import { isAmbiguous, numberFault, numberOf, plainForm } from "./number-text";
import { screenDecimal, screenInteger, screenRange } from "./screens";

export function integerCheck(numbers: Conventions["numbers"]): Check {
  return {
    judge: (value) => {
      if (/^-?\d{1,40}$/.test(value)) return null;
      if (isAmbiguous(value, numbers)) return "AMBIGUOUS";
      return plainForm(value, numbers) === null ? "NOT_NUMERIC" : "INVALID_FORMAT";
    },
    screen: screenInteger,
    expected: "integer",
    reads: "numbers",
  };
}

export function decimalCheck(scale: number, numbers: Conventions["numbers"]): Check {
  return {
    judge: (value) => {
      const fault = numberFault(value, numbers);
      if (fault !== null) return fault;
      const point = value.indexOf(".");
      return point >= 0 && value.length - point - 1 > scale ? "DECIMAL_PLACES" : null;
    },
    screen: screenDecimal(scale),
    expected: scale === Infinity ? "decimal" : `decimal, at most ${scale} places`,
    reads: "numbers",
  };
}

export function rangeCheck(min: number, max: number, numbers: Conventions["numbers"]): Check {
  return {
    judge: (value) => {
      const number = numberOf(value, numbers);
      if (Number.isNaN(number)) return isAmbiguous(value, numbers) ? "AMBIGUOUS" : "NOT_NUMERIC";
      return number < min ? "TOO_LOW" : number > max ? "TOO_HIGH" : null;
    },
    screen: screenRange(min, max),
    expected: bounds("", min, max),
    reads: "numbers",
  };
}

/** Limits of which one may be missing, for people to read. */
export function bounds(what: string, min: number, max: number): string {
  if (max === Infinity) return `${what}>= ${min}`;
  return min === 0 || min === -Infinity ? `${what}<= ${max}` : `${what}${min}..${max}`;
}
