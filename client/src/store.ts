import type { JournalEntry } from "./gap.ts";
import type { Stretch } from "./place.ts";
import type { Progress } from "./progress.ts";

/** What a consumer keeps between messages: a row an event, and one document. */
export interface ConsumerStore {
  /** Whether an event of this id is recorded. */
  has(id: string): Promise<boolean>;

  /** Does nothing for an id that is recorded. */
  record(entry: JournalEntry): Promise<void>;

  /** Those of a stretch, by epoch and then by sequence. */
  list(stretch: Stretch): Promise<readonly JournalEntry[]>;

  /** Drops those of a stretch, except what is in one of `kept`. */
  forget(stretch: Stretch, kept: readonly Stretch[]): Promise<void>;

  /** Null before the first `update`. */
  load(): Promise<Progress | null>;

  /**
   * Replaces the document, and nobody else does in between: a transaction, or compare and swap with another try, for
   * which `change` may be called again. Nothing need be written where it gives back what it was given.
   */
  update<T>(change: (progress: Progress | null) => readonly [Progress, T]): Promise<T>;
}
