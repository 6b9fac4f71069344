import type { EventPlace, WaitingEvent } from "../../src/domain/delivery-plan";

/** An event whose attempts are used up: only a replay sends it again. */
export interface DeadEvent extends Omit<WaitingEvent, "dueMs"> {
  readonly parkedAtMs: number;
}

type DeliveryRow = {
  epoch: number;
  event_seq: number;
  event_id: string;
  type: string;
  lane_key: string;
  attempts: number;
  due_ms: number;
  parked_ms: number | null;
};

export interface DeliveryCounts {
  readonly waiting: number;
  readonly parked: number;
}

/**
 * Owns the table `deliveries`: events that an endpoint's cursor has passed and that were not delivered. It never opens
 * a transaction: the caller composes.
 */
export class DeliveryStore {
  constructor(private readonly sql: SqlStorage) {}

  /** In the order of their places. */
  waiting(endpointId: string): WaitingEvent[] {
    return this.#read(
      `SELECT * FROM deliveries WHERE endpoint_id = ? AND state = 'waiting' ORDER BY epoch, event_seq`,
      endpointId,
    ).map(toWaiting);
  }

  /** In the order of their places, after one of them. */
  parked(endpointId: string, after: EventPlace, limit: number): DeadEvent[] {
    return this.#read(
      `SELECT * FROM deliveries WHERE endpoint_id = ? AND state = 'parked' AND (epoch, event_seq) > (?, ?)
       ORDER BY epoch, event_seq LIMIT ?`,
      endpointId,
      after.epoch,
      after.eventSeq,
      limit,
    ).map(toDead);
  }

  findParked(endpointId: string, place: EventPlace): DeadEvent | undefined {
    return this.#read(
      `SELECT * FROM deliveries WHERE endpoint_id = ? AND state = 'parked' AND epoch = ? AND event_seq = ?`,
      endpointId,
      place.epoch,
      place.eventSeq,
    ).map(toDead)[0];
  }

  counts(endpointId: string): DeliveryCounts {
    return this.sql
      .exec<{ waiting: number; parked: number }>(
        `SELECT COUNT(*) FILTER (WHERE state = 'waiting') AS waiting, COUNT(*) FILTER (WHERE state = 'parked') AS parked
         FROM deliveries WHERE endpoint_id = ?`,
        endpointId,
      )
      .one();
  }

  saveWaiting(endpointId: string, event: WaitingEvent): void {
    this.#save(endpointId, event, "waiting", event.dueMs, null);
  }

  /** It waits no more. */
  park(endpointId: string, event: WaitingEvent, nowMs: number): void {
    this.removeWaiting(endpointId, event);
    this.#save(endpointId, event, "parked", 0, nowMs);
  }

  /** It is tried again, as if for the first time. */
  unpark(endpointId: string, event: DeadEvent, dueMs: number): void {
    this.sql.exec(
      `DELETE FROM deliveries WHERE endpoint_id = ? AND state = 'parked' AND epoch = ? AND event_seq = ?`,
      endpointId,
      event.epoch,
      event.eventSeq,
    );
    this.#save(endpointId, { ...event, attempts: 0 }, "waiting", dueMs, null);
  }

  removeWaiting(endpointId: string, { epoch, eventSeq }: EventPlace): void {
    this.sql.exec(
      `DELETE FROM deliveries WHERE endpoint_id = ? AND state = 'waiting' AND epoch = ? AND event_seq = ?`,
      endpointId,
      epoch,
      eventSeq,
    );
  }

  /** Those after a place: the cursor went back, and they will be met again. */
  removeAfter(endpointId: string, { epoch, eventSeq }: EventPlace): void {
    this.sql.exec(
      `DELETE FROM deliveries WHERE endpoint_id = ? AND (epoch, event_seq) > (?, ?)`,
      endpointId,
      epoch,
      eventSeq,
    );
  }

  removeAllWaiting(endpointId: string): void {
    this.sql.exec(`DELETE FROM deliveries WHERE endpoint_id = ? AND state = 'waiting'`, endpointId);
  }

  /** Those after a place are of another epoch. */
  move({ epoch, eventSeq }: EventPlace, toEpoch: number): void {
    this.sql.exec(
      `UPDATE deliveries SET epoch = ? WHERE epoch = ? AND event_seq > ?`,
      toEpoch,
      epoch,
      eventSeq,
    );
  }

  /** What waits, of one lane key or of all, waits no more: a replay alone sends it. */
  parkWaiting(endpointId: string, laneKey: string | null, nowMs: number): void {
    this.sql.exec(
      `UPDATE deliveries SET state = 'parked', parked_ms = ?1
       WHERE endpoint_id = ?2 AND state = 'waiting' AND (?3 IS NULL OR lane_key = ?3)`,
      nowMs,
      endpointId,
      laneKey,
    );
  }

  /** How many wait, and when the first of those is due that are the first of their key; null for none. */
  turns(endpointId: string): { readonly waiting: number; readonly dueMs: number | null } {
    // In SQLite a bare column beside MIN() is of the row that has the minimum.
    return this.sql
      .exec<{ waiting: number; dueMs: number | null }>(
        `SELECT COALESCE(SUM(waiting), 0) AS waiting, MIN(due) AS dueMs FROM (
           SELECT COUNT(*) AS waiting, due_ms AS due, MIN(epoch * 1000000000000 + event_seq) FROM deliveries
           WHERE endpoint_id = ? AND state = 'waiting' GROUP BY lane_key)`,
        endpointId,
      )
      .one();
  }

  removeAll(endpointId: string): void {
    this.sql.exec(`DELETE FROM deliveries WHERE endpoint_id = ?`, endpointId);
  }

  /** The first event that any endpoint may still send; null where there is none. */
  earliest(): EventPlace | null {
    const row = this.sql
      .exec<{ epoch: number; eventSeq: number }>(
        `SELECT epoch, event_seq AS eventSeq FROM deliveries ORDER BY epoch, event_seq LIMIT 1`,
      )
      .toArray()[0];
    return row ?? null;
  }

  forgetParked(beforeMs: number): void {
    this.sql.exec(`DELETE FROM deliveries WHERE state = 'parked' AND parked_ms < ?`, beforeMs);
  }

  earliestParkedMs(): number | null {
    return this.sql
      .exec<{ at: number | null }>(`SELECT MIN(parked_ms) AS at FROM deliveries WHERE state = 'parked'`)
      .one().at;
  }

  eraseAll(): void {
    this.sql.exec(`DELETE FROM deliveries`);
  }

  #save(
    endpointId: string,
    event: Omit<WaitingEvent, "dueMs">,
    state: "waiting" | "parked",
    dueMs: number,
    parkedMs: number | null,
  ): void {
    this.sql.exec(
      `INSERT INTO deliveries (endpoint_id, epoch, event_seq, event_id, type, lane_key, state, attempts, due_ms, parked_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET attempts = excluded.attempts, due_ms = excluded.due_ms, parked_ms = excluded.parked_ms`,
      endpointId,
      event.epoch,
      event.eventSeq,
      event.id,
      event.type,
      event.laneKey,
      state,
      event.attempts,
      dueMs,
      parkedMs,
    );
  }

  #read(query: string, ...bindings: SqlStorageValue[]): DeliveryRow[] {
    return this.sql.exec<DeliveryRow>(query, ...bindings).toArray();
  }
}

const toWaiting = ({ due_ms: dueMs, ...row }: DeliveryRow): WaitingEvent => ({ ...toEvent(row), dueMs });

const toDead = ({ parked_ms: parkedMs, ...row }: DeliveryRow): DeadEvent => ({
  ...toEvent(row),
  parkedAtMs: parkedMs ?? 0,
});

const toEvent = (row: Omit<DeliveryRow, "due_ms" | "parked_ms">): Omit<WaitingEvent, "dueMs"> => ({
  epoch: row.epoch,
  eventSeq: row.event_seq,
  id: row.event_id,
  type: row.type,
  laneKey: row.lane_key,
  attempts: row.attempts,
});
