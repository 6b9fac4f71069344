import { STORED_CHUNK_BYTES } from "../crypto/file-codec";
import { FileOpener, type OpenOptions, SealedFileError } from "../crypto/file-opener";
import { err, ok, type Result } from "../domain/result";
import type { Unreadable } from "./seal-metadata";

/** A plain read of R2's body yields 4 KiB, and each read costs a turn. */
const PIECE_BYTES = 16 * STORED_CHUNK_BYTES;
/** The next piece is on its way while the reader works on these. */
const CHUNKS_AHEAD = 8;

/**
 * The plaintext of stored chunks. Their first piece is opened before this resolves, so that a file which was altered
 * there is a value; a fault further on errors the stream with `SealedFileError`.
 */
export async function openedStream(
  stored: ReadableStream<Uint8Array>,
  key: Uint8Array,
  options: OpenOptions,
): Promise<Result<ReadableStream<Uint8Array>, Unreadable>> {
  const pieces = new OpenedPieces(stored, key, options);
  const first = await asResult(() => pieces.next());
  if (!first.ok) return first;
  const source: UnderlyingSource<Uint8Array> = {
    start: (controller) => pieces.deliver(first.value, controller),
    pull: async (controller) => pieces.deliver(await pieces.next(), controller),
    cancel: (reason) => pieces.cancel(reason),
  };
  return ok(new ReadableStream(source, { highWaterMark: CHUNKS_AHEAD }));
}

/** A fault of the stored bytes is a value; any other error stays one. */
export async function asResult<T>(read: () => Promise<T>): Promise<Result<T, Unreadable>> {
  try {
    return ok(await read());
  } catch (error) {
    if (error instanceof SealedFileError) return err({ reason: error.reason });
    throw error;
  }
}

class OpenedPieces {
  readonly #reader: ReadableStreamBYOBReader;
  readonly #opener: FileOpener;
  #buffer = new ArrayBuffer(PIECE_BYTES);
  #hasEnded = false;

  constructor(stored: ReadableStream<Uint8Array>, key: Uint8Array, options: OpenOptions) {
    this.#reader = stored.getReader({ mode: "byob" });
    this.#opener = new FileOpener(key, options);
  }

  /** At least one chunk, unless the end is reached. */
  async next(): Promise<Uint8Array[]> {
    try {
      const { done, value } = await this.#reader.readAtLeast(PIECE_BYTES, new Uint8Array(this.#buffer));
      const chunks = value ? await this.#opener.push(value) : [];
      if (value) this.#buffer = value.buffer as ArrayBuffer;
      this.#hasEnded = done || value.length < PIECE_BYTES;
      return this.#hasEnded ? [...chunks, ...(await this.#opener.finish())] : chunks;
    } catch (error) {
      await this.cancel(error).catch(() => undefined);
      throw error;
    }
  }

  deliver(chunks: readonly Uint8Array[], controller: ReadableStreamDefaultController<Uint8Array>): void {
    for (const chunk of chunks) controller.enqueue(chunk);
    if (this.#hasEnded) controller.close();
  }

  cancel(reason: unknown): Promise<void> {
    return this.#reader.cancel(reason);
  }
}
