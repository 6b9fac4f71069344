/**
 * Bytes of another encoding as UTF-8, piece by piece. Nothing is lost: a lone surrogate becomes the three bytes that
 * UTF-8 forbids, and the odd last byte of UTF-16 a sequence of three that starts with ODD_BYTE_LEAD. Both are no
 * UTF-8, so their rows have an `encoding-error` and are copied as they are.
 */

import type { Encoding } from "./encoding";
import { codeOf1252 } from "./windows-1252";

/** A byte that no UTF-8 has (RFC 3629 §3). */
export const ODD_BYTE_LEAD = 0xf8;

export interface PieceDecoder {
  /** At most so many bytes come of one. */
  readonly growth: number;
  /** Decodes all of `input` into `out`; answers how many bytes it wrote. */
  decode(input: Uint8Array, out: Uint8Array): number;
  /** What was held back when the input ends. */
  end(out: Uint8Array): number;
}

export function decoderOf(encoding: Exclude<Encoding, "utf-8">): PieceDecoder {
  return encoding === "windows-1252" ? new Windows1252Decoder() : new Utf16Decoder(encoding === "utf-16be");
}

class Windows1252Decoder implements PieceDecoder {
  readonly growth = 3;

  decode(input: Uint8Array, out: Uint8Array): number {
    let at = 0;
    for (let i = 0; i < input.length; i++) {
      const byte = input[i] as number;
      if (byte < 0x80) out[at++] = byte;
      else at = put(out, at, codeOf1252(byte));
    }
    return at;
  }

  end(): number {
    return 0;
  }
}

class Utf16Decoder implements PieceDecoder {
  /** A held surrogate may come with the unit behind it. */
  readonly growth = 4;
  #heldByte = -1;
  #heldHigh = -1;

  constructor(private readonly isBigEndian: boolean) {}

  decode(input: Uint8Array, out: Uint8Array): number {
    let at = 0;
    let i = 0;
    if (this.#heldByte >= 0 && input.length > 0) {
      at = this.#unit(this.#heldByte, input[i++] as number, out, at);
      this.#heldByte = -1;
    }
    for (; i + 1 < input.length; i += 2) {
      at = this.#unit(input[i] as number, input[i + 1] as number, out, at);
    }
    if (i < input.length) this.#heldByte = input[i] as number;
    return at;
  }

  end(out: Uint8Array): number {
    let at = 0;
    if (this.#heldHigh >= 0) at = put(out, at, this.#heldHigh);
    if (this.#heldByte >= 0) {
      out[at++] = ODD_BYTE_LEAD;
      out[at++] = 0x80 | (this.#heldByte >> 6);
      out[at++] = 0x80 | (this.#heldByte & 0x3f);
    }
    return at;
  }

  #unit(first: number, second: number, out: Uint8Array, from: number): number {
    const unit = this.isBigEndian ? (first << 8) | second : (second << 8) | first;
    const high = this.#heldHigh;
    let at = from;
    if (high >= 0) {
      this.#heldHigh = -1;
      if ((unit & 0xfc00) === 0xdc00) {
        return put(out, at, 0x10000 + ((high & 0x3ff) << 10) + (unit & 0x3ff));
      }
      at = put(out, at, high);
    }
    if ((unit & 0xfc00) === 0xd800) {
      this.#heldHigh = unit;
      return at;
    }
    return put(out, at, unit);
  }
}

function put(out: Uint8Array, from: number, code: number): number {
  let at = from;
  if (code < 0x80) out[at++] = code;
  else if (code < 0x800) {
    out[at++] = 0xc0 | (code >> 6);
    out[at++] = 0x80 | (code & 0x3f);
  } else {
    if (code < 0x10000) out[at++] = 0xe0 | (code >> 12);
    else {
      out[at++] = 0xf0 | (code >> 18);
      out[at++] = 0x80 | ((code >> 12) & 0x3f);
    }
    out[at++] = 0x80 | ((code >> 6) & 0x3f);
    out[at++] = 0x80 | (code & 0x3f);
  }
  return at;
}
