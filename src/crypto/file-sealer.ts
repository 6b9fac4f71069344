import { ByteBlocks } from "./byte-blocks";
import { CHUNK_BYTES, chunkHeader, importFileKey, NONCE_BYTES, requireCount } from "./file-codec";

export interface SealOptions {
  /** Index of the first chunk: what comes before it in the file, for a part of a multipart upload. */
  readonly firstChunk?: number;
  /** False for every part but the last one; such a part is a whole number of chunks. */
  readonly endsFile?: boolean;
}

/**
 * Seals a file, or a part of one, piece by piece; a piece stays as it is until its `push` has resolved. Nonces are
 * random, not counted: a part may be sent again with other bytes under the same file key, and one nonce used twice
 * with one key would give away both texts and the MAC key.
 */
export class FileSealer {
  readonly #key: Promise<CryptoKey>;
  readonly #blocks = new ByteBlocks(CHUNK_BYTES);
  readonly #endsFile: boolean;
  #next: number;
  #isFinished = false;

  constructor(key: Uint8Array, { firstChunk = 0, endsFile = true }: SealOptions = {}) {
    requireCount(firstChunk);
    this.#next = firstChunk;
    this.#endsFile = endsFile;
    this.#key = importFileKey(key, "encrypt");
  }

  /** What these bytes completed, in order. A chunk comes as its nonce and the rest: joining them would cost a copy. */
  async push(bytes: Uint8Array): Promise<Uint8Array[]> {
    const key = await this.#unfinished();
    const sealed: Promise<Uint8Array[]>[] = [];
    for (const block of this.#blocks.take(bytes)) sealed.push(seal(key, block, this.#next++, false));
    return (await Promise.all(sealed)).flat();
  }

  async finish(): Promise<Uint8Array[]> {
    const key = await this.#unfinished();
    this.#isFinished = true;
    const rest = this.#blocks.rest();
    if (!this.#endsFile && rest.length !== CHUNK_BYTES)
      throw new RangeError("A part that does not end the file is a whole number of chunks.");
    if (rest.length === 0 && this.#next > 0) throw new RangeError("The last part of a file is not empty.");
    return seal(key, rest, this.#next++, this.#endsFile);
  }

  async #unfinished(): Promise<CryptoKey> {
    const key = await this.#key;
    if (this.#isFinished) throw new Error("What is sealed to its end takes no more bytes.");
    return key;
  }
}

export const sealStream = (
  key: Uint8Array,
  options?: SealOptions,
): TransformStream<Uint8Array, Uint8Array> => {
  const sealer = new FileSealer(key, options);
  return new TransformStream({
    transform: async (bytes, controller) => {
      for (const chunk of await sealer.push(bytes)) controller.enqueue(chunk);
    },
    flush: async (controller) => {
      for (const chunk of await sealer.finish()) controller.enqueue(chunk);
    },
  });
};

/** Reads `plain` before it first yields, as WebCrypto §14.3.1 has it, so that the block may be filled anew. */
async function seal(
  key: CryptoKey,
  plain: Uint8Array,
  index: number,
  isLast: boolean,
): Promise<Uint8Array[]> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const additionalData = chunkHeader(index, isLast);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, plain);
  return [iv, new Uint8Array(sealed)];
}
