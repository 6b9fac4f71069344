import type { LogEntry } from "../../src/domain/event";
import { isWanted } from "../../src/domain/event-filter";
import type { PrivateName } from "../../src/domain/job";
import type { ArchivedEntry } from "../../src/domain/log-segment";
import { err, ok, type Result } from "../../src/domain/result";
import { toldWithout } from "../../src/domain/submission";
import type { TenantId } from "../../src/domain/tenant-id";
import { ShardLog } from "../../src/shards/shard-log";
import { segmentKey } from "../../src/storage/keys";
import { readSegment } from "../../src/storage/segments";
import { log } from "../../src/telemetry/logger";
import type { EventPage, OlderEvents } from "./operations/events";
import { within } from "./relay/within";
import type { Seal } from "./seal";
import type { SegmentRow } from "./segment-store";
import type { Stores } from "./stores";

/** Neither the shard nor the archive can say what there was: it may pass. */
type HistoryRefusal = { readonly reason: "history_unavailable" };

export interface HistoryPorts {
  readonly shard: (name: string) => D1Database;
  readonly files: Pick<R2Bucket, "get">;
}

/** Segments that one page opens at most; each holds 1,000 entries at most. */
const SEGMENTS_MAX = 2;
const SHARD_MS = 2_000;
const ARCHIVE_MS = 5_000;

/**
 * Events that the object has no more: the shard's while it has every one of the stretch, else the archive's. A page
 * comes from one of them, so that none is told twice or left out where one ends and the other goes on.
 */
export class History {
  constructor(
    private readonly ports: HistoryPorts,
    private readonly stores: Stores,
  ) {}

  async read(
    { tenantId, shard }: { readonly tenantId: TenantId; readonly shard: string },
    older: OlderEvents,
    seal: Seal,
  ): Promise<Result<EventPage, HistoryRefusal>> {
    const held = older.filter.source === "archive" ? null : await this.#fromShard(tenantId, shard, older);
    const { after, to } = older.stretch;
    const open = (entry: LogEntry) => seal.openEntry(entry, this.#erased(entry));
    if (held?.held === to - after) return ok(older.page(held.events.map(open), to));
    const segments = this.stores.segments
      .after(older.stretch.epoch, after, SEGMENTS_MAX)
      .filter(({ eventsBefore }) => eventsBefore < to);
    if (segments.length > 0) return this.#fromArchive(tenantId, segments, older, seal);
    // Nobody keeps it any more: what still is begins further on.
    const [next] = held?.held === 0 ? this.stores.segments.after(older.stretch.epoch, after, 1) : [];
    if (next) return ok(older.page([], Math.max(to, next.eventsBefore)));
    // Kept no longer by anybody, or by the shard alone.
    return held ? ok(older.page(held.events.map(open), to)) : err({ reason: "history_unavailable" });
  }

  async #fromShard(tenantId: TenantId, shard: string, { stretch, filter, limit }: OlderEvents) {
    try {
      return await within(
        SHARD_MS,
        new ShardLog(this.ports.shard(shard)).stretch(tenantId, stretch, filter, limit),
      );
    } catch (error) {
      log.warn("history.failed", { source: "shard", error: String(error) });
      return null;
    }
  }

  async #fromArchive(
    tenantId: TenantId,
    segments: readonly SegmentRow[],
    { stretch, filter, limit, page }: OlderEvents,
    seal: Seal,
  ): Promise<Result<EventPage, HistoryRefusal>> {
    const events: LogEntry[] = [];
    let scannedTo = stretch.after;
    for (const row of segments) {
      const entries = await this.#segment(tenantId, row, seal);
      if (entries === null) return err({ reason: "history_unavailable" });
      for (const entry of entries) {
        const { eventSeq } = entry;
        if (eventSeq === null || eventSeq <= scannedTo || eventSeq > stretch.to) continue;
        if (isWanted(filter, entry)) events.push(this.#opened(entry));
        if (events.length === limit) return ok(page(events, eventSeq));
      }
      scannedTo = Math.max(scannedTo, Math.min(stretch.to, row.lastEventSeq));
    }
    return ok(page(events, scannedTo));
  }

  /** None where it was deleted meanwhile; null where it cannot be read, which is never passed over. */
  async #segment(
    tenantId: TenantId,
    { epoch, firstSeq }: SegmentRow,
    seal: Seal,
  ): Promise<readonly ArchivedEntry[] | null> {
    const keys = seal.fileKeys(segmentKey(tenantId, epoch, firstSeq));
    try {
      const found = await within(ARCHIVE_MS, readSegment(this.ports.files, keys));
      if (found.ok) return found.value?.segment.entries ?? [];
      log.error("archive.unreadable", { path: keys.path, reason: found.error.reason });
    } catch (error) {
      log.warn("history.failed", { source: "archive", error: String(error) });
    }
    return null;
  }

  #opened({ salt: _salt, prevHash: _prevHash, ...entry }: ArchivedEntry): LogEntry {
    if (entry.type !== "job.submitted") return { ...entry, sealed: null };
    const data = JSON.parse(entry.payload) as Record<string, unknown>;
    return { ...entry, payload: JSON.stringify(toldWithout(data, this.#erased(entry))), sealed: null };
  }

  /** Copies follow what was shredded in their own time; it is told no more from the moment on. */
  #erased({ type, subject }: Pick<LogEntry, "type" | "subject">): readonly PrivateName[] {
    if (type !== "job.submitted") return [];
    return this.stores.jobs.find(subject.slice("job:".length))?.erased ?? [];
  }
}
