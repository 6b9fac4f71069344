/** Keys that the table has no room for, laid down by the hash of the key until the last row has been read. */

import { cut } from "../../fold";
import type { FindingPlace } from "../../report/report";

/** Where a run lays down what its memory has no room for. Partitions are small integers from 0 on. */
export interface SpillStore {
  /**
   * Adds bytes behind what the partition holds, all of them or none. The bytes are used again once what it returns
   * is settled. A run that is resumed may add the same bytes twice.
   */
  append(partition: number, bytes: Uint8Array): void | Promise<void>;
  /** All that was appended, in order; nothing, if nothing was. A partition may be read more than once. */
  read(partition: number): ReadableStream<Uint8Array>;
}

/** As row-judge.ts counts a row: nothing found, a warning, an error. */
export type RowState = 0 | 1 | 2;

/** How far the spilled keys have come: what of a snapshot the table does not say. */
export interface SpillProgress {
  /** The first row with a key that the table had no room for; 0 if there is none. */
  firstRow: number;
  lastRow: number;
  /** Records by partition. */
  readonly counts: Float64Array;
}

export const VALUE_BYTES = 40;
/** Fingerprint 12, row 5, line 5, rule 2, state of the row 1, byte offset 5, length of the value 1; then the value. */
export const HEAD_BYTES = 31;
const BUFFER_BYTES = 16 * 1024;
const WORD = 2 ** 32;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** Buffers, one a partition, that one row may overfill: the row loop is synchronous, and flushes once `isFull`. */
export class SpillWriter {
  isFull = false;
  readonly #buffers = new Map<number, { bytes: Uint8Array; length: number }>();

  constructor(
    private readonly store: SpillStore,
    private readonly bufferBytes = BUFFER_BYTES,
  ) {}

  append(partition: number, record: Uint8Array): void {
    let buffer = this.#buffers.get(partition);
    if (!buffer) {
      buffer = { bytes: new Uint8Array(this.bufferBytes + HEAD_BYTES + VALUE_BYTES), length: 0 };
      this.#buffers.set(partition, buffer);
    }
    if (buffer.length + record.length > buffer.bytes.length) {
      const grown = new Uint8Array((buffer.length + record.length) * 2);
      grown.set(buffer.bytes.subarray(0, buffer.length));
      buffer.bytes = grown;
    }
    buffer.bytes.set(record, buffer.length);
    buffer.length += record.length;
    if (buffer.length >= this.bufferBytes) this.isFull = true;
  }

  /** Hands on the buffers that are full. */
  flush(): Promise<void> {
    return this.#hand(this.bufferBytes);
  }

  /** Hands on all there is. */
  drain(): Promise<void> {
    return this.#hand(1);
  }

  /** What is not in the store yet. */
  pending(): ReadonlyMap<number, Uint8Array> {
    return new Map(
      Array.from(this.#buffers, ([partition, { bytes, length }]) => [partition, bytes.subarray(0, length)]),
    );
  }

  async #hand(least: number): Promise<void> {
    for (const [partition, buffer] of this.#buffers) {
      if (buffer.length < least) continue;
      await this.store.append(partition, buffer.bytes.subarray(0, buffer.length));
      buffer.length = 0;
    }
    this.isFull = false;
  }
}

/** One record of a partition, read or written in place. */
export class SpillRecord {
  readonly bytes: Uint8Array;
  #view: DataView;

  constructor(bytes: Uint8Array = new Uint8Array(HEAD_BYTES + VALUE_BYTES)) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Behind the record's last byte, if it begins at `at`. */
  end(at: number): number {
    return at + HEAD_BYTES + (this.bytes[at + HEAD_BYTES - 1] as number);
  }

  a(at: number): number {
    return this.#view.getInt32(at, true);
  }

  b(at: number): number {
    return this.#view.getInt32(at + 4, true);
  }

  c(at: number): number {
    return this.#view.getInt32(at + 8, true);
  }

  row(at: number): number {
    return this.#long(at + 12);
  }

  line(at: number): number {
    return this.#long(at + 17);
  }

  rule(at: number): number {
    return this.#view.getUint16(at + 22, true);
  }

  state(at: number): RowState {
    return this.bytes[at + 24] as RowState;
  }

  byteOffset(at: number): number {
    return this.#long(at + 25);
  }

  value(at: number): string {
    return decoder.decode(this.bytes.subarray(at + HEAD_BYTES, this.end(at)));
  }

  /** In the place of a fingerprint that has done its work: where its key was seen first. */
  first(at: number): { readonly row: number; readonly line: number } {
    return { row: this.#long(at), line: this.#long(at + 6) };
  }

  setFirst(at: number, row: number, line: number): void {
    this.#setLong(at, row);
    this.#setLong(at + 6, line);
  }

  setKey(at: number, a: number, b: number, c: number): void {
    this.#view.setInt32(at, a, true);
    this.#view.setInt32(at + 4, b, true);
    this.#view.setInt32(at + 8, c, true);
  }

  /** Of a value, as many whole characters are kept as there is room for. */
  setPlace(at: number, place: FindingPlace, rule: number, state: RowState, value: string): void {
    this.#setLong(at + 12, place.row);
    this.#setLong(at + 17, place.line);
    this.#setLong(at + 25, place.byteOffset);
    this.#view.setUint16(at + 22, rule, true);
    this.bytes[at + 24] = state;
    const room = this.bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + VALUE_BYTES);
    this.bytes[at + HEAD_BYTES - 1] = encoder.encodeInto(cut(value, VALUE_BYTES), room).written;
  }

  #long(at: number): number {
    return this.#view.getUint32(at, true) + (this.bytes[at + 4] as number) * WORD;
  }

  #setLong(at: number, value: number): void {
    this.#view.setUint32(at, value % WORD, true);
    this.bytes[at + 4] = value / WORD;
  }
}

/** A partition's whole records, as many at a time as came together. */
export async function* readRecords(stream: ReadableStream<Uint8Array>): AsyncGenerator<SpillRecord> {
  const reader = stream.getReader();
  let rest: Uint8Array = new Uint8Array(0);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const bytes = joined(rest, value);
      const end = wholeEnd(bytes);
      if (end > 0) yield new SpillRecord(bytes.subarray(0, end));
      rest = bytes.slice(end);
    }
  } finally {
    await reader.cancel();
  }
  if (rest.length > 0) throw new Error(`a spilled partition ends in ${rest.length} bytes that are no record`);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

function wholeEnd(bytes: Uint8Array): number {
  let at = 0;
  while (at + HEAD_BYTES <= bytes.length) {
    const end = at + HEAD_BYTES + (bytes[at + HEAD_BYTES - 1] as number);
    if (end > bytes.length) break;
    at = end;
  }
  return at;
}
