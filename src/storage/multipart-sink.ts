import { createHash } from "node:crypto";
import type { ByteSink } from "../catalogue/byte-writer";

/** R2 wants equal parts but the last, of at least 5 MiB; a wrong size fails only at completion. */
const PART_BYTES = 8 * 1024 ** 2;

/**
 * Streams bytes into one R2 object: one part in flight and one filling, so 16 MiB however large the object.
 * What fits one part is put at once, with its digest; R2 keeps none for what is sent in parts. Nothing is visible under the key before `close` has succeeded.
 */
export class MultipartSink implements ByteSink {
  #buffer = new Uint8Array(0);
  #filled = 0;
  #spare: Uint8Array<ArrayBuffer> | null = null;
  #upload: R2MultipartUpload | null = null;
  #inFlight: Promise<void> = Promise.resolve();
  readonly #parts: R2UploadedPart[] = [];

  constructor(
    private readonly bucket: R2Bucket,
    private readonly key: string,
    private readonly options: R2MultipartOptions,
  ) {}

  /** Copies `bytes`; a promise only when the buffer is full and the part before is still on its way. */
  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#filled + bytes.length <= PART_BYTES) {
      this.#append(bytes);
      return;
    }
    return this.#writeAcross(bytes);
  }

  async close(): Promise<void> {
    if (this.#upload === null) {
      const body = this.#buffer.subarray(0, this.#filled);
      const sha256 = createHash("sha256").update(body).digest("hex");
      await this.bucket.put(this.key, body, { ...this.options, sha256 });
      return;
    }
    if (this.#filled > 0) await this.#send();
    await this.#inFlight;
    await this.#upload.complete(this.#parts);
  }

  /** Leaves nothing behind; harmless after `close`. */
  async abort(): Promise<void> {
    const upload = this.#upload;
    this.#upload = null;
    await this.#inFlight.catch(() => undefined);
    await upload?.abort().catch(() => undefined);
  }

  async #writeAcross(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length;) {
      const length = Math.min(bytes.length - from, PART_BYTES - this.#filled);
      this.#append(bytes.subarray(from, from + length));
      from += length;
      if (this.#filled === PART_BYTES) await this.#send();
    }
  }

  /** Grows by doubling up to one part, so that a small report costs a small buffer. */
  #append(bytes: Uint8Array): void {
    const needed = this.#filled + bytes.length;
    if (needed > this.#buffer.length) {
      const grown = new Uint8Array(
        Math.min(PART_BYTES, Math.max(needed, this.#buffer.length * 2, 64 * 1024)),
      );
      grown.set(this.#buffer.subarray(0, this.#filled));
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.#filled);
    this.#filled = needed;
  }

  async #send(): Promise<void> {
    await this.#inFlight;
    const upload = (this.#upload ??= await this.bucket.createMultipartUpload(this.key, this.options));
    const full = this.#buffer;
    const body = full.subarray(0, this.#filled);
    const partNumber = this.#parts.length + 1;
    this.#buffer = this.#spare ?? new Uint8Array(PART_BYTES);
    this.#spare = null;
    this.#filled = 0;
    this.#inFlight = upload.uploadPart(partNumber, body).then((part) => {
      this.#parts.push(part);
      this.#spare = full;
    });
    // Awaited by the next part or by close; until then a failure must not count as unhandled.
    this.#inFlight.catch(() => undefined);
  }
}
