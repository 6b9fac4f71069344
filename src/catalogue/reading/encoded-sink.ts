/** The corrected file in the encoding of the file that it corrects: what was not changed comes back byte for byte. */

import type { ByteSink } from "../byte-writer";
import type { Encoding } from "./encoding";
import { ODD_BYTE_LEAD } from "./text-decoder";
import { byteOf1252 } from "./windows-1252";

/** A sequence that began with ODD_BYTE_LEAD has this bit, which no character has. */
const ODD_BYTE = 0x800000;

/** Undoes what `text-decoder` did. A write may end within a character. */
export class EncodedSink implements ByteSink {
  bytesWritten = 0;
  #out = new Uint8Array(0);
  #length = 0;
  #code = 0;
  #awaited = 0;

  constructor(
    private readonly sink: ByteSink,
    private readonly encoding: Exclude<Encoding, "utf-8">,
  ) {}

  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#out.length < bytes.length * 2 + 4) this.#out = new Uint8Array(bytes.length * 2 + 4);
    this.#length = 0;
    for (let at = 0; at < bytes.length; at++) this.#byte(bytes[at] as number);
    this.bytesWritten += this.#length;
    return this.sink.write(this.#out.subarray(0, this.#length));
  }

  close(): Promise<void> {
    return this.sink.close();
  }

  #byte(byte: number): void {
    if (this.#awaited > 0) {
      this.#code = (this.#code << 6) | (byte & 0x3f);
      if (--this.#awaited === 0) this.#character(this.#code);
    } else if (byte < 0x80) this.#character(byte);
    else if (byte < 0xe0) this.#begin(byte & 0x1f, 1);
    else if (byte < 0xf0) this.#begin(byte & 0x0f, 2);
    else if (byte < ODD_BYTE_LEAD) this.#begin(byte & 0x07, 3);
    else this.#begin(ODD_BYTE >> 12, 2);
  }

  #begin(code: number, awaited: number): void {
    this.#code = code;
    this.#awaited = awaited;
  }

  #character(code: number): void {
    if (this.encoding === "windows-1252") {
      const byte = byteOf1252(code);
      if (byte < 0) throw new Error(`U+${code.toString(16)} is not in Windows-1252.`);
      this.#out[this.#length++] = byte;
    } else if (code >= ODD_BYTE) this.#out[this.#length++] = code & 0xff;
    else if (code < 0x10000) this.#unit(code);
    else {
      this.#unit(0xd800 | ((code - 0x10000) >> 10));
      this.#unit(0xdc00 | (code & 0x3ff));
    }
  }

  #unit(unit: number): void {
    const [high, low] = [unit >> 8, unit & 0xff];
    this.#out[this.#length++] = this.encoding === "utf-16be" ? high : low;
    this.#out[this.#length++] = this.encoding === "utf-16be" ? low : high;
  }
}
