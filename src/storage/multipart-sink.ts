import { createHash } from "node:crypto";
import type { ByteSink } from "../catalogue/byte-writer";
import { CHUNK_BYTES, sealedSize } from "../crypto/file-codec";
import type { FileKeys } from "../crypto/file-keys";
import { FileSealer, type SealOptions } from "../crypto/file-sealer";
import type { SentPart, WritingState } from "../domain/checkpoint";
import { PartLane } from "./part-lane";
import { newWriting, resumeWriting, sealMetadata, type Writing } from "./seal-metadata";

/** R2 wants equal parts but the last, of at least 5 MiB; a wrong size fails only at completion. Whole chunks. */
export const PART_BYTES = 5 * 1024 ** 2;
/** What is sealed at once: the ciphertext of this much is held beside the buffers. */
const PIECE_BYTES = 4 * CHUNK_BYTES;

/**
 * Seals bytes into one R2 object: one part filling, and one in the lane that sinks may share, so 10 MiB however large
 * the object.
 * What fits one part is put at once, with its digest; of what is sent in parts it is not known when the writing begins.
 * Nothing is visible under the path before `close` has succeeded.
 */
export class MultipartSink implements ByteSink {
  #plain = new Uint8Array(0);
  #filled = 0;
  #upload: R2MultipartUpload | null = null;
  #inFlight: Promise<void> = Promise.resolve();
  readonly #parts: SentPart[] = [];
  /** What was begun to be closed, and whose upload may be over: nobody can go on with it. */
  isClosing = false;
  readonly #path: string;
  readonly #writing: Writing;

  constructor(
    private readonly bucket: R2Bucket,
    keys: FileKeys,
    private readonly options: Omit<R2MultipartOptions, "customMetadata">,
    private readonly lane: PartLane = new PartLane(),
    writing: Writing = newWriting(keys),
  ) {
    this.#path = keys.path;
    this.#writing = writing;
  }

  /** A sink that goes on where another's `checkpoint` was, once it is given the rest; null if its key exists no more. */
  static resume(
    bucket: R2Bucket,
    keys: FileKeys,
    options: Omit<R2MultipartOptions, "customMetadata">,
    lane: PartLane,
    state: WritingState,
  ): MultipartSink | null {
    const writing = resumeWriting(keys, state);
    if (writing === null) return null;
    const sink = new MultipartSink(bucket, keys, options, lane, writing);
    sink.#parts.push(...state.parts);
    if (state.uploadId !== null) sink.#upload = bucket.resumeMultipartUpload(keys.path, state.uploadId);
    return sink;
  }

  /** Of the tenant's key that seals what is written. */
  get keyVersion(): number {
    return this.#writing.version;
  }

  /** Once all that was sent has arrived: where the writing stands, and what no part holds yet, until the next write. */
  async checkpoint(): Promise<{ readonly state: WritingState; readonly rest: Uint8Array }> {
    await this.#inFlight;
    const { version, writingId } = this.#writing;
    const uploadId = this.#upload?.uploadId ?? null;
    const parts = [...this.#parts];
    return {
      state: { version, writingId, uploadId, parts, restBytes: this.#filled },
      rest: this.#plain.subarray(0, this.#filled),
    };
  }

  /** Copies `bytes`; a promise only when the buffer is full: once the part before has arrived, this one is sealed. */
  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#filled + bytes.length <= PART_BYTES) {
      this.#append(bytes);
      return;
    }
    return this.#writeAcross(bytes);
  }

  async close(): Promise<void> {
    this.isClosing = true;
    if (this.#upload === null) {
      const plain = this.#plain.subarray(0, this.#filled);
      const sha256 = createHash("sha256").update(plain).digest("hex");
      const { arrival } = await this.#depart({}, (object) =>
        this.bucket.put(this.#path, object, this.#optionsWith(sha256)),
      );
      await arrival;
      return;
    }
    await this.#send({ endsFile: true });
    await this.#inFlight;
    await this.#upload.complete(this.#parts);
  }

  /** Leaves nothing behind, nor to go on from; harmless after `close`. */
  async abort(): Promise<void> {
    const upload = this.#upload;
    this.#upload = null;
    await this.#inFlight.catch(() => undefined);
    await upload?.abort().catch(() => undefined);
  }

  /** A full buffer is sent when more follows: until then it may be the last part. */
  async #writeAcross(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length;) {
      if (this.#filled === PART_BYTES) await this.#send({ endsFile: false });
      const length = Math.min(bytes.length - from, PART_BYTES - this.#filled);
      this.#append(bytes.subarray(from, from + length));
      from += length;
    }
  }

  /** Grows by doubling up to one part, so that a small report costs a small buffer. */
  #append(bytes: Uint8Array): void {
    const needed = this.#filled + bytes.length;
    if (needed > this.#plain.length) {
      const grown = new Uint8Array(Math.min(PART_BYTES, Math.max(needed, this.#plain.length * 2, 64 * 1024)));
      grown.set(this.#plain.subarray(0, this.#filled));
      this.#plain = grown;
    }
    this.#plain.set(bytes, this.#filled);
    this.#filled = needed;
  }

  async #send({ endsFile }: { readonly endsFile: boolean }): Promise<void> {
    await this.#inFlight;
    const upload = (this.#upload ??= await this.bucket.createMultipartUpload(
      this.#path,
      this.#optionsWith(null),
    ));
    const firstChunk = (this.#parts.length * PART_BYTES) / CHUNK_BYTES;
    const { arrival } = await this.#depart({ firstChunk, endsFile }, async (part) => {
      const { partNumber, etag } = await upload.uploadPart(this.#parts.length + 1, part);
      this.#parts.push({ partNumber, etag });
    });
    // Awaited by the next part or by close.
    this.#inFlight = arrival;
    this.#filled = 0;
  }

  #depart<T>(
    options: SealOptions,
    send: (sealed: Uint8Array) => Promise<T>,
  ): Promise<{ readonly arrival: Promise<T> }> {
    return this.lane.depart(sealedSize(this.#filled), (buffer) => this.#seal(options, buffer), send);
  }

  /** The filled bytes, sealed into `buffer`. */
  async #seal(options: SealOptions, buffer: Uint8Array): Promise<Uint8Array> {
    const sealer = new FileSealer(this.#writing.key, options);
    let at = 0;
    const take = (chunks: readonly Uint8Array[]): void => {
      for (const chunk of chunks) {
        buffer.set(chunk, at);
        at += chunk.length;
      }
    };
    for (let from = 0; from < this.#filled; from += PIECE_BYTES)
      take(await sealer.push(this.#plain.subarray(from, Math.min(from + PIECE_BYTES, this.#filled))));
    take(await sealer.finish());
    return buffer.subarray(0, at);
  }

  #optionsWith(sha256: string | null): R2MultipartOptions {
    return { ...this.options, customMetadata: sealMetadata(this.#writing, sha256) };
  }
}
