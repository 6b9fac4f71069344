import { chainEntry, headAfter, GENESIS, type LogHead, type Place } from "../../src/domain/log";
import type { EventPlace } from "../../src/domain/delivery-plan";
import type { EventType, Fact, LogEntry } from "../../src/domain/event";
import { subjectOf, type EventFilter } from "../../src/domain/event-filter";
import type { Stretch } from "../../src/domain/log-line";
import type { SealedMembers } from "./seal";
import { canonicalJson, sha256Hex } from "../../src/crypto/canonical-json";

export type LogRow = {
  epoch: number;
  seq: number;
  kind: LogEntry["kind"];
  event_seq: number | null;
  id: string;
  type: LogEntry["type"];
  subject: string;
  time_ms: number;
  actor_id: string;
  traceparent: string | null;
  payload: string;
  sealed: string | null;
  payload_digest: string;
  hash: string;
};

/** What tells whether somebody wants an event. */
export type EventName = { epoch: number; eventSeq: number; id: string; type: EventType; subject: string };

export const COLUMNS = `epoch, seq, kind, event_seq, id, type, subject, time_ms, actor_id, traceparent, payload, sealed,
  payload_digest, hash`;

/** Owns the `log` table: append-only, chained. It never opens a transaction: the caller composes. */
export class LogStore {
  #head: LogHead | null = null;

  constructor(private readonly sql: SqlStorage) {}

  /** `sealed`: members of the fact's data that must not rest in the clear, as they rest. */
  append(fact: Fact, place: Place, sealed: SealedMembers | null = null): LogEntry {
    const head = this.head();
    const whole = canonicalJson(fact.data);
    const open = sealed === null ? whole : canonicalJson(without(fact.data, sealed.names));
    const payload = { whole, open, sealed: sealed?.text ?? null };
    const salt = sealed?.salt ?? place.salt;
    const entry = chainEntry(head, fact, { ...place, salt }, payload, sha256Hex);
    this.sql.exec(
      `INSERT INTO log (epoch, seq, kind, event_seq, id, type, subject, time_ms, actor_id, traceparent,
         payload, sealed, salt, payload_digest, prev_hash, hash)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      entry.epoch,
      entry.seq,
      entry.kind,
      entry.eventSeq,
      entry.id,
      entry.type,
      entry.subject,
      entry.timeMs,
      entry.actorId,
      entry.traceparent,
      entry.payload,
      entry.sealed,
      entry.salt,
      entry.payloadDigest,
      entry.prevHash,
      entry.hash,
    );
    this.#head = headAfter(head, entry);
    return entry;
  }

  /** The newest entry's place, kept in memory between appends. */
  head(): LogHead {
    this.#head ??= this.#readHead();
    return this.#head;
  }

  /** What is appended from now on belongs to another epoch; inside the command that appends its first entry. */
  startEpoch(head: LogHead): void {
    this.#head = head;
  }

  /** Forgets the cached head; to be called whenever a write may have been rolled back. */
  forget(): void {
    this.#head = null;
  }

  /** Entries after `(epoch, seq)` in order, at most `limit`. */
  after(epoch: number, seq: number, limit: number): LogEntry[] {
    return this.sql
      .exec<LogRow>(
        `SELECT ${COLUMNS} FROM log WHERE (epoch, seq) > (?, ?) ORDER BY epoch, seq LIMIT ?`,
        epoch,
        seq,
        limit,
      )
      .toArray()
      .map(toEntry);
  }

  /** The wanted events of a stretch in order, at most `limit`. */
  eventsIn({ epoch, after, to }: Stretch, filter: EventFilter, limit: number): LogEntry[] {
    const { type, sinceMs, untilMs } = filter;
    return this.sql
      .exec<LogRow>(
        `SELECT ${COLUMNS} FROM log WHERE epoch = ?1 AND event_seq > ?2 AND event_seq <= ?3
           AND (?4 IS NULL OR type = ?4) AND (?5 IS NULL OR subject = ?5)
           AND (?6 IS NULL OR time_ms >= ?6) AND (?7 IS NULL OR time_ms < ?7)
         ORDER BY event_seq LIMIT ?8`,
        epoch,
        after,
        to,
        type,
        subjectOf(filter),
        sinceMs,
        untilMs,
        limit,
      )
      .toArray()
      .map(toEntry);
  }

  /** Places and names of client-visible events after a place, over all epochs, in order. */
  namesAfter({ epoch, eventSeq }: EventPlace, limit: number): EventName[] {
    return this.sql
      .exec<EventName>(
        `SELECT epoch, event_seq AS eventSeq, id, type, subject FROM log
         WHERE event_seq IS NOT NULL AND (epoch, event_seq) > (?, ?) ORDER BY epoch, event_seq LIMIT ?`,
        epoch,
        eventSeq,
        limit,
      )
      .toArray();
  }

  event({ epoch, eventSeq }: EventPlace): LogEntry | undefined {
    return this.sql
      .exec<LogRow>(`SELECT ${COLUMNS} FROM log WHERE epoch = ? AND event_seq = ?`, epoch, eventSeq)
      .toArray()
      .map(toEntry)[0];
  }

  /**
   * The place before the first event of that time or later, and the newest one where there is none. Null where what
   * the log still has begins later than that, and something was trimmed. By halves: times have no index, but an order.
   */
  placeBefore(sinceMs: number): EventPlace | null {
    const { epoch, eventSeq } = this.head();
    let later: EventPlace = { epoch, eventSeq };
    for (const stretch of this.#stretches()) {
      let [low, high] = [stretch.first, stretch.last + 1];
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        if (this.#timeOf(stretch.epoch, middle) < sinceMs) low = middle + 1;
        else high = middle;
      }
      if (low > stretch.last) continue;
      later = { epoch: stretch.epoch, eventSeq: low - 1 };
      return low === stretch.first && stretch.isTrimmed ? null : later;
    }
    return later;
  }

  /** What the log still has of each epoch's events, in order. */
  #stretches(): { epoch: number; first: number; last: number; isTrimmed: boolean }[] {
    const floor = this.sql.exec(`SELECT 1 FROM log_floor`).toArray().length > 0;
    return this.sql
      .exec<{ epoch: number; first: number; last: number }>(
        `SELECT epoch, MIN(event_seq) AS first, MAX(event_seq) AS last FROM log
         WHERE event_seq IS NOT NULL GROUP BY epoch ORDER BY epoch`,
      )
      .toArray()
      .map((stretch, at) => ({ ...stretch, isTrimmed: floor && at === 0 }));
  }

  #timeOf(epoch: number, eventSeq: number): number {
    return this.sql
      .exec<{ at: number }>(
        `SELECT time_ms AS at FROM log WHERE epoch = ? AND event_seq >= ? ORDER BY event_seq LIMIT 1`,
        epoch,
        eventSeq,
      )
      .one().at;
  }

  #readHead(): LogHead {
    const row = this.sql
      .exec<{ epoch: number; seq: number; hash: string }>(
        `SELECT epoch, seq, hash FROM log ORDER BY epoch DESC, seq DESC LIMIT 1`,
      )
      .toArray()[0];
    if (!row) return GENESIS;
    // What was trimmed goes on counting.
    const { last } = this.sql
      .exec<{ last: number | null }>(
        `SELECT COALESCE(
           (SELECT event_seq FROM log WHERE event_seq IS NOT NULL ORDER BY epoch DESC, event_seq DESC LIMIT 1),
           (SELECT event_seq FROM log_floor)) AS last`,
      )
      .one();
    return { ...row, eventSeq: last ?? 0 };
  }
}

export const toEntry = (row: LogRow): LogEntry => ({
  epoch: row.epoch,
  seq: row.seq,
  kind: row.kind,
  eventSeq: row.event_seq,
  id: row.id,
  type: row.type,
  subject: row.subject,
  timeMs: row.time_ms,
  actorId: row.actor_id,
  traceparent: row.traceparent,
  payload: row.payload,
  sealed: row.sealed,
  payloadDigest: row.payload_digest,
  hash: row.hash,
});

const without = (data: object, names: readonly string[]): object =>
  Object.fromEntries(Object.entries(data).filter(([name]) => !names.includes(name)));
