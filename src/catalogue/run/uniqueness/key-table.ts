/**
 * Fingerprints and where each was first seen: entries of 24 bytes, one behind the other as they come, and an index
 * over them with open addressing, four bytes a slot, three slots in four used at most. So a MiB holds 35,746 keys,
 * and what is touched at random is a sixth of it, which caches hold. It begins small and grows up to its limit;
 * entries never move.
 */

/** Three of the fingerprint, row and line, and what is above their 32 bits: 16 of each. */
const ENTRY_WORDS = 6;
const ENTRY_BYTES = ENTRY_WORDS * 4;
const SLOT_BYTES = 4;
const MAX_LOAD = 0.75;
const CHUNK_BITS = 10;
const CHUNK_ENTRIES = 1 << CHUNK_BITS;
const FIRST_SLOTS = 1024;
const GROWTH = 4;
/** A slot is 0, or eight bits of the fingerprint above the entry's number, counted from 1. */
const NUMBER_BITS = 24;
const NUMBER = (1 << NUMBER_BITS) - 1;
const WORD = 2 ** 32;

export class KeyTable {
  count = 0;
  /** Of the key that `find` found last. */
  row = 0;
  line = 0;
  /** As many keys as its limit has room for. */
  readonly maxKeys: number;

  #limitKeys: number;
  readonly #chunks: Int32Array[] = [];
  #slots = new Uint32Array(FIRST_SLOTS);
  /** Where the search that found nothing ended. */
  #free = 0;

  constructor(limitBytes: number) {
    const keys = Math.floor(limitBytes / (ENTRY_BYTES + SLOT_BYTES / MAX_LOAD));
    this.maxKeys = Math.min(Math.max(1, keys), NUMBER);
    this.#limitKeys = this.maxKeys;
  }

  /** What it takes of memory now. */
  get bytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.byteLength, this.#slots.byteLength);
  }

  find(a: number, b: number, c: number): boolean {
    const slots = this.#slots;
    const tag = c >>> NUMBER_BITS;
    let slot = Math.floor(((a >>> 0) * slots.length) / WORD);
    for (;;) {
      const seen = slots[slot] as number;
      if (seen === 0) {
        this.#free = slot;
        return false;
      }
      if (seen >>> NUMBER_BITS === tag && this.#isAt((seen & NUMBER) - 1, a, b, c)) return true;
      slot++;
      if (slot === slots.length) slot = 0;
    }
  }

  /** Adds the key that `find` has just looked for in vain; false if there is no room for it. */
  add(a: number, b: number, c: number, row: number, line: number): boolean {
    const entry = this.count;
    if (entry >= this.#limitKeys) return false;
    if (entry >= this.#slots.length * MAX_LOAD) {
      this.#grow();
      this.find(a, b, c);
    }
    const words = this.#chunkFor(entry);
    const at = (entry & (CHUNK_ENTRIES - 1)) * ENTRY_WORDS;
    words[at] = a;
    words[at + 1] = b;
    words[at + 2] = c;
    words[at + 3] = row;
    words[at + 4] = line;
    words[at + 5] = Math.floor(row / WORD) | (Math.floor(line / WORD) << 16);
    this.count++;
    this.#slots[this.#free] = ((c >>> NUMBER_BITS) << NUMBER_BITS) | this.count;
    return true;
  }

  /** Forgets all keys and, from now on, grows past its limit rather than refuse one. */
  startOver(): void {
    this.#limitKeys = NUMBER;
    this.#slots.fill(0);
    this.count = 0;
  }

  /** In the order in which they came. */
  each(visit: (a: number, b: number, c: number, row: number, line: number) => void): void {
    for (let entry = 0; entry < this.count; entry++) {
      const words = this.#chunkFor(entry);
      const at = (entry & (CHUNK_ENTRIES - 1)) * ENTRY_WORDS;
      const [a, b, c] = [words[at] as number, words[at + 1] as number, words[at + 2] as number];
      this.#isAt(entry, a, b, c);
      visit(a, b, c, this.row, this.line);
    }
  }

  /** Whether the entry is that key's; if so, reads where it was seen first. */
  #isAt(entry: number, a: number, b: number, c: number): boolean {
    const words = this.#chunkFor(entry);
    const at = (entry & (CHUNK_ENTRIES - 1)) * ENTRY_WORDS;
    if (words[at] !== a || words[at + 1] !== b || words[at + 2] !== c) return false;
    const highs = words[at + 5] as number;
    this.row = ((words[at + 3] as number) >>> 0) + (highs & 0xffff) * WORD;
    this.line = ((words[at + 4] as number) >>> 0) + (highs >>> 16) * WORD;
    return true;
  }

  /** The last chunk that a limit has room for is no longer than it has to be. */
  #chunkFor(entry: number): Int32Array {
    const place = entry >> CHUNK_BITS;
    const known = this.#chunks[place];
    const room = Math.min(CHUNK_ENTRIES, this.#limitKeys - (place << CHUNK_BITS));
    if (known && known.length > (entry & (CHUNK_ENTRIES - 1)) * ENTRY_WORDS) return known;
    const chunk = new Int32Array(room * ENTRY_WORDS);
    if (known) chunk.set(known);
    this.#chunks[place] = chunk;
    return chunk;
  }

  #grow(): void {
    const most = Math.ceil(this.#limitKeys / MAX_LOAD);
    const slots = new Uint32Array(Math.min(this.#slots.length * GROWTH, most));
    for (let entry = 0; entry < this.count; entry++) {
      const words = this.#chunkFor(entry);
      const at = (entry & (CHUNK_ENTRIES - 1)) * ENTRY_WORDS;
      let slot = Math.floor((((words[at] as number) >>> 0) * slots.length) / WORD);
      while (slots[slot] !== 0) slot = slot + 1 === slots.length ? 0 : slot + 1;
      slots[slot] = (((words[at + 2] as number) >>> NUMBER_BITS) << NUMBER_BITS) | (entry + 1);
    }
    this.#slots = slots;
  }
}
