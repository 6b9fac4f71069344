import type { SpillStore } from "../../src/catalogue/run/uniqueness/spill";

/** Keeps what the engine spills, and gives it back in chunks of `chunkBytes`. */
export class MemorySpillStore implements SpillStore {
  bytes = 0;
  readonly #partitions = new Map<number, Uint8Array[]>();

  constructor(private readonly chunkBytes = Infinity) {}

  async append(partition: number, bytes: Uint8Array): Promise<void> {
    this.bytes += bytes.length;
    const parts = this.#partitions.get(partition);
    if (parts) parts.push(bytes.slice());
    else this.#partitions.set(partition, [bytes.slice()]);
  }

  read(partition: number): ReadableStream<Uint8Array> {
    const parts = this.#partitions.get(partition) ?? [];
    const { chunkBytes } = this;
    let part = 0;
    let at = 0;
    return new ReadableStream({
      pull(controller) {
        const bytes = parts[part];
        if (!bytes) {
          controller.close();
          return;
        }
        controller.enqueue(bytes.slice(at, at + chunkBytes));
        at += chunkBytes;
        if (at >= bytes.length) [part, at] = [part + 1, 0];
      },
    });
  }
}
