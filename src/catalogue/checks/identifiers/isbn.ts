/** ISBN-10 and ISBN-13 (ISO 2108), without hyphens. */

import type { Check } from "../checks";
import { judgeGs1Digits } from "./gtin";
import { areDigits, identifierCheck, type ByteJudge } from "./identifier-check";

type IsbnKind = "ISBN-10" | "ISBN-13";

const ISBN_10_SIZE = 10;
const ISBN_13_SIZE = 13;
const CAPITAL_X = 0x58;
const BOOKLAND = [0x39, 0x37];

export function isbnCheck({ kinds }: { readonly kinds?: readonly IsbnKind[] | undefined }): Check {
  const takes10 = kinds?.includes("ISBN-10") ?? true;
  const takes13 = kinds?.includes("ISBN-13") ?? true;
  const judge: ByteJudge = (bytes, start, end) => {
    const size = end - start;
    if (size === ISBN_10_SIZE && takes10) return judgeIsbn10(bytes, start, end);
    return size === ISBN_13_SIZE && takes13 ? judgeIsbn13(bytes, start, end) : "INVALID_FORMAT";
  };
  const names = takes10 && takes13 ? "ISBN-10/13" : takes10 ? "ISBN-10" : "ISBN-13";
  return identifierCheck(judge, `${names}, digits only, with check digit`);
}

/** Digits weigh 10 to 1, and a check digit of ten is an X. */
const judgeIsbn10: ByteJudge = (bytes, start, end) => {
  const last = bytes[end - 1] as number;
  if (!areDigits(bytes, start, end - 1)) return "INVALID_FORMAT";
  if (last !== CAPITAL_X && !areDigits(bytes, end - 1, end)) return "INVALID_FORMAT";
  let sum = last === CAPITAL_X ? 10 : last - 0x30;
  for (let at = start; at < end - 1; at++) sum += ((bytes[at] as number) - 0x30) * (end - at);
  return sum % 11 === 0 ? null : "CHECK_DIGIT";
};

/** 978 or 979; 979-0 are ISMNs, of printed music. */
const judgeIsbn13: ByteJudge = (bytes, start, end) => {
  const fault = judgeGs1Digits(bytes, start, end);
  if (fault !== null) return fault;
  const third = (bytes[start + 2] as number) - 0x30;
  const isBookland = bytes[start] === BOOKLAND[0] && bytes[start + 1] === BOOKLAND[1] && third >= 8;
  return isBookland && (third === 8 || bytes[start + 3] !== 0x30) ? null : "INVALID_PREFIX";
};
