/** GTIN-8, -12, -13 and -14: digits, the last of which is the GS1 check digit. */

import type { Check } from "../checks";
import { prefixFault } from "./gs1-prefix";
import { identifierCheck, judgeText, type ByteJudge } from "./identifier-check";

const SIZES = { "GTIN-8": 8, "GTIN-12": 12, "GTIN-13": 13, "GTIN-14": 14 } as const;

type GtinKind = keyof typeof SIZES;

interface GtinSpec {
  readonly kinds?: readonly GtinKind[] | undefined;
  readonly prefixes?: "sold" | "any" | undefined;
}

/** Without options, whatever is no GTIN is `INVALID_FORMAT`; an option also tells scientific notation apart. */
export function gtinCheck({ kinds, prefixes }: GtinSpec): Check {
  const sizes = Object.entries(SIZES).filter(([kind]) => kinds?.includes(kind as GtinKind) ?? true);
  const hasSize = new Uint8Array(SIZES["GTIN-14"] + 1);
  for (const [, size] of sizes) hasSize[size] = 1;
  const isSold = prefixes === "sold";
  const judge: ByteJudge = (bytes, start, end) => {
    if (hasSize[end - start] !== 1) return "INVALID_FORMAT";
    const fault = judgeGs1Digits(bytes, start, end);
    return fault === null && isSold ? prefixFault(bytes, start, end) : fault;
  };
  const names = sizes.map(([, size]) => size).join("/");
  const expected = `GTIN-${names} with check digit${isSold ? ", of a product for sale" : ""}`;
  const check = identifierCheck(judge, expected);
  const isBare = kinds === undefined && prefixes === undefined;
  return isBare ? { ...check, judge: (value) => judgeText(judge, value) } : check;
}

/** Digits of any number, the last of which is the check digit. From the right, they weigh 1, 3, 1, 3, ... */
export const judgeGs1Digits: ByteJudge = (bytes, start, end) => {
  let sum = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return "INVALID_FORMAT";
    sum += (end - at) % 2 === 0 ? digit * 3 : digit;
  }
  return sum % 10 === 0 ? null : "CHECK_DIGIT";
};
