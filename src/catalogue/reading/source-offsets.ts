/** Where a byte of the window stands in the source, as the seller sent it (inflated, and not yet decoded). */

import type { Encoding } from "./encoding";
import { ODD_BYTE_LEAD } from "./text-decoder";

/**
 * In UTF-8 the two differ by a base. Elsewhere the bytes between the last place asked for and this one are counted,
 * so nothing is done for a row without findings beyond one count of each window.
 */
export class SourceOffsets {
  readonly #lengths: Uint8Array | null;
  #base: number;
  /** A row's start, and a place in it: each in the window and in the source. */
  #row: Place;
  #cell: Place;

  /** The window begins at byte `start` of the source. */
  constructor(encoding: Encoding, start: number) {
    this.#lengths = sourceLengths(encoding);
    this.#base = start;
    this.#row = this.#cell = { at: 0, source: start };
  }

  /** Rows are asked for in their order, places within a row in any. */
  of(bytes: Uint8Array, rowStart: number, at: number): number {
    const lengths = this.#lengths;
    if (!lengths) return this.#base + at;
    if (rowStart !== this.#row.at) {
      this.#row = moved(this.#cell.at <= rowStart ? this.#cell : this.#row, bytes, rowStart, lengths);
      this.#cell = this.#row;
    }
    this.#cell = moved(this.#cell.at <= at ? this.#cell : this.#row, bytes, at, lengths);
    return this.#cell.source;
  }

  /** The window is about to drop what is before `from`. */
  drop(bytes: Uint8Array, from: number): void {
    const source = this.of(bytes, from, from);
    this.#base += from;
    this.#row = this.#cell = { at: 0, source };
  }
}

type Place = { readonly at: number; readonly source: number };

function moved({ at, source }: Place, bytes: Uint8Array, to: number, lengths: Uint8Array): Place {
  let counted = source;
  for (let i = at; i < to; i++) counted += lengths[bytes[i] as number] as number;
  return { at: to, source: counted };
}

/** By the first byte of a character's UTF-8, how many bytes it has in the source; none for the bytes behind it. */
function sourceLengths(encoding: Encoding): Uint8Array | null {
  if (encoding === "utf-8") return null;
  const unit = encoding === "windows-1252" ? 1 : 2;
  return Uint8Array.from({ length: 256 }, (_, lead) => {
    if (lead >= 0x80 && lead < 0xc0) return 0;
    if (lead >= ODD_BYTE_LEAD) return 1;
    return lead >= 0xf0 ? unit * 2 : unit;
  });
}
