/** Brazilian tax classifications of goods. Neither has a check digit: only what cannot exist is refused. */

import { areDigits, identifierCheck, twoDigits, type ByteJudge } from "./identifier-check";

/** Chapters 01 to 97; 77 is kept free by the Harmonized System. */
const judgeNcm: ByteJudge = (bytes, start, end) => {
  if (end - start !== 8 || !areDigits(bytes, start, end)) return "INVALID_FORMAT";
  const chapter = twoDigits(bytes, start);
  return chapter >= 1 && chapter <= 97 && chapter !== 77 ? null : "INVALID_VALUE";
};

/** Segments 01 to 28 (Convênio ICMS 142/2018). */
const judgeCest: ByteJudge = (bytes, start, end) => {
  if (end - start !== 7 || !areDigits(bytes, start, end)) return "INVALID_FORMAT";
  const segment = twoDigits(bytes, start);
  return segment >= 1 && segment <= 28 ? null : "INVALID_VALUE";
};

export const NCM_CHECK = identifierCheck(judgeNcm, "NCM: 8 digits, chapter 01 to 97 except 77");
export const CEST_CHECK = identifierCheck(judgeCest, "CEST: 7 digits, segment 01 to 28");
