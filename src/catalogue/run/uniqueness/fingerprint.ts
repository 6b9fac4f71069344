/**
 * 96 bits that stand for a key. Two different keys of `n` share a fingerprint with odds of about n² / 2^97: 6e-14
 * for 100 million keys, far below those of a flipped bit. So a hit counts as it is, no row is read a second time,
 * and what cannot be read twice (gzip, a stream) is judged like anything else. Not for secrets: who crafts a
 * collision has his own row reported.
 */

const BLOCK_BYTES = 12;
const C1 = 0x239b961b;
const C2 = 0xab0e9789 | 0;
const C3 = 0x38b34ae5;

/** Where hashing begins: another one for each rule, so that the rules' keys share a table and never meet. */
export interface Seed {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

const UNSEEDED: Seed = { a: 0, b: 0, c: 0 };

/** Three mixing lanes after the pattern of MurmurHash3; used again for every key. */
export class Fingerprint {
  a = 0;
  b = 0;
  c = 0;

  of(seed: Seed, bytes: Uint8Array, start: number, end: number): void {
    let { a, b, c } = seed;
    for (let at = start; at < end; at += BLOCK_BYTES) {
      const x = Math.imul(word(bytes, at, end), C1);
      a = rotated(a ^ Math.imul((x << 15) | (x >>> 17), C2), 19) + b;
      a = (Math.imul(a, 5) + 0x561ccd1b) | 0;
      const y = Math.imul(word(bytes, at + 4, end), C2);
      b = rotated(b ^ Math.imul((y << 16) | (y >>> 16), C3), 17) + c;
      b = (Math.imul(b, 5) + 0x0bcaa747) | 0;
      const z = Math.imul(word(bytes, at + 8, end), C3);
      c = rotated(c ^ Math.imul((z << 17) | (z >>> 15), C1), 15) + a;
      c = (Math.imul(c, 5) + 0x96cd1c35) | 0;
    }
    const size = end - start;
    a = ((a ^ size) + (b ^ size) + (c ^ size)) | 0;
    b = ((b ^ size) + a) | 0;
    c = ((c ^ size) + a) | 0;
    a = mixed(a);
    b = mixed(b);
    c = mixed(c);
    a = (a + b + c) | 0;
    this.a = a;
    this.b = (b + a) | 0;
    this.c = (c + a) | 0;
  }
}

export function seedOf(text: string): Seed {
  const bytes = new TextEncoder().encode(text);
  const print = new Fingerprint();
  print.of(UNSEEDED, bytes, 0, bytes.length);
  const { a, b, c } = print;
  return { a, b, c };
}

/** Four bytes, the first one lowest; behind `end` there are zeros. */
function word(bytes: Uint8Array, at: number, end: number): number {
  if (at + 4 <= end) {
    return (
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    );
  }
  let value = 0;
  for (let shift = 0; at < end; at++, shift += 8) value |= (bytes[at] as number) << shift;
  return value;
}

function rotated(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

function mixed(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
