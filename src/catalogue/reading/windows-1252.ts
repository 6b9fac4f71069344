/** Windows-1252 as the Encoding Standard maps it: every byte is a character, so that all of them come back. */

/** Bytes 0x80 to 0x9f; the five that Windows leaves open are C1 controls. */
const HIGH_CONTROLS: readonly number[] = [
  0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d,
  0x17d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a,
  0x153, 0x9d, 0x17e, 0x178,
];
const BYTES: ReadonlyMap<number, number> = new Map(HIGH_CONTROLS.map((code, i) => [code, 0x80 + i]));

export function codeOf1252(byte: number): number {
  return byte < 0x80 || byte >= 0xa0 ? byte : (HIGH_CONTROLS[byte - 0x80] as number);
}

/** The character's byte, or -1 if Windows-1252 has none. */
export function byteOf1252(code: number): number {
  return code < 0x80 || (code >= 0xa0 && code <= 0xff) ? code : (BYTES.get(code) ?? -1);
}

export function isWritable1252(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    if (byteOf1252(text.charCodeAt(at)) < 0) return false;
  }
  return true;
}
