/** Which rows a preview shows, decided row by row in file order, so that no more rows are held than are shown. */

export const SAMPLES = ["head", "random", "stratified"] as const;
export type SampleKind = (typeof SAMPLES)[number];

export interface SampledRow {
  readonly row: number;
  /** The rules that found something in it. */
  readonly rules: ReadonlySet<string>;
}

export interface RowSample<Row extends SampledRow> {
  offer(row: Row): void;
  /** In file order. */
  readonly rows: readonly Row[];
}

export function sampleOf<Row extends SampledRow>(
  kind: SampleKind,
  size: number,
  seed: number,
): RowSample<Row> {
  switch (kind) {
    case "head":
      return new Head<Row>(size);
    case "random":
      return new Reservoir<Row>(size, seed);
    case "stratified":
      return new Strata<Row>(size);
  }
}

class Head<Row extends SampledRow> implements RowSample<Row> {
  readonly rows: Row[] = [];

  constructor(private readonly size: number) {}

  offer(row: Row): void {
    if (this.rows.length < this.size) this.rows.push(row);
  }
}

/** Every row, with findings or without, has the same chance (Vitter's algorithm R). */
class Reservoir<Row extends SampledRow> implements RowSample<Row> {
  readonly #held: Row[] = [];
  readonly #random: () => number;
  #offered = 0;

  constructor(
    private readonly size: number,
    seed: number,
  ) {
    this.#random = mulberry32(seed);
  }

  offer(row: Row): void {
    this.#offered++;
    if (this.#held.length < this.size) {
      this.#held.push(row);
      return;
    }
    const at = Math.floor(this.#random() * this.#offered);
    if (at < this.size) this.#held[at] = row;
  }

  get rows(): readonly Row[] {
    return this.#held.toSorted((a, b) => a.row - b.row);
  }
}

/**
 * The first rows of each rule that finds something, as many of each as there is room for: a rule that is seen late
 * takes the room of those that have several.
 */
class Strata<Row extends SampledRow> implements RowSample<Row> {
  rows: Row[] = [];
  #counts = new Map<string, number>();
  #perRule: number;

  constructor(private readonly size: number) {
    this.#perRule = size;
  }

  offer(row: Row): void {
    if (!this.#hasRoomFor(row)) return;
    this.#take(row);
    while (this.rows.length > this.size && this.#perRule > 1) {
      this.#perRule--;
      const before = this.rows;
      this.rows = [];
      this.#counts = new Map();
      for (const held of before) if (this.#hasRoomFor(held)) this.#take(held);
    }
    if (this.rows.length > this.size) this.rows.pop();
  }

  #hasRoomFor({ rules }: Row): boolean {
    return [...rules].some((rule) => (this.#counts.get(rule) ?? 0) < this.#perRule);
  }

  #take(row: Row): void {
    this.rows.push(row);
    for (const rule of row.rules) this.#counts.set(rule, (this.#counts.get(rule) ?? 0) + 1);
  }
}

/** Small, seeded, and the same everywhere. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
