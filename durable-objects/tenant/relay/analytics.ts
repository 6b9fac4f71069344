import type { Counters } from "../../../src/domain/counters";
import type { LogEntry } from "../../../src/domain/event";
import type { TenantId } from "../../../src/domain/tenant-id";
import type { Tier } from "../../../src/domain/tier";
import { MAX_POINTS, type Analytics, type Point } from "../../../src/telemetry/analytics";
import { log } from "../../../src/telemetry/logger";
import type { Stores } from "../stores";

const SINK = "analytics";

export interface Written {
  /** There was more than one invocation may write. */
  readonly hasMore: boolean;
  /** To be called in a command: a point whose cursor was not saved counts twice. */
  readonly save: () => void;
}

/**
 * Events as points for exploration: nothing that rests sealed is among them. Writing them waits for nobody, so the
 * cursor is saved with the next commit that is made anyway. What does not fit is passed over, and said.
 */
export function writePoints(
  tenant: { readonly tenantId: TenantId; readonly tier: Tier },
  analytics: Analytics,
  { log: entriesOf, sinks }: Stores,
): Written {
  const from = sinks.cursor(SINK);
  const entries = entriesOf.after(from.epoch, from.seq, MAX_POINTS);
  const last = entries.at(-1);
  if (!last) return { hasMore: false, save: () => {} };
  try {
    const events = entries.filter(({ kind }) => kind === "event");
    analytics.write(events.map((entry) => pointOf(tenant.tenantId, tenant.tier, entry)));
  } catch (error) {
    log.warn("relay.failed", { sink: SINK, error: String(error) });
  }
  const { epoch, seq } = last;
  return {
    hasMore: entries.length === MAX_POINTS,
    save: () => sinks.save(SINK, { epoch, seq, failures: 0 }),
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
