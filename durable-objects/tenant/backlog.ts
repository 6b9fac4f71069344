import type { LogStore } from "./log-store";
import type { SinkStore } from "./sink-store";

export const SHARD_SINK = "shard";
export const ARCHIVE_SINK = "archive";
/** What must have an entry before the object may forget it. */
const REQUIRED_SINKS = [SHARD_SINK, ARCHIVE_SINK] as const;

/** How far a sink is behind the log. */
export interface SinkStanding {
  readonly sink: string;
  readonly epoch: number;
  readonly seq: number;
  readonly behind: number;
  /** In a row, since the last batch that it took. */
  readonly failures: number;
}

/**
 * Entries of the log that a required sink does not have yet. They lie in the object, which has a size: past a cap its
 * tenant's commands are put off, so that a sink that is down for long ends in a 503 and not in a full object.
 */
export class Backlog {
  constructor(
    private readonly log: Pick<LogStore, "head">,
    private readonly sinks: Pick<SinkStore, "cursor">,
    private readonly most: number,
  ) {}

  isFull(): boolean {
    return REQUIRED_SINKS.some((sink) => this.#behind(sink) > this.most);
  }

  standing(): readonly SinkStanding[] {
    return REQUIRED_SINKS.map((sink) => {
      const { epoch, seq, failures } = this.sinks.cursor(sink);
      return { sink, epoch, seq, failures, behind: this.#behind(sink) };
    });
  }

  /** Places go on counting from one epoch to the next; what a restore has undone counts for nothing. */
  #behind(sink: string): number {
    return Math.max(0, this.log.head().seq - this.sinks.cursor(sink).seq);
  }
}
