/** UPC-E: a UPC-A with its zeros suppressed, in eight digits (GS1 General Specifications §5.2.2.4.2). */

import { judgeGs1Digits } from "./gtin";
import { areDigits, identifierCheck, type ByteJudge } from "./identifier-check";

const ZERO = -1;
/** For each last-but-one digit, where the twelve digits of the UPC-A stand in the UPC-E. */
const TWO_KEPT = [0, 1, 2, 6, ZERO, ZERO, ZERO, ZERO, 3, 4, 5, 7];
const THREE_KEPT = [0, 1, 2, 3, ZERO, ZERO, ZERO, ZERO, ZERO, 4, 5, 7];
const FOUR_KEPT = [0, 1, 2, 3, 4, ZERO, ZERO, ZERO, ZERO, ZERO, 5, 7];
const FIVE_KEPT = [0, 1, 2, 3, 4, 5, ZERO, ZERO, ZERO, ZERO, 6, 7];
const UPC_E = /^[01]\d{7}$/;
const UPC_E_SIZE = 8;

const judgeUpcE: ByteJudge = (bytes, start, end) => {
  if (end - start !== UPC_E_SIZE || !areDigits(bytes, start, end)) return "INVALID_FORMAT";
  if ((bytes[start] as number) > 0x31) return "INVALID_FORMAT";
  const places = expansionOf((bytes[start + 6] as number) - 0x30);
  const upcA = Uint8Array.from(places, (place) => (place === ZERO ? 0x30 : (bytes[start + place] as number)));
  return judgeGs1Digits(upcA, 0, upcA.length);
};

export const UPC_E_CHECK = identifierCheck(judgeUpcE, "UPC-E: 8 digits, 0 or 1 first, with check digit");

/** The UPC-A that a UPC-E stands for, or null if the text is none. */
export function expandUpcE(text: string): string | null {
  if (!UPC_E.test(text) || UPC_E_CHECK.judge(text) !== null) return null;
  const places = expansionOf(Number(text[6]));
  return places.map((place) => (place === ZERO ? "0" : text[place])).join("");
}

function expansionOf(digit: number): readonly number[] {
  if (digit <= 2) return TWO_KEPT;
  return digit === 3 ? THREE_KEPT : digit === 4 ? FOUR_KEPT : FIVE_KEPT;
}
