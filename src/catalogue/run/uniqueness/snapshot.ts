/** The state of uniqueness as bytes: about 14 a key that is held, and what was not yet spilled. */

import { seedOf } from "./fingerprint";
import type { KeyTable } from "./key-table";
import type { SpillProgress } from "./spill";

const VERSION = 1;

export function writeSnapshot(
  identity: string,
  table: KeyTable,
  progress: SpillProgress,
  pending: ReadonlyMap<number, Uint8Array>,
): Uint8Array {
  const out = new SnapshotWriter();
  out.number(VERSION);
  const { a, b, c } = seedOf(identity);
  for (const word of [a, b, c]) out.word(word);
  out.number(progress.firstRow);
  out.number(progress.lastRow);
  for (const count of progress.counts) out.number(count);
  out.number(pending.size);
  for (const [partition, bytes] of pending) {
    out.number(partition);
    out.number(bytes.length);
    out.bytes(bytes);
  }
  out.number(table.count);
  let lastRow = 0;
  let lastLine = 0;
  table.each((first, second, third, row, line) => {
    out.word(first);
    out.word(second);
    out.word(third);
    out.number(row - lastRow);
    out.number(line - lastLine);
    [lastRow, lastLine] = [row, line];
  });
  return out.whole();
}

/** Fills a new table and its progress; `spill` takes what was not yet spilled. */
export function readSnapshot(
  snapshot: Uint8Array,
  identity: string,
  table: KeyTable,
  progress: SpillProgress,
  spill: (partition: number, bytes: Uint8Array) => void,
): void {
  const from = new SnapshotReader(snapshot);
  if (from.number() !== VERSION) throw new Error("a snapshot of uniqueness of another version");
  const { a, b, c } = seedOf(identity);
  for (const word of [a, b, c]) {
    if (from.word() !== word) throw new Error("a snapshot of uniqueness of another run");
  }
  progress.firstRow = from.number();
  progress.lastRow = from.number();
  for (let i = 0; i < progress.counts.length; i++) progress.counts[i] = from.number();
  for (let left = from.number(); left > 0; left--) {
    const partition = from.number();
    spill(partition, from.bytes(from.number()));
  }
  let row = 0;
  let line = 0;
  for (let left = from.number(); left > 0; left--) {
    const [first, second, third] = [from.word(), from.word(), from.word()];
    row += from.number();
    line += from.number();
    table.find(first, second, third);
    table.add(first, second, third, row, line);
  }
}

class SnapshotWriter {
  #bytes = new Uint8Array(64 * 1024);
  #length = 0;

  /** Not negative, and exact up to 2^53: seven bits a byte, the lowest first. */
  number(value: number): void {
    this.#reserve(8);
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
    this.#bytes[this.#length++] = rest;
  }

  word(value: number): void {
    this.#reserve(4);
    for (let shift = 0; shift < 32; shift += 8) this.#bytes[this.#length++] = value >>> shift;
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  whole(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(length: number): void {
    if (this.#length + length <= this.#bytes.length) return;
    const grown = new Uint8Array((this.#length + length) * 2);
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

class SnapshotReader {
  #at = 0;

  constructor(private readonly snapshot: Uint8Array) {}

  number(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  word(): number {
    return this.#byte() | (this.#byte() << 8) | (this.#byte() << 16) | (this.#byte() << 24);
  }

  bytes(length: number): Uint8Array {
    if (this.#at + length > this.snapshot.length) throw new Error(CUT);
    this.#at += length;
    return this.snapshot.subarray(this.#at - length, this.#at);
  }

  #byte(): number {
    const byte = this.snapshot[this.#at++];
    if (byte === undefined) throw new Error(CUT);
    return byte;
  }
}

const CUT = "a snapshot of uniqueness that was cut short";
