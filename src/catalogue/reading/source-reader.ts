/** Reads a source chunk by chunk, inflating it if it is gzip, within bounds. */

const RATIO_MAX = 200;
const RATIO_FREE_BYTES = 10 * 1024 * 1024;

export interface SourceReader {
  /** Bytes of the source as it is stored, so that they can be compared with its size. */
  readonly bytesRead: number;
  /** Null once the source has ended. What it answers is valid until it is called again. */
  read(): Promise<Uint8Array | null>;
  cancel(): Promise<void>;
}

const READ_BYTES = 256 * 1024;

/** A source that begins at byte `base` of all that is read. */
export function readerFrom(source: ReadableStream<Uint8Array>, base: number): SourceReader {
  const reader = readerOf(source, null);
  return {
    get bytesRead() {
      return base + reader.bytesRead;
    },
    read: () => reader.read(),
    cancel: () => reader.cancel(),
  };
}

/** The reader once `count` of its bytes have been passed over. */
export async function readerBehind(reader: SourceReader, count: number): Promise<SourceReader> {
  let left = count;
  let rest: Uint8Array | null = null;
  while (left > 0 && rest === null) {
    const chunk = await reader.read();
    if (chunk === null) break;
    if (chunk.length > left) rest = chunk.subarray(left);
    left -= Math.min(left, chunk.length);
  }
  return {
    get bytesRead() {
      return reader.bytesRead;
    },
    read: async () => {
      const first = rest;
      rest = null;
      return first ?? reader.read();
    },
    cancel: () => reader.cancel(),
  };
}

export function readerOf(
  source: ReadableStream<Uint8Array>,
  gzip: { readonly maxInflatedBytes: number } | null,
): SourceReader {
  if (gzip) return new GzipReader(source, gzip.maxInflatedBytes);
  const byteReader = byteReaderOf(source);
  return byteReader ? new BlockReader(byteReader) : new ChunkReader(source);
}

/** `min` is in the Streams standard, and not yet in the platform's types. */
interface MinimumReader {
  read(
    view: Uint8Array<ArrayBuffer>,
    options: { min: number },
  ): Promise<{ done: boolean; value?: Uint8Array<ArrayBuffer> | undefined }>;
  cancel(): Promise<void>;
}

/** Only a byte stream, as R2 and fetch give, has one. */
function byteReaderOf(source: ReadableStream<Uint8Array>): MinimumReader | null {
  try {
    return source.getReader({ mode: "byob" });
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** Whole blocks into one buffer: R2 hands out 4 KiB at a time otherwise, and each read has its price. */
class BlockReader implements SourceReader {
  bytesRead = 0;
  #buffer = new ArrayBuffer(READ_BYTES);
  #hasEnded = false;

  constructor(private readonly reader: MinimumReader) {}

  async read(): Promise<Uint8Array | null> {
    if (this.#hasEnded) return null;
    const { done, value } = await this.reader.read(new Uint8Array(this.#buffer), { min: READ_BYTES });
    this.#hasEnded = done;
    if (!value || value.length === 0) return null;
    this.#buffer = value.buffer;
    this.bytesRead += value.length;
    return value;
  }

  cancel(): Promise<void> {
    return this.reader.cancel();
  }
}

export class DecompressionBomb extends Error {
  override readonly name = "DecompressionBomb";
}
export class CorruptGzip extends Error {
  override readonly name = "CorruptGzip";
}

class ChunkReader implements SourceReader {
  bytesRead = 0;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(source: ReadableStream<Uint8Array>) {
    this.#reader = source.getReader();
  }

  async read(): Promise<Uint8Array | null> {
    const { done, value } = await this.#reader.read();
    if (done) return null;
    this.bytesRead += value.length;
    return value;
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }
}

class GzipReader implements SourceReader {
  readonly #compressed: ChunkReader;
  readonly #inflated: ReadableStreamDefaultReader<Uint8Array>;
  #inflatedBytes = 0;
  #sourceFault: { readonly error: unknown } | null = null;

  constructor(
    source: ReadableStream<Uint8Array>,
    private readonly maxInflatedBytes: number,
  ) {
    this.#compressed = new ChunkReader(source);
    const compressed = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const chunk = await this.#compressed.read().catch((error: unknown) => {
            this.#sourceFault = { error };
            throw error;
          });
          if (chunk) controller.enqueue(chunk);
          else controller.close();
        },
        cancel: () => this.#compressed.cancel(),
      },
      { highWaterMark: 0 },
    );
    this.#inflated = compressed.pipeThrough(gunzip()).getReader();
  }

  get bytesRead(): number {
    return this.#compressed.bytesRead;
  }

  async read(): Promise<Uint8Array | null> {
    const { done, value } = await this.#inflated.read().catch((error: unknown) => {
      if (this.#sourceFault) throw this.#sourceFault.error;
      throw new CorruptGzip("gzip data is corrupt", { cause: error });
    });
    if (done) return null;
    this.#inflatedBytes += value.length;
    const isBloated =
      this.#inflatedBytes > RATIO_FREE_BYTES && this.#inflatedBytes > this.bytesRead * RATIO_MAX;
    if (this.#inflatedBytes > this.maxInflatedBytes || isBloated) {
      await this.cancel();
      throw new DecompressionBomb(`more than ${this.#inflatedBytes} bytes out of ${this.bytesRead}`);
    }
    return value;
  }

  cancel(): Promise<void> {
    return this.#inflated.cancel();
  }
}

/** The platform's types give the writable side a wider chunk than the readable one. */
function gunzip(): ReadableWritablePair<Uint8Array, Uint8Array> {
  return new DecompressionStream("gzip") as ReadableWritablePair<Uint8Array, Uint8Array>;
}
