import type { Counters } from "../../../src/domain/counters";
import type { LogEntry } from "../../../src/domain/event";
import type { TenantId } from "../../../src/domain/tenant-id";
import type { Tier } from "../../../src/domain/tier";
import type { Analytics, Point } from "../../../src/telemetry/analytics";
import { log } from "../../../src/telemetry/logger";
import type { CommandQueue } from "../command";
import type { SinkCursor } from "../sink-store";
import type { Stores } from "../stores";
import type { Sink } from "./drain";

const SINK = "analytics";
/** What one look takes, and so at most what it writes; one drain has a single look. */
const BATCH_ENTRIES = 200;

interface Batch {
  readonly from: SinkCursor;
  readonly entries: readonly LogEntry[];
}

/** Events as points for exploration: nothing that rests sealed is among them. Written twice, a point counts twice. */
export function analyticsSink(
  tenant: { readonly tenantId: TenantId; readonly tier: Tier },
  analytics: Analytics,
  stores: Stores,
  commands: CommandQueue,
): Sink<Batch> {
  const save = (from: SinkCursor, failures: number) =>
    commands.run(() => stores.sinks.save(SINK, { epoch: from.epoch, seq: from.seq, failures }));
  return {
    load: () => {
      const from = stores.sinks.cursor(SINK);
      const entries = stores.log.after(from.epoch, from.seq, BATCH_ENTRIES);
      return entries.length === 0 ? null : { from, entries };
    },
    send: async ({ entries }) => {
      const events = entries.filter(({ kind }) => kind === "event");
      analytics.write(events.map((entry) => pointOf(tenant.tenantId, tenant.tier, entry)));
    },
    taken: ({ entries, from }) => save({ ...from, ...entries.at(-1) }, 0),
    failed: ({ from }, error) => {
      log.warn("relay.failed", { sink: SINK, failures: from.failures + 1, error: String(error) });
      return save(from, from.failures + 1);
    },
    failures: () => stores.sinks.cursor(SINK).failures,
  };
}

/** Blobs: type, tier, kind of subject, channel, kind of job, error. Doubles: 1, time, rows by outcome, duration. */
export function pointOf(tenantId: TenantId, tier: Tier, entry: LogEntry): Point {
  const data = JSON.parse(entry.payload) as {
    readonly channel?: string;
    readonly type?: string;
    readonly error_code?: string;
    readonly counters?: Counters;
    readonly duration_ms?: number;
  };
  const { total = 0, errors = 0, warnings = 0, corrections = 0 } = data.counters ?? {};
  const subjectKind = entry.subject.split(":")[0] ?? "";
  return {
    index: tenantId,
    blobs: [entry.type, tier, subjectKind, data.channel ?? "", data.type ?? "", data.error_code ?? ""],
    doubles: [1, entry.timeMs, total, errors, warnings, corrections, data.duration_ms ?? 0],
  };
}
