import { areDigits, identifierCheck, twoDigits, type ByteJudge } from "./identifier-check";

/** Brazilian postal codes: the lowest is 01000-000. */
const judgeCep: ByteJudge = (bytes, start, end) => {
  if (end - start !== 8 || !areDigits(bytes, start, end)) return "INVALID_FORMAT";
  return twoDigits(bytes, start) === 0 ? "INVALID_VALUE" : null;
};

export const CEP_CHECK = identifierCheck(judgeCep, "CEP: 8 digits, from 01000000");
