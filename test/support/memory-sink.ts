import type { ByteSink } from "../../src/catalogue/byte-writer";

/** Keeps what the engine writes. */
export class MemorySink implements ByteSink {
  isClosed = false;
  readonly #parts: Uint8Array[] = [];

  write(bytes: Uint8Array): void {
    this.#parts.push(bytes.slice());
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}
