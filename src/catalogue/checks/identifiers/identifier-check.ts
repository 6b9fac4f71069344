import type { Check, Fault } from "../checks";

/**
 * Judges the bare form of an identifier, byte by byte. It is total: any bytes have an answer. One function
 * stands behind both an identifier's check and its screen, so that the two cannot disagree.
 */
export type ByteJudge = (bytes: Uint8Array, start: number, end: number) => Fault | null;

/** Longer than every bare identifier. */
const BARE_MAX_LENGTH = 32;
const NOT_ASCII = 0xff;
/** What a spreadsheet leaves of a long number: `7,89E+12`. The digits are lost, so that nothing can fix it. */
const SCIENTIFIC = /^\d(?:[.,]\d{1,20})?E\+\d{1,3}$/i;

export function identifierCheck(judge: ByteJudge, expected: string): Check {
  return {
    judge: (value) => (SCIENTIFIC.test(value.trim()) ? "SCIENTIFIC_NOTATION" : judgeText(judge, value)),
    screen: (bytes, start, end) => judge(bytes, start, end) === null,
    expected,
  };
}

export function judgeText(judge: ByteJudge, value: string): Fault | null {
  const size = value.length;
  if (size > BARE_MAX_LENGTH) return "INVALID_FORMAT";
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at++) bytes[at] = Math.min(value.charCodeAt(at), NOT_ASCII);
  return judge(bytes, 0, size);
}

export function areDigits(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return false;
  }
  return true;
}

/** The number that the two digits at `at` write. */
export function twoDigits(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) - 0x30) * 10 + ((bytes[at + 1] as number) - 0x30);
}
