import type { EventPlace } from "../../src/domain/delivery-plan";
import type { TenantId } from "../../src/domain/tenant-id";
import { RETENTION } from "../../src/domain/tier";
import type { LogPosition } from "../../src/shards/shard-projection";
import { ShardLog } from "../../src/shards/shard-log";
import { segmentKey, segmentsPrefix } from "../../src/storage/keys";
import { log } from "../../src/telemetry/logger";
import type { CommandQueue } from "./command";
import { isShredded } from "./operations/key-standing";
import { ARCHIVE_SINK, SHARD_SINK } from "./backlog";
import { within } from "./relay/within";
import type { Stores } from "./stores";
import type { TenantKeys } from "./tenant-keys";
import type { TenantRecord } from "./tenant-store";

const DAY_MS = 86_400_000;
/** Between two steps the object answers others. */
const STEP_MS = 50;
const RETRY_MS = 10 * 60_000;
/** What is younger stays in the object, so that whoever reads the end of the log needs nobody else for it. */
export const HOT_MS = 7 * DAY_MS;
/** And of that no more than this: an object holds 10 GB. */
const HOT_ROWS = 1_000_000;
const TRIM_ROWS = 1_000;
const DELETE_KEYS = 200;
const REMOTE_MS = 5_000;

/** Somebody who reads the object's log at a pace of their own: the first event that they still need, null for none. */
export type LogHolder = () => EventPlace | null;

export interface RetentionPorts {
  readonly shard: (name: string) => D1Database;
  readonly files: Pick<R2Bucket, "list" | "delete">;
}

/**
 * Lets go of what has been kept long enough: entries of the object once everybody has them, rows of the shard once the
 * archive has them, segments of the archive when their time has come. Each may be done again, and goes on where it was.
 */
export class Retention {
  constructor(
    private readonly ports: RetentionPorts,
    private readonly stores: Stores,
    private readonly commands: CommandQueue,
    private readonly keys: TenantKeys,
    private readonly holders: readonly LogHolder[],
  ) {}

  /** One bounded step of each, and when the next is due. What is out of reach keeps the others from nothing. */
  async step(tenant: TenantRecord): Promise<void> {
    // Of a shredded tenant the object alone is left that proves what there was.
    if (isShredded(this.stores)) return this.#at(null);
    // While the archive does not open, nothing that it should stand for is let go of.
    if (!(await this.keys.ready(tenant.tenantId)).ok) return this.#at(Date.now() + RETRY_MS);
    const nowMs = Date.now();
    const outcomes = await Promise.allSettled([
      this.#trimLog(tenant, nowMs),
      this.#trimShard(tenant, nowMs),
      this.#trimArchive(tenant, nowMs),
    ]);
    for (const outcome of outcomes)
      if (outcome.status === "rejected") log.warn("retention.failed", { error: String(outcome.reason) });
    const hasFailed = outcomes.some(({ status }) => status === "rejected");
    const isDone = outcomes.every((outcome) => outcome.status === "fulfilled" && outcome.value);
    const waitMs = hasFailed ? RETRY_MS : isDone ? DAY_MS : STEP_MS;
    // A tenant of which nothing is kept that could grow old is left to sleep.
    const isIdle = isDone && this.stores.segments.last() === undefined;
    await this.#at(isIdle ? null : Date.now() + waitMs);
  }

  #trimLog({ tier }: TenantRecord, nowMs: number): Promise<boolean> {
    return this.commands.run(() => {
      const { history, log: entries } = this.stores;
      // Past that many rows nobody holds them back any more: an object that is full serves nobody at all.
      const isFull = entries.head().seq - (history.floor()?.seq ?? 0) > HOT_ROWS;
      const bounds = {
        upTo: this.#heldUpTo(isFull ? [] : this.holders),
        beforeMs: nowMs - Math.min(HOT_MS, RETENTION[tier].logMs),
        keptRows: HOT_ROWS,
        limit: TRIM_ROWS,
      };
      return this.stores.history.trim(bounds, this.stores.log.head()) < TRIM_ROWS;
    });
  }

  /** The last entry that every sink has and none of these holders needs. */
  #heldUpTo(holders: readonly LogHolder[]): LogPosition {
    const { sinks, history } = this.stores;
    const needed = holders.flatMap((needsFrom) => {
      const event = needsFrom();
      const position = event && history.positionOf(event);
      return position ? [{ epoch: position.epoch, seq: position.seq - 1 }] : [];
    });
    return [sinks.cursor(SHARD_SINK), sinks.cursor(ARCHIVE_SINK), ...needed].reduce((a, b) =>
      isBefore(b, a) ? b : a,
    );
  }

  #trimShard({ tenantId, tier, shard }: TenantRecord, nowMs: number): Promise<boolean> {
    const { logMs, auditMs } = RETENTION[tier];
    const { epoch, seq } = this.stores.sinks.cursor(ARCHIVE_SINK);
    const expired = { eventsBeforeMs: nowMs - logMs, auditBeforeMs: nowMs - auditMs, upTo: { epoch, seq } };
    return within(REMOTE_MS, new ShardLog(this.ports.shard(shard)).trim(tenantId, expired));
  }

  /** By the order of names, up to the first segment that is still to be kept; so goes also what a restore has undone. */
  async #trimArchive({ tenantId, tier }: TenantRecord, nowMs: number): Promise<boolean> {
    const kept = this.stores.segments.firstSince(nowMs - RETENTION[tier].auditMs) ?? this.#behindAll();
    if (!kept) return true;
    const isDone = await within(
      REMOTE_MS,
      this.#deleteBefore(tenantId, segmentKey(tenantId, kept.epoch, kept.firstSeq)),
    );
    if (isDone) await this.commands.run(() => this.stores.segments.deleteBefore(kept));
    return isDone;
  }

  #behindAll(): { readonly epoch: number; readonly firstSeq: number } | null {
    const last = this.stores.segments.last();
    return last ? { epoch: last.epoch, firstSeq: last.lastSeq + 1 } : null;
  }

  #at(dueMs: number | null): Promise<void> {
    return this.commands.run(() => this.stores.timers.replace("retention", dueMs));
  }

  async #deleteBefore(tenantId: TenantId, first: string): Promise<boolean> {
    const { objects } = await this.ports.files.list({ prefix: segmentsPrefix(tenantId), limit: DELETE_KEYS });
    const old = objects.map(({ key }) => key).filter((key) => key < first);
    if (old.length > 0) await this.ports.files.delete(old);
    return old.length < DELETE_KEYS;
  }
}

/** Inside a command that has archived something: it will be old enough one day, and too much may be there already. */
export function seeToRetention({ timers, history, log: entries }: Stores, nowMs: number): void {
  const rows = entries.head().seq - (history.floor()?.seq ?? 0);
  if (rows > HOT_ROWS) timers.set("retention", nowMs);
  else timers.ensure("retention", nowMs + DAY_MS);
}

const isBefore = (a: LogPosition, b: LogPosition): boolean =>
  a.epoch === b.epoch ? a.seq < b.seq : a.epoch < b.epoch;
