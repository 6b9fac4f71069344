import type { JournalEntry } from "./gap.ts";
import { holdsPlace, isAfter, type Stretch } from "./place.ts";
import type { Progress } from "./progress.ts";
import type { ConsumerStore } from "./store.ts";

const MOST_EVENTS = 100_000;

/**
 * For one process, and as long as it lives: one that begins anew asks for what there was. When it is full it takes no
 * more events, and the platform sends them later, rather than forget any and hand it over twice.
 */
export class MemoryStore implements ConsumerStore {
  readonly #entries = new Map<string, JournalEntry>();
  readonly #mostEvents: number;
  #progress: Progress | null = null;

  constructor(mostEvents: number = MOST_EVENTS) {
    this.#mostEvents = mostEvents;
  }

  get size(): number {
    return this.#entries.size;
  }

  async has(id: string): Promise<boolean> {
    if (this.#entries.has(id)) return true;
    if (this.size >= this.#mostEvents) throw new RangeError(`The store holds ${this.#mostEvents} events.`);
    return false;
  }

  async record(entry: JournalEntry): Promise<void> {
    this.#entries.set(entry.id, entry);
  }

  async list(stretch: Stretch): Promise<readonly JournalEntry[]> {
    return [...this.#entries.values()]
      .filter(({ place }) => holdsPlace(stretch, place))
      .sort((a, b) => (isAfter(a.place, b.place) ? 1 : -1));
  }

  async forget(stretch: Stretch, kept: readonly Stretch[]): Promise<void> {
    for (const { id, place } of this.#entries.values())
      if (holdsPlace(stretch, place) && !kept.some((other) => holdsPlace(other, place)))
        this.#entries.delete(id);
  }

  async load(): Promise<Progress | null> {
    return this.#progress;
  }

  async update<T>(change: (progress: Progress | null) => readonly [Progress, T]): Promise<T> {
    const [progress, result] = change(this.#progress);
    this.#progress = progress;
    return result;
  }
}
