/** What a run is asked for, and what it answers. */

import type { Counters } from "../../domain/counters";
import type { ByteSink } from "../byte-writer";
import type { CompiledProfile } from "../profile/compile";
import type { Locale, TableDialect } from "../profile/profile";
import type { Unreadable } from "../reading/encoding";
import type { LabelMemory } from "../reading/header-names";
import type { Reading } from "../reading/reading";
import type { RuleTally } from "../report/rule-tallies";
import type { ColumnConventions } from "./conventions";
import type { RunObserver } from "./observed";
import type { RunState } from "./run-state";
import type { SpillStore } from "./uniqueness/spill";

export interface CatalogueRun {
  readonly source: ReadableStream<Uint8Array>;
  /** The source is gzip. Inflating stops at `maxInflatedBytes`, or sooner at a ratio that no catalogue has. */
  readonly compressed: boolean;
  readonly maxInflatedBytes: number;
  readonly profile: CompiledProfile;
  /** `correct` applies the fixes of the classes in the profile's `apply_fixes`; `validate` only offers them. */
  readonly mode: "validate" | "correct";
  /** The corrected file, in mode `correct`; null counts corrections and writes none. */
  readonly output: ByteSink | null;
  /**
   * NDJSON, one finding a line, in the order of rows, then of columns, then of rules over the whole file. At the
   * end, in the order of rows again, come the duplicates that were found through the spill store.
   */
  readonly report: ByteSink;
  readonly locale?: Locale;
  /**
   * Nobody who writes the file knows it beforehand, and the runs of one job share it: so no keys can be made up that
   * meet in the tables of `unique`. What is found does not depend on it.
   */
  readonly salt?: string;
  /** For the keys of `unique` and `unique_together`, all rules together; 4 MiB if absent. */
  readonly uniquenessBytes?: number;
  /** Takes the keys that have no room there. Without one, the report says from which row on they were not judged. */
  readonly spill?: SpillStore | null;
  /** In mode `correct`, the profile's derived columns are appended to the corrected file. */
  readonly enrich?: boolean;
  /** What is known of the file; it wins over the profile's own dialect, and the rest is found out. */
  readonly dialect?: TableDialect;
  /** What the tenant has accepted for labels before. */
  readonly labelMemory?: LabelMemory;
  /** `source`, as the file is encoded, unless one says `utf-8`. */
  readonly outputEncoding?: "source" | "utf-8";
  /**
   * Called about every 256 KiB of input; "stop" ends the run with the failure `stopped`, and "enough" ends it well,
   * as if the file had no rows but those judged so far.
   */
  readonly onProgress: (progress: CatalogueProgress) => PassAnswer | Promise<PassAnswer>;
  /** Is told what is found and changed, row by row. */
  readonly observer?: RunObserver;
  /** About every so many bytes, between two rows: all that was judged is in the sinks, and `save` may keep the state. */
  readonly checkpoints?: {
    readonly everyBytes: number;
    readonly save: (state: RunState, progress: CatalogueProgress) => Promise<ProgressAnswer>;
  };
  /** The run goes on from a state that was saved, with sinks that hold what they held then; `source` is read from its beginning all the same. */
  readonly resume?: {
    readonly state: RunState;
    /** The source once more, from one of its bytes on. */
    readonly sourceAt: (byte: number) => Promise<ReadableStream<Uint8Array>>;
  };
}

export type ProgressAnswer = "go" | "stop";
export type PassAnswer = ProgressAnswer | "enough";

export interface CatalogueProgress {
  /** Of the source as it is stored: comparable with its size, compressed or not. */
  readonly bytesRead: number;
  /** Of what the source holds, inflated: up to the end of the last row that was judged. */
  readonly bytesJudged: number;
  readonly counters: Counters;
}

export interface CatalogueSummary {
  readonly counters: Counters;
  readonly findingsTotal: number;
  /** A tally for each rule and fault that was found, in the order in which each was found first. */
  readonly byRule: readonly RuleTally[];
  readonly bytesRead: number;
  /** False if the run had enough before the file's end. */
  readonly isWhole: boolean;
  readonly bytesWritten: number;
  readonly reading: Reading;
  /** How the numbers and dates of each column that has some are read, in file order. */
  readonly conventions: readonly ColumnConventions[];
}

export type CatalogueFailure = {
  readonly reason: Unreadable["reason"] | "decompression_bomb" | "stopped";
  readonly detail: string;
};
