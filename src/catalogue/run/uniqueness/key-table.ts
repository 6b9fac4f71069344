/**
 * Fingerprints and where each was first seen, in typed arrays with open addressing: 22 bytes a slot, three slots
 * in four used at most, so about 35,700 keys in a MiB. It begins small and doubles up to its limit; while it does,
 * the half that it outgrows is there as well.
 */

const SLOT_BYTES = 22;
const MAX_LOAD = 0.75;
const FIRST_SLOTS = 1024;
const MIN_SLOTS = 4;
const WORD = 2 ** 32;

export class KeyTable {
  count = 0;
  /** Of the key that `find` found last. */
  row = 0;
  line = 0;
  /** As many keys as its limit has room for. */
  readonly maxKeys: number;

  #slots: number;
  #capacity = 0;
  #prints = new Int32Array(0);
  #rows = new Uint32Array(0);
  #lines = new Uint32Array(0);
  /** Bits 32 to 39 of both. */
  #highs = new Uint8Array(0);
  /** Where the search that found nothing ended. */
  #free = 0;
  #limitSlots: number;

  constructor(limitBytes: number) {
    this.#limitSlots = Math.max(MIN_SLOTS, Math.floor(limitBytes / SLOT_BYTES));
    this.maxKeys = capacityOf(this.#limitSlots);
    this.#slots = Math.min(FIRST_SLOTS, this.#limitSlots);
    this.#allocate();
  }

  /** What it takes of memory now. */
  get bytes(): number {
    return this.#slots * SLOT_BYTES;
  }

  find(a: number, b: number, c: number): boolean {
    const prints = this.#prints;
    const slots = this.#slots;
    let slot = Math.floor(((a >>> 0) * slots) / WORD);
    for (;;) {
      const at = slot * 3;
      const first = prints[at] as number;
      const second = prints[at + 1] as number;
      const third = prints[at + 2] as number;
      if (first === a && second === b && third === c) {
        this.row = (this.#rows[slot] as number) + (this.#highs[slot * 2] as number) * WORD;
        this.line = (this.#lines[slot] as number) + (this.#highs[slot * 2 + 1] as number) * WORD;
        return true;
      }
      if ((first | second | third) === 0) {
        this.#free = slot;
        return false;
      }
      slot = slot + 1 === slots ? 0 : slot + 1;
    }
  }

  /** Adds the key that `find` has just looked for in vain; false if there is no room for it. */
  add(a: number, b: number, c: number, row: number, line: number): boolean {
    if (this.count >= this.#capacity) {
      if (this.#slots >= this.#limitSlots) return false;
      this.#grow();
      this.find(a, b, c);
    }
    this.#put(this.#free, a, b, c, row, line);
    return true;
  }

  /** Forgets all keys and, from now on, grows past its limit rather than refuse one. */
  startOver(): void {
    this.#limitSlots = Infinity;
    this.#prints.fill(0);
    this.count = 0;
  }

  each(visit: (a: number, b: number, c: number, row: number, line: number) => void): void {
    for (let slot = 0; slot < this.#slots; slot++) {
      const a = this.#prints[slot * 3] as number;
      const b = this.#prints[slot * 3 + 1] as number;
      const c = this.#prints[slot * 3 + 2] as number;
      if ((a | b | c) !== 0 && this.find(a, b, c)) visit(a, b, c, this.row, this.line);
    }
  }

  #put(slot: number, a: number, b: number, c: number, row: number, line: number): void {
    this.#prints[slot * 3] = a;
    this.#prints[slot * 3 + 1] = b;
    this.#prints[slot * 3 + 2] = c;
    this.#rows[slot] = row;
    this.#lines[slot] = line;
    this.#highs[slot * 2] = row / WORD;
    this.#highs[slot * 2 + 1] = line / WORD;
    this.count++;
  }

  #grow(): void {
    const { length } = this.#rows;
    const [prints, rows, lines, highs] = [this.#prints, this.#rows, this.#lines, this.#highs];
    this.#slots = Math.min(length * 2, this.#limitSlots);
    this.#allocate();
    for (let slot = 0; slot < length; slot++) {
      const a = prints[slot * 3] as number;
      const b = prints[slot * 3 + 1] as number;
      const c = prints[slot * 3 + 2] as number;
      if ((a | b | c) === 0) continue;
      this.find(a, b, c);
      const row = (rows[slot] as number) + (highs[slot * 2] as number) * WORD;
      const line = (lines[slot] as number) + (highs[slot * 2 + 1] as number) * WORD;
      this.#put(this.#free, a, b, c, row, line);
    }
  }

  #allocate(): void {
    this.#prints = new Int32Array(this.#slots * 3);
    this.#rows = new Uint32Array(this.#slots);
    this.#lines = new Uint32Array(this.#slots);
    this.#highs = new Uint8Array(this.#slots * 2);
    this.#capacity = capacityOf(this.#slots);
    this.count = 0;
  }
}

function capacityOf(slots: number): number {
  return Math.floor(slots * MAX_LOAD);
}
