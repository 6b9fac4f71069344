import { INDEX_ROOM_BYTES, MAX_ROW_BYTES } from "./row-index";
import type { SourceReader } from "./source-reader";

export const WINDOW_BYTES = 256 * 1024;
/** A row just short of too long, and a window behind it. */
const CAPACITY_BYTES = MAX_ROW_BYTES + WINDOW_BYTES;
/** For a source that ends within them; a single row is judged sooner than memory for a file is had. */
const FIRST_BYTES = 8 * 1024;

/**
 * The part of the source that is being read. Chunks are copied in, and windows are cut by size alone, so that
 * nothing depends on how the source is chunked. Offsets stay valid until the next `refill`.
 */
export class InputWindow {
  /** The same from the first `refill` on. */
  bytes = new Uint8Array(FIRST_BYTES + INDEX_ROOM_BYTES);
  length = 0;
  /** Nothing follows the window. */
  isLast = false;
  #chunk: Uint8Array = new Uint8Array(0);

  /** `offset`: where the source's first byte, and so the window's, lies in all that is read. */
  constructor(
    private readonly source: SourceReader,
    public offset = 0,
  ) {}

  /** Drops what is before `from`, and reads a window more than what was left, or all there is. */
  async refill(from: number): Promise<void> {
    this.bytes.copyWithin(0, from, this.length);
    this.length -= from;
    this.offset += from;
    const wanted = Math.min(this.length + WINDOW_BYTES, CAPACITY_BYTES);
    while (this.length < wanted && !this.isLast) {
      if (this.#chunk.length === 0) {
        const chunk = await this.source.read();
        if (chunk) this.#chunk = chunk;
        else this.isLast = true;
        continue;
      }
      const taken = this.#chunk.subarray(0, wanted - this.length);
      this.#makeRoom(this.length + taken.length);
      this.bytes.set(taken, this.length);
      this.length += taken.length;
      this.#chunk = this.#chunk.subarray(taken.length);
    }
  }

  #makeRoom(bytes: number): void {
    if (bytes + INDEX_ROOM_BYTES <= this.bytes.length) return;
    const whole = new Uint8Array(CAPACITY_BYTES + INDEX_ROOM_BYTES);
    whole.set(this.bytes.subarray(0, this.length));
    this.bytes = whole;
  }
}
