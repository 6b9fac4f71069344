/**
 * Cuts bytes that arrive in pieces of any size into blocks of one size. A full block is held back until a byte after
 * it is seen: only then is it known not to be the last.
 */
export class ByteBlocks {
  readonly #held: Uint8Array;
  #heldBytes = 0;

  constructor(blockBytes: number) {
    this.#held = new Uint8Array(blockBytes);
  }

  /** The blocks that are followed by more, each good until the next is asked for. */
  *take(bytes: Uint8Array): Generator<Uint8Array> {
    const size = this.#held.length;
    let at = 0;
    if (this.#heldBytes > 0) {
      at = Math.min(size - this.#heldBytes, bytes.length);
      this.#hold(bytes.subarray(0, at));
      if (at === bytes.length) return;
      yield this.#held;
      this.#heldBytes = 0;
    }
    for (; bytes.length - at > size; at += size) yield bytes.subarray(at, at + size);
    this.#hold(bytes.subarray(at));
  }

  /** What is left once all bytes are in: at most one block. */
  rest(): Uint8Array {
    return this.#held.subarray(0, this.#heldBytes);
  }

  #hold(bytes: Uint8Array): void {
    this.#held.set(bytes, this.#heldBytes);
    this.#heldBytes += bytes.length;
  }
}
