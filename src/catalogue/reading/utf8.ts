const HIGH_BITS = 0x80808080 | 0;

/** The offset of the first byte of `bytes[from, to)` that is not UTF-8 (RFC 3629), or -1. */
export function firstInvalidUtf8(bytes: Uint8Array, from: number, to: number): number {
  // Text is mostly ASCII: read as words, it passes eight bytes at a time.
  const words = new Int32Array(bytes.buffer, 0, bytes.buffer.byteLength >> 2);
  const base = bytes.byteOffset;
  let at = from;
  while (at < to) {
    if (((base + at) & 3) === 0) {
      let word = (base + at) >> 2;
      const last = ((base + to) >> 2) - 1;
      while (word < last && (((words[word] as number) | (words[word + 1] as number)) & HIGH_BITS) === 0)
        word += 2;
      at = (word << 2) - base;
      if (at >= to) break;
    }
    if ((bytes[at] as number) < 0x80) {
      at++;
      continue;
    }
    const length = sequenceLength(bytes, at, to);
    if (length === 0) return at;
    at += length;
  }
  return -1;
}

/** Where a sequence that the end of the window cuts begins, or `to`: what is before it can be judged. */
export function wholeUtf8End(bytes: Uint8Array, from: number, to: number): number {
  for (let back = 1; back <= 3 && to - back >= from; back++) {
    const byte = bytes[to - back] as number;
    if (byte < 0x80) return to;
    if (byte < 0xc0) continue;
    const wanted = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return wanted > back ? to - back : to;
  }
  return to;
}

/** Length of the well-formed sequence at `at`, 0 if there is none (overlong forms and surrogates are none). */
export function sequenceLength(bytes: Uint8Array, at: number, to: number): number {
  const lead = bytes[at] as number;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || at + length > to) return 0;
  for (let i = 1; i < length; i++) {
    if (((bytes[at + i] as number) & 0xc0) !== 0x80) return 0;
  }
  const second = bytes[at + 1] as number;
  if (lead === 0xe0 && second < 0xa0) return 0;
  if (lead === 0xed && second > 0x9f) return 0;
  if (lead === 0xf0 && second < 0x90) return 0;
  if (lead === 0xf4 && second > 0x8f) return 0;
  return length;
}
