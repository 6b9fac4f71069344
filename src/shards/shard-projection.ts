import type { LogEntry } from "../domain/event";
import { projectJobs } from "../domain/projection";
import type { TenantId } from "../domain/tenant-id";
import { requireTenant } from "../domain/tenant-isolation";
import { boundJson } from "./bound-json";
import { AUDIT_ROW, EVENT_ROW, isNewJob, JOB_CHANGE, NEW_JOB_ROW } from "./projection-rows";
import {
  ADVANCE_CURSOR,
  DELETE_UNDONE,
  ENSURE_CURSOR,
  INSERT_AUDIT_LOGS,
  INSERT_EVENTS,
  INSERT_JOBS,
  READ_CURSOR,
  READ_EVENTS_BEFORE_UNDONE,
  UPDATE_JOBS,
} from "./projection-statements";
import type { events, sinkCursors } from "./schema";

/** The last log entry a sink has; `(0, 0)` when it has none. */
export interface LogPosition {
  readonly epoch: number;
  readonly seq: number;
}

type Projected = { readonly applied: true } | { readonly applied: false; readonly cursor: LogPosition };

/** Writes tenants' logs into one shard's read model. The shard keeps the cursor: it is right even when D1 is rewound. */
export class ShardProjection {
  constructor(private readonly db: D1Database) {}

  /** Where the shard stands in this tenant's log. */
  async cursor(tenantId: TenantId): Promise<LogPosition> {
    const row = await this.db.prepare(READ_CURSOR).bind(tenantId).first<StoredCursor>();
    return row ? position(tenantId, row) : { epoch: 0, seq: 0 };
  }

  /**
   * Applies the entries after `from`, up to and with `to`, in one transaction: all of it, or (when the shard does
   * not stand at `from`) nothing, and the answer says where it stands: go on from there. Callers bound a batch to
   * 500 entries and 900 KB of payload, so that it stays within the time D1 gives a transaction.
   */
  async apply(
    tenantId: TenantId,
    batch: readonly LogEntry[],
    { from, to }: { readonly from: LogPosition; readonly to: LogPosition },
  ): Promise<Projected> {
    const restored = restoredAt(batch, from);
    const before = restored ? await this.#eventsBeforeUndone(tenantId, restored) : [];
    const write = (sql: string, rows: readonly unknown[]): D1PreparedStatement[] =>
      boundJson(rows).map((json) => this.db.prepare(sql).bind(tenantId, json, from.epoch, from.seq));
    const entries = (kind: LogEntry["kind"]) => batch.filter((entry) => entry.kind === kind);
    // Behind the fence a job whose submission is among the entries has no row yet, and any other one has.
    const patches = projectJobs([...before, ...batch]);
    const changes = patches.filter((patch) => !isNewJob(patch));

    const results = await this.db.batch<StoredCursor>([
      ...(from.seq === 0 ? [this.db.prepare(ENSURE_CURSOR).bind(tenantId)] : []),
      ...(restored ? this.#deleteUndone(tenantId, from, restored) : []),
      ...write(INSERT_EVENTS, entries("event").map(EVENT_ROW.encode)),
      ...write(INSERT_AUDIT_LOGS, entries("audit").map(AUDIT_ROW.encode)),
      ...write(INSERT_JOBS, patches.filter(isNewJob).map(NEW_JOB_ROW.encode)),
      ...write(UPDATE_JOBS, changes.map(JOB_CHANGE.encode)),
      this.db.prepare(ADVANCE_CURSOR).bind(tenantId, from.epoch, from.seq, to.epoch, to.seq),
    ]);
    const [advanced] = results.at(-1)?.results ?? [];
    if (!advanced) return { applied: false, cursor: await this.cursor(tenantId) };
    requireTenant(tenantId, advanced.tenantId, "a shard's cursors");
    return { applied: true };
  }

  #deleteUndone(tenantId: TenantId, from: LogPosition, restored: LogPosition): D1PreparedStatement[] {
    return DELETE_UNDONE.map((sql) =>
      this.db.prepare(sql).bind(tenantId, null, from.epoch, from.seq, restored.epoch, restored.seq),
    );
  }

  /** What jobs that undone events speak of were before: folded again, they replace the rows that are deleted. */
  async #eventsBeforeUndone(tenantId: TenantId, restored: LogPosition): Promise<readonly LogEntry[]> {
    const { results } = await this.db
      .prepare(READ_EVENTS_BEFORE_UNDONE)
      .bind(tenantId, restored.epoch, restored.seq)
      .all<StoredEvent>();
    return results.flatMap(({ tenantId: found, payload, ...entry }) => {
      requireTenant(tenantId, found, "a shard's events");
      return payload === null ? [] : [{ ...entry, payload }];
    });
  }
}

type StoredCursor = LogPosition & Pick<typeof sinkCursors.$inferSelect, "tenantId">;
type StoredEvent = Omit<LogEntry, "payload"> & Pick<typeof events.$inferSelect, "tenantId" | "payload">;

function position(tenantId: TenantId, { tenantId: found, epoch, seq }: StoredCursor): LogPosition {
  requireTenant(tenantId, found, "a shard's cursors");
  return { epoch, seq };
}

/**
 * A restored object goes on in a new epoch and uses sequence numbers again (DESIGN §2.3): when the log after the
 * shard's place begins with an entry at or before that place, what the shard has from there on was undone.
 */
function restoredAt(batch: readonly LogEntry[], from: LogPosition): LogPosition | null {
  const first = batch[0];
  return first && first.epoch > from.epoch && first.seq <= from.seq ? first : null;
}
