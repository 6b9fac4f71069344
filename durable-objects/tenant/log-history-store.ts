import type { EventPlace } from "../../src/domain/delivery-plan";
import type { ChainedEntry } from "../../src/domain/log";
import type { EpochStart } from "../../src/domain/log-line";
import type { LogPosition } from "../../src/shards/shard-projection";
import { COLUMNS, toEntry, type LogRow } from "./log-store";

type ChainedRow = LogRow & { salt: string | null; prev_hash: string };

/** The last entry that was trimmed, and the last event among what was. */
export interface LogFloor extends LogPosition {
  readonly event: EventPlace;
}

/** How much waits behind a place, as far as the look went. */
export interface Waiting {
  readonly entries: number;
  readonly chars: number;
}

interface TrimBounds {
  /** The last entry that may go. */
  readonly upTo: LogPosition;
  /** And only what is older than this, or lies deeper than `keptRows` below the newest. */
  readonly beforeMs: number;
  readonly keptRows: number;
  readonly limit: number;
}

/**
 * The old end of the `log` table: what the archive takes from it, what is trimmed, and what has to be known of it once
 * it is gone. It never opens a transaction: the caller composes.
 */
export class LogHistoryStore {
  constructor(private readonly sql: SqlStorage) {}

  /** Whole rows after a place in order, all of one epoch. */
  chainedAfter({ epoch, seq }: LogPosition, limit: number): ChainedEntry[] {
    const rows = this.sql
      .exec<ChainedRow>(
        `SELECT ${COLUMNS}, salt, prev_hash FROM log WHERE (epoch, seq) > (?, ?) ORDER BY epoch, seq LIMIT ?`,
        epoch,
        seq,
        limit,
      )
      .toArray();
    return rows
      .filter((row) => row.epoch === rows[0]?.epoch)
      .map((row) => ({ ...toEntry(row), salt: row.salt, prevHash: row.prev_hash }));
  }

  /** Whole rows of one epoch from a place on, in order. */
  chainedFrom(epoch: number, seq: number): ChainedEntry[] {
    return this.sql
      .exec<ChainedRow>(
        `SELECT ${COLUMNS}, salt, prev_hash FROM log WHERE epoch = ? AND seq >= ? ORDER BY seq`,
        epoch,
        seq,
      )
      .toArray()
      .map((row) => ({ ...toEntry(row), salt: row.salt, prevHash: row.prev_hash }));
  }

  hashAt(epoch: number, seq: number): string | null {
    return (
      this.sql
        .exec<{ hash: string }>(`SELECT hash FROM log WHERE epoch = ? AND seq = ?`, epoch, seq)
        .toArray()[0]?.hash ?? null
    );
  }

  /** An entry as it stands in another epoch from now on. */
  move(fromEpoch: number, { epoch, seq, eventSeq, prevHash, hash }: ChainedEntry): void {
    this.sql.exec(
      `UPDATE log SET epoch = ?, event_seq = ?, prev_hash = ?, hash = ? WHERE epoch = ? AND seq = ?`,
      epoch,
      eventSeq,
      prevHash,
      hash,
      fromEpoch,
      seq,
    );
  }

  /** What is behind a place, looked at no further than `limit` entries. */
  waiting({ epoch, seq }: LogPosition, limit: number): Waiting {
    return this.sql
      .exec<{ entries: number; chars: number }>(
        `SELECT COUNT(*) AS entries, COALESCE(SUM(size), 0) AS chars FROM (
           SELECT length(payload) + COALESCE(length(sealed), 0) AS size FROM log
           WHERE (epoch, seq) > (?, ?) ORDER BY epoch, seq LIMIT ?)`,
        epoch,
        seq,
        limit,
      )
      .one();
  }

  /** Null while nothing was trimmed. */
  floor(): LogFloor | null {
    const row = this.sql
      .exec<{ epoch: number; seq: number; event_epoch: number; event_seq: number }>(
        `SELECT epoch, seq, event_epoch, event_seq FROM log_floor`,
      )
      .toArray()[0];
    if (!row) return null;
    const event = { epoch: row.event_epoch, eventSeq: row.event_seq };
    return { epoch: row.epoch, seq: row.seq, event };
  }

  /** The entry that an event, or the first one behind it, is; null where there is none. */
  positionOf({ epoch, eventSeq }: EventPlace): LogPosition | null {
    return (
      this.sql
        .exec<{ epoch: number; seq: number }>(
          `SELECT epoch, seq FROM log WHERE event_seq IS NOT NULL AND (epoch, event_seq) >= (?, ?)
           ORDER BY epoch, event_seq LIMIT 1`,
          epoch,
          eventSeq,
        )
        .toArray()[0] ?? null
    );
  }

  /** Of every epoch that the log has ever had, trimmed ones included; `last` is its newest event. */
  epochStarts(last: EventPlace): EpochStart[] {
    const known = this.sql
      .exec<{ epoch: number; eventsBefore: number }>(
        `SELECT epoch, events_before AS eventsBefore FROM log_epochs ORDER BY epoch`,
      )
      .toArray();
    const found: { epoch: number; eventsBefore: number | null }[] = [];
    for (
      let epoch = this.#epochAfter(known.at(-1)?.epoch ?? 0);
      epoch !== null;
      epoch = this.#epochAfter(epoch)
    )
      found.push({ epoch, eventsBefore: this.#eventsBefore(epoch) });
    // An epoch without events has as many before it as the one that follows.
    let following = last.eventSeq;
    const starts = found.reverse().map(({ epoch, eventsBefore }) => {
      following = eventsBefore ?? following;
      return { epoch, eventsBefore: following };
    });
    return [...known, ...starts.reverse()];
  }

  /** Deletes the oldest entries within the bounds, never the newest one, and keeps in mind what they were; how many. */
  trim({ upTo, beforeMs, keptRows, limit }: TrimBounds, head: LogPosition & EventPlace): number {
    const rows = this.sql
      .exec<{ epoch: number; seq: number; event_seq: number | null; time_ms: number }>(
        `SELECT epoch, seq, event_seq, time_ms FROM log
         WHERE (epoch, seq) <= (?, ?) AND (epoch, seq) < (?, ?) ORDER BY epoch, seq LIMIT ?`,
        upTo.epoch,
        upTo.seq,
        head.epoch,
        head.seq,
        limit,
      )
      .toArray();
    const kept = rows.findIndex((row) => row.time_ms >= beforeMs && head.seq - row.seq < keptRows);
    const trimmed = kept === -1 ? rows : rows.slice(0, kept);
    const last = trimmed.at(-1);
    if (!last) return 0;
    for (const { epoch, eventsBefore } of this.epochStarts(head))
      if (epoch <= last.epoch)
        this.sql.exec(
          `INSERT INTO log_epochs (epoch, events_before) VALUES (?, ?) ON CONFLICT DO NOTHING`,
          epoch,
          eventsBefore,
        );
    const event = trimmed.findLast(({ event_seq }) => event_seq !== null);
    const former = this.floor()?.event;
    this.sql.exec(
      `INSERT INTO log_floor (id, epoch, seq, event_epoch, event_seq) VALUES (1, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq,
         event_epoch = excluded.event_epoch, event_seq = excluded.event_seq`,
      last.epoch,
      last.seq,
      event?.epoch ?? former?.epoch ?? 0,
      event?.event_seq ?? former?.eventSeq ?? 0,
    );
    this.sql.exec(`DELETE FROM log WHERE (epoch, seq) <= (?, ?)`, last.epoch, last.seq);
    return trimmed.length;
  }

  #epochAfter(epoch: number): number | null {
    return this.sql
      .exec<{ epoch: number | null }>(`SELECT MIN(epoch) AS epoch FROM log WHERE epoch > ?`, epoch)
      .one().epoch;
  }

  #eventsBefore(epoch: number): number | null {
    const { first } = this.sql
      .exec<{ first: number | null }>(
        `SELECT MIN(event_seq) AS first FROM log WHERE epoch = ? AND event_seq IS NOT NULL`,
        epoch,
      )
      .one();
    return first === null ? null : first - 1;
  }
}
