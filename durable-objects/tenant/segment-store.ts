import type { EventPlace } from "../../src/domain/delivery-plan";

/** A stretch of the log that lies archived, or is about to. */
export interface SegmentRow {
  readonly epoch: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Events up to it and with it; equal where it holds none. */
  readonly eventsBefore: number;
  readonly lastEventSeq: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** Of the oldest key that it may have been sealed by when it was written. */
  readonly keyVersion: number;
}

/** Clocks are set back now and then: entries are this far out of the order of their times at most. */
const CLOCK_SLACK_MS = 60_000;

const COLUMNS = `epoch, first_seq AS firstSeq, last_seq AS lastSeq, events_before AS eventsBefore,
  last_event_seq AS lastEventSeq, min_ms AS minMs, max_ms AS maxMs, key_version AS keyVersion`;

/**
 * Owns the `segments` table: where in the archive a part of the log lies. A row is there before its segment is, so that
 * a write whose end nobody saw is known of. It never opens a transaction.
 */
export class SegmentStore {
  constructor(private readonly sql: SqlStorage) {}

  /** Of a segment that another attempt may have written too, the older key counts. */
  save(row: SegmentRow): void {
    this.sql.exec(
      `INSERT INTO segments (epoch, first_seq, last_seq, events_before, last_event_seq, min_ms, max_ms, key_version)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (epoch, first_seq) DO UPDATE SET last_seq = excluded.last_seq,
         events_before = excluded.events_before, last_event_seq = excluded.last_event_seq,
         min_ms = excluded.min_ms, max_ms = excluded.max_ms, key_version = MIN(key_version, excluded.key_version)`,
      row.epoch,
      row.firstSeq,
      row.lastSeq,
      row.eventsBefore,
      row.lastEventSeq,
      row.minMs,
      row.maxMs,
      row.keyVersion,
    );
  }

  delete(epoch: number, firstSeq: number): void {
    this.sql.exec(`DELETE FROM segments WHERE epoch = ? AND first_seq = ?`, epoch, firstSeq);
  }

  find(epoch: number, firstSeq: number): SegmentRow | undefined {
    return this.#read(`WHERE epoch = ? AND first_seq = ?`, epoch, firstSeq)[0];
  }

  /** Segments of one epoch that hold events after `eventSeq`, in order. */
  after(epoch: number, eventSeq: number, limit: number): SegmentRow[] {
    return this.#read(
      `WHERE epoch = ? AND last_event_seq > ? AND last_event_seq > events_before ORDER BY last_event_seq LIMIT ?`,
      epoch,
      eventSeq,
      limit,
    );
  }

  /** Whether a write beyond the cursor was begun by a key before this one, and nobody knows how it ended. */
  isInDoubtBefore({ epoch, seq }: { epoch: number; seq: number }, keyVersion: number): boolean {
    return (
      this.sql
        .exec(
          `SELECT 1 FROM segments WHERE (epoch, first_seq) > (?, ?) AND key_version < ? LIMIT 1`,
          epoch,
          seq,
          keyVersion,
        )
        .toArray().length > 0
    );
  }

  /** A place before which nothing is of that time or later; all that is archived where nothing archived is. */
  placeBefore(sinceMs: number): EventPlace {
    const [first] = this.#read(
      `WHERE max_ms >= ? AND last_event_seq > events_before ORDER BY max_ms LIMIT 1`,
      sinceMs - CLOCK_SLACK_MS,
    );
    if (first) return { epoch: first.epoch, eventSeq: first.eventsBefore };
    const [last] = this.#read(
      `WHERE last_event_seq > events_before ORDER BY epoch DESC, last_event_seq DESC LIMIT 1`,
    );
    return last ? { epoch: last.epoch, eventSeq: last.lastEventSeq } : { epoch: 0, eventSeq: 0 };
  }

  /** A place behind which everything is later than that; null where nothing archived is. */
  placeAfter(untilMs: number): EventPlace | null {
    const [first] = this.#read(
      `WHERE max_ms > ?1 AND min_ms > ?1 AND last_event_seq > events_before ORDER BY max_ms LIMIT 1`,
      untilMs + CLOCK_SLACK_MS,
    );
    return first ? { epoch: first.epoch, eventSeq: first.eventsBefore } : null;
  }

  /** The first segment that holds something of that time or later. */
  firstSince(ms: number): SegmentRow | undefined {
    return this.#read(`WHERE max_ms >= ? ORDER BY epoch, first_seq LIMIT 1`, ms)[0];
  }

  last(): SegmentRow | undefined {
    return this.#read(`ORDER BY epoch DESC, first_seq DESC LIMIT 1`)[0];
  }

  /** The last one with events that the archive is known to have; `archived` is its last entry. */
  lastArchived(archived: { readonly epoch: number; readonly seq: number }): SegmentRow | undefined {
    return this.#read(
      `WHERE (epoch, last_seq) <= (?, ?) AND last_event_seq > events_before ORDER BY epoch DESC, first_seq DESC LIMIT 1`,
      archived.epoch,
      archived.seq,
    )[0];
  }

  deleteBefore({ epoch, firstSeq }: Pick<SegmentRow, "epoch" | "firstSeq">): void {
    this.sql.exec(`DELETE FROM segments WHERE (epoch, first_seq) < (?, ?)`, epoch, firstSeq);
  }

  #read(rest: string, ...bindings: SqlStorageValue[]): SegmentRow[] {
    return this.sql
      .exec<SegmentRow & Record<string, SqlStorageValue>>(
        `SELECT ${COLUMNS} FROM segments ${rest}`,
        ...bindings,
      )
      .toArray();
  }
}
