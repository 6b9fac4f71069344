import type { LogEntry } from "../../../src/domain/event";
import type { TenantId } from "../../../src/domain/tenant-id";
import { log } from "../../../src/telemetry/logger";
import type { ShardLog } from "../../../src/shards/shard-log";
import type { LogPosition, ShardProjection } from "../../../src/shards/shard-projection";
import { SHARD_SINK } from "../backlog";
import type { CommandQueue } from "../command";
import { beginEpoch, type Parting } from "../operations/new-epoch";
import type { SinkCursor } from "../sink-store";
import type { Stores } from "../stores";
import type { Sink } from "./drain";
import { partingOf } from "./parting";

const BATCH_ENTRIES = 500;
/** D1 takes 2 MB in one bound value; canonical payloads escape little, so half of it is safe. */
const BATCH_PAYLOAD_CHARS = 400_000;

interface ProjectionBatch {
  readonly from: SinkCursor;
  readonly entries: readonly LogEntry[];
}

/** The first sink: the tenant's read model in its D1 shard, which keeps the authoritative cursor itself. */
export function projectionSink(
  tenantId: TenantId,
  shard: ShardProjection,
  shardLog: ShardLog,
  stores: Stores,
  commands: CommandQueue,
): Sink<ProjectionBatch> {
  /** Where the sink says it stands, when that is not where we thought. */
  let found: LogPosition | null = null;
  /** It has what we have not: we were restored. */
  let parting: Parting | null = null;
  return {
    load: () => {
      const from = stores.sinks.cursor(SHARD_SINK);
      const entries = bounded(stores.log.after(from.epoch, from.seq, BATCH_ENTRIES));
      return entries.length === 0 ? null : { from, entries };
    },
    send: async ({ from, entries }) => {
      const outcome = await shard.apply(tenantId, entries, { from, to: lastOf(entries) });
      found = outcome.applied ? null : outcome.cursor;
      parting = found && (await partingOf(tenantId, shardLog, stores, from, found));
    },
    taken: ({ entries }) => {
      const { epoch, seq } = found ?? lastOf(entries);
      if (parting) log.error("relay.restored", { sink: SHARD_SINK, ...parting });
      return commands.run(() => {
        if (parting) beginEpoch(stores, parting, Date.now());
        stores.sinks.save(SHARD_SINK, { epoch, seq, failures: 0 });
      });
    },
    failed: ({ from }, error, retryAtMs) => {
      log.warn("relay.failed", { sink: SHARD_SINK, failures: from.failures + 1, error: String(error) });
      return commands.run(() => {
        stores.sinks.save(SHARD_SINK, { ...from, failures: from.failures + 1 });
        stores.timers.replace("relay", retryAtMs);
      });
    },
    failures: () => stores.sinks.cursor(SHARD_SINK).failures,
  };
}

/** As many entries from the front as fit one statement's payload; always at least one. */
function bounded(entries: readonly LogEntry[]): readonly LogEntry[] {
  let chars = 0;
  const end = entries.findIndex((entry, index) => {
    chars += entry.payload.length;
    return index > 0 && chars > BATCH_PAYLOAD_CHARS;
  });
  return end === -1 ? entries : entries.slice(0, end);
}

function lastOf(entries: readonly LogEntry[]): { epoch: number; seq: number } {
  const last = entries.at(-1);
  if (!last) throw new RangeError("A batch has at least one entry.");
  return { epoch: last.epoch, seq: last.seq };
}
