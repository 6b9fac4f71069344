import { createHash } from "node:crypto";
import type { ByteSink } from "../../../../src/catalogue/byte-writer";

const PART_BYTES = 5 * 1024 ** 2;

/** What the product's sink would be if it sealed nothing: one part in flight and one filling, each put as it is. */
export class ClearSink implements ByteSink {
  #buffer = new Uint8Array(0);
  #filled = 0;
  #spare: Uint8Array<ArrayBuffer> | null = null;
  #upload: R2MultipartUpload | null = null;
  #inFlight: Promise<void> = Promise.resolve();
  readonly #parts: R2UploadedPart[] = [];

  constructor(
    private readonly bucket: R2Bucket,
    private readonly key: string,
  ) {}

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
      await this.bucket.put(this.key, body, { sha256 });
      return;
    }
    if (this.#filled > 0) await this.#send();
    await this.#inFlight;
    await this.#upload.complete(this.#parts);
  }

  async #writeAcross(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length;) {
      const length = Math.min(bytes.length - from, PART_BYTES - this.#filled);
      this.#append(bytes.subarray(from, from + length));
      from += length;
      if (this.#filled === PART_BYTES) await this.#send();
    }
  }

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
    const upload = (this.#upload ??= await this.bucket.createMultipartUpload(this.key));
    const full = this.#buffer;
    const body = full.subarray(0, this.#filled);
    this.#buffer = this.#spare ?? new Uint8Array(PART_BYTES);
    this.#spare = null;
    this.#filled = 0;
    this.#inFlight = upload.uploadPart(this.#parts.length + 1, body).then((part) => {
      this.#parts.push(part);
      this.#spare = full;
    });
    // Awaited by the next part or by close; until then a failure must not count as unhandled.
    this.#inFlight.catch(() => undefined);
  }
}
