import type { LogEntry } from "../domain/event";
import { subjectOf, type EventFilter } from "../domain/event-filter";
import type { Stretch } from "../domain/log-line";
import type { TenantId } from "../domain/tenant-id";
import { requireTenant } from "../domain/tenant-isolation";
import type { LogPosition } from "./shard-projection";

interface HeldEvents {
  /** Of all events of the stretch, wanted or not: fewer than there are means that some are not here any more. */
  readonly held: number;
  readonly events: readonly LogEntry[];
}

/** What is too old to be kept: rows that came before these times, as far as the archive has them. */
export interface Expired {
  readonly eventsBeforeMs: number;
  readonly auditBeforeMs: number;
  readonly upTo: LogPosition;
}

/** Rows of each table that one call deletes at most. */
const TRIM_MAX = 500;

const IN_STRETCH = `tenant_id = ?1 AND epoch = ?2 AND event_seq > ?3 AND event_seq <= ?4`;

const COUNT_STRETCH = `SELECT COUNT(*) AS held FROM events WHERE ${IN_STRETCH}`;

/** A condition whose parameter is null wants everything. */
const READ_STRETCH = `SELECT tenant_id AS "tenantId", epoch, seq, 'event' AS kind, event_seq AS "eventSeq", id, type,
    subject, time_ms AS "timeMs", actor_id AS "actorId", traceparent, COALESCE(payload, '{}') AS payload, sealed,
    payload_digest AS "payloadDigest", hash
  FROM events
  WHERE ${IN_STRETCH} AND (?5 IS NULL OR type = ?5) AND (?6 IS NULL OR subject = ?6)
    AND (?7 IS NULL OR time_ms >= ?7) AND (?8 IS NULL OR time_ms < ?8)
  ORDER BY event_seq LIMIT ?9`;

/** `?2` the epoch, `?3` the place after which: of either table by its own key. */
const READ_HASHES = `SELECT seq, hash FROM (
    SELECT seq, hash FROM events WHERE tenant_id = ?1 AND epoch = ?2 AND seq > ?3
    UNION ALL SELECT seq, hash FROM audit_logs WHERE tenant_id = ?1 AND epoch = ?2 AND seq > ?3)
  ORDER BY seq LIMIT ?4`;

/** `?2` the time, `(?3, ?4)` the last place that may go. */
const TRIM = [
  `DELETE FROM events WHERE tenant_id = ?1 AND (epoch, seq) IN (
     SELECT epoch, seq FROM events INDEXED BY events_by_time
     WHERE tenant_id = ?1 AND time_ms < ?2 AND (epoch, seq) <= (?3, ?4) ORDER BY time_ms LIMIT ${TRIM_MAX})`,
  `DELETE FROM audit_logs WHERE tenant_id = ?1 AND (epoch, seq) IN (
     SELECT epoch, seq FROM audit_logs INDEXED BY audit_logs_by_time
     WHERE tenant_id = ?1 AND time_ms < ?2 AND (epoch, seq) <= (?3, ?4) ORDER BY time_ms LIMIT ${TRIM_MAX})`,
] as const;

/** A tenant's log as its shard keeps it: read where the object has it no more, and deleted when its time has come. */
export class ShardLog {
  constructor(private readonly db: D1Database) {}

  /** The wanted events of a stretch, at most `limit`, and how many of it there are at all; in one call. */
  async stretch(
    tenantId: TenantId,
    { epoch, after, to }: Stretch,
    filter: EventFilter,
    limit: number,
  ): Promise<HeldEvents> {
    const { type, sinceMs, untilMs } = filter;
    const place = [tenantId, epoch, after, to];
    const [counted, read] = await this.db.batch([
      this.db.prepare(COUNT_STRETCH).bind(...place),
      this.db.prepare(READ_STRETCH).bind(...place, type, subjectOf(filter), sinceMs, untilMs, limit),
    ]);
    const [count] = (counted?.results ?? []) as { held: number }[];
    const rows = (read?.results ?? []) as (LogEntry & { readonly tenantId: string })[];
    const events = rows.map(({ tenantId: found, ...entry }) => {
      requireTenant(tenantId, found, "a shard's events");
      return entry;
    });
    return { held: count?.held ?? 0, events };
  }

  /** Entries of one epoch after a place, by what proves which they are; at most `limit`. */
  async hashesAfter(
    tenantId: TenantId,
    { epoch, seq }: LogPosition,
    limit: number,
  ): Promise<readonly { readonly seq: number; readonly hash: string }[]> {
    const { results } = await this.db
      .prepare(READ_HASHES)
      .bind(tenantId, epoch, seq, limit)
      .all<{ seq: number; hash: string }>();
    return results;
  }

  /** Deletes some of what has expired, oldest first; whether none is left. Repeating it is harmless. */
  async trim(tenantId: TenantId, { eventsBeforeMs, auditBeforeMs, upTo }: Expired): Promise<boolean> {
    const bounds = [eventsBeforeMs, auditBeforeMs];
    const deleted = await this.db.batch(
      TRIM.map((sql, at) => this.db.prepare(sql).bind(tenantId, bounds[at], upTo.epoch, upTo.seq)),
    );
    return deleted.every(({ meta }) => meta.changes < TRIM_MAX);
  }
}
