import type { TenantId } from "../../../src/domain/tenant-id";
import type { ShardLog } from "../../../src/shards/shard-log";
import type { LogPosition } from "../../../src/shards/shard-projection";
import type { Parting } from "../operations/new-epoch";
import type { Stores } from "../stores";

/** Entries that one look compares. */
const LOOK_MAX = 500;

/**
 * Where the shard's log is another one than ours; null where it is ours, merely further than we knew. A shard that is
 * ahead of its only writer has seen what a restore of that writer has undone.
 */
export async function partingOf(
  tenantId: TenantId,
  shard: ShardLog,
  { log, history }: Stores,
  known: LogPosition,
  found: LogPosition,
): Promise<Parting | null> {
  const { epoch } = log.head();
  const isAhead = found.epoch > epoch || (found.epoch === epoch && found.seq > known.seq);
  if (!isAhead) return null;
  let seq = known.epoch === epoch ? known.seq : 0;
  for (;;) {
    const rows = await shard.hashesAfter(tenantId, { epoch, seq }, LOOK_MAX);
    const other = rows.find((row) => history.hashAt(epoch, row.seq) !== row.hash);
    if (other) return { seq: other.seq, epoch: found.epoch };
    seq = rows.at(-1)?.seq ?? seq;
    // All that is there of this epoch is ours; of a later one that we do not know nothing can be.
    if (rows.length < LOOK_MAX) return found.epoch > epoch ? { seq: seq + 1, epoch: found.epoch } : null;
  }
}
