import { ByteBlocks } from "./byte-blocks";
import {
  CHUNK_BYTES,
  CHUNK_OVERHEAD_BYTES,
  chunkHeader,
  chunksHolding,
  importFileKey,
  NONCE_BYTES,
  requireCount,
  STORED_CHUNK_BYTES,
} from "./file-codec";

export type SealedFileFault = "altered" | "truncated" | "trailing";

/** The stored bytes are not those that were sealed at this place with this key. */
export class SealedFileError extends Error {
  override readonly name = "SealedFileError";

  constructor(readonly reason: SealedFileFault) {
    super(`A sealed file does not open: ${reason}.`);
  }
}

export interface OpenOptions {
  /** Index of the first chunk that is fed in. */
  readonly firstChunk: number;
  /** Index of the last chunk of the file, not of the range. */
  readonly lastChunk: number;
  /** Bytes of the first chunk that are not wanted. */
  readonly skip: number;
  /** Bytes wanted. */
  readonly length: number;
}

/**
 * Opens the chunks that hold a range, neither fewer nor more. Bytes are given out only of chunks that are proved to be
 * what was sealed as that chunk of this file; after a fault nothing more is. A piece must stay as it is until its
 * `push` has resolved.
 */
export class FileOpener {
  readonly #key: Promise<CryptoKey>;
  readonly #blocks = new ByteBlocks(STORED_CHUNK_BYTES);
  readonly #options: OpenOptions;
  /** The last chunk that is wanted. */
  readonly #final: number;
  #next: number;
  #fault: unknown = null;

  constructor(key: Uint8Array, options: OpenOptions) {
    const { firstChunk, lastChunk, skip, length } = options;
    for (const count of [firstChunk, lastChunk, skip, length]) requireCount(count);
    this.#final = firstChunk + chunksHolding(skip, length) - 1;
    if (this.#final > lastChunk) throw new RangeError("The range goes beyond the file.");
    this.#options = options;
    this.#next = firstChunk;
    this.#key = importFileKey(key, "decrypt");
  }

  /** What these bytes completed, in order: the wanted bytes of each chunk that opened. */
  push(bytes: Uint8Array): Promise<Uint8Array[]> {
    return this.#orFail(async (key) => {
      const opened: Promise<Uint8Array>[] = [];
      for (const block of this.#blocks.take(bytes)) {
        // A block comes when more follows it, and nothing may follow the last one.
        if (this.#next === this.#final) opened.push(Promise.reject(new SealedFileError("trailing")));
        else opened.push(this.#open(key, block, this.#next++));
      }
      return Promise.all(opened);
    });
  }

  /** The end of the stored bytes: proves that none is missing, and opens the last chunk. */
  finish(): Promise<Uint8Array[]> {
    return this.#orFail(async (key) => {
      const rest = this.#blocks.rest();
      if (this.#next !== this.#final || rest.length < this.#leastBytes())
        throw new SealedFileError("truncated");
      return [await this.#open(key, rest, this.#next++)];
    });
  }

  #leastBytes(): number {
    if (this.#final < this.#options.lastChunk) return STORED_CHUNK_BYTES;
    return CHUNK_OVERHEAD_BYTES + (this.#final > 0 ? 1 : 0);
  }

  async #open(key: CryptoKey, stored: Uint8Array, index: number): Promise<Uint8Array> {
    const { firstChunk, lastChunk, skip, length } = this.#options;
    const plain = await open(key, stored, index, index === lastChunk);
    const at = (index - firstChunk) * CHUNK_BYTES;
    if (index === this.#final && at + plain.length < skip + length) throw new SealedFileError("truncated");
    return plain.subarray(Math.max(0, skip - at), Math.max(0, skip + length - at));
  }

  async #orFail(work: (key: CryptoKey) => Promise<Uint8Array[]>): Promise<Uint8Array[]> {
    const key = await this.#key;
    if (this.#fault !== null) throw this.#fault;
    try {
      return (await work(key)).filter(({ length }) => length > 0);
    } catch (error) {
      this.#fault = error;
      throw error;
    }
  }
}

export const openStream = (
  key: Uint8Array,
  options: OpenOptions,
): TransformStream<Uint8Array, Uint8Array> => {
  const opener = new FileOpener(key, options);
  return new TransformStream({
    transform: async (bytes, controller) => {
      for (const chunk of await opener.push(bytes)) controller.enqueue(chunk);
    },
    flush: async (controller) => {
      for (const chunk of await opener.finish()) controller.enqueue(chunk);
    },
  });
};

/** Reads `stored` before it first yields, as WebCrypto §14.3.2 has it, so that the block may be filled anew. */
async function open(key: CryptoKey, stored: Uint8Array, index: number, isLast: boolean): Promise<Uint8Array> {
  const iv = stored.subarray(0, NONCE_BYTES);
  const additionalData = chunkHeader(index, isLast);
  const sealed = stored.subarray(NONCE_BYTES);
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData }, key, sealed));
  } catch (error) {
    // What WebCrypto says of a tag that does not hold; anything else is a bug, and stays one.
    if (error instanceof Error && error.name === "OperationError") throw new SealedFileError("altered");
    throw error;
  }
}
