import { createHash, type Hash } from "node:crypto";
import type { ByteSink } from "../catalogue/byte-writer";
import { PART_BYTES } from "./multipart-sink";

/**
 * A report's digest, made while it is written: `sha256:HEX` up to one block of 5 MiB, else `sha256-5MiB:HEX`, the
 * SHA-256 of its blocks' SHA-256 one after the other. A block is a part as R2 is sent it: what a run that goes on
 * needs of it are `blocks`, and the bytes that no part holds. `split -b 5M --filter=sha256sum` checks it block by block.
 */
export class ReportDigest {
  readonly blocks: Buffer[];
  #block: Hash = createHash("sha256");
  #filled = 0;

  /** Goes on behind `blocks` that were digested before. */
  constructor(blocks: readonly Uint8Array[] = []) {
    this.blocks = blocks.map((block) => Buffer.from(block));
  }

  update(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length;) {
      if (this.#filled === PART_BYTES) this.#endBlock();
      const length = Math.min(bytes.length - from, PART_BYTES - this.#filled);
      this.#block.update(bytes.subarray(from, from + length));
      this.#filled += length;
      from += length;
    }
  }

  /** Once, at the report's end. */
  digest(): string {
    if (this.blocks.length === 0) return `sha256:${this.#block.digest("hex")}`;
    this.#endBlock();
    return `sha256-5MiB:${createHash("sha256").update(Buffer.concat(this.blocks)).digest("hex")}`;
  }

  #endBlock(): void {
    this.blocks.push(this.#block.digest());
    this.#block = createHash("sha256");
    this.#filled = 0;
  }
}

/** Digests what passes on to a sink. */
export class DigestingSink implements ByteSink {
  readonly #digest: ReportDigest;
  #text: string | null = null;

  constructor(
    private readonly sink: ByteSink,
    blocks: readonly Uint8Array[] = [],
  ) {
    this.#digest = new ReportDigest(blocks);
  }

  /** Digests of the blocks that are complete, in hexadecimal. */
  get blocks(): readonly string[] {
    return this.#digest.blocks.map((block) => block.toString("hex"));
  }

  /** There once the sink is closed. */
  get digest(): string {
    if (this.#text === null) throw new Error("A report's digest is asked for before its end.");
    return this.#text;
  }

  write(bytes: Uint8Array): void | Promise<void> {
    this.#digest.update(bytes);
    return this.sink.write(bytes);
  }

  async close(): Promise<void> {
    this.#text = this.#digest.digest();
    await this.sink.close();
  }
}
