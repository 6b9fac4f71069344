import type { FileKeys } from "../../../src/crypto/file-keys";
import { sha256Hex } from "../../../src/crypto/canonical-json";
import {
  encodeEntry,
  encodeSegment,
  segmentFault,
  type SegmentHeader,
} from "../../../src/domain/log-segment";
import type { ChainedEntry } from "../../../src/domain/log";
import type { TenantId } from "../../../src/domain/tenant-id";
import { segmentKey } from "../../../src/storage/keys";
import { putSegment, readSegment } from "../../../src/storage/segments";
import { log } from "../../../src/telemetry/logger";
import { ARCHIVE_SINK } from "../backlog";
import type { CommandQueue } from "../command";
import { noteLateFile } from "../key-state-store";
import type { Seal } from "../seal";
import type { SegmentRow } from "../segment-store";
import type { SinkCursor } from "../sink-store";
import type { Stores } from "../stores";
import type { Sink } from "./drain";

/** A segment is read and written as a whole, so both are bounded; one entry always fits. */
const SEGMENT_ENTRIES = 1_000;
const SEGMENT_BYTES = 2_000_000;

interface ArchiveBatch {
  readonly from: SinkCursor;
  readonly rows: readonly ChainedEntry[];
  readonly keys: FileKeys;
  readonly text: string;
}

/** What a batch has become: its own end, or that of the segment that was there before it. */
interface Written {
  readonly rows: readonly ChainedEntry[];
  readonly keyVersion: number;
}

/** What lies where a segment belongs is none of this log. */
class SegmentDiverged extends Error {
  override readonly name = "SegmentDiverged";
}

/**
 * The archive in R2, as a sink: one segment a batch, written once and never replaced. What is there already is followed
 * where it is of this very log, and fails the sink for good where it is not. Before each write the object says durably
 * that there may be one, by which key: a write that ends late is never of a key that is destroyed by then.
 */
export function archiveSink(
  tenantId: TenantId,
  bucket: Pick<R2Bucket, "get" | "put">,
  seal: Seal,
  stores: Stores,
  commands: CommandQueue,
): Sink<ArchiveBatch> {
  let written: Written | null = null;

  async function follow(batch: ArchiveBatch): Promise<Written> {
    const found = await readSegment(bucket, batch.keys);
    if (!found.ok) throw new SegmentDiverged(found.error.reason);
    if (found.value === null) throw new Error("The segment was deleted while it was looked for.");
    const { segment, keyVersion } = found.value;
    const rows = ownRowsOf(stores, tenantId, batch, segment.header);
    const fault = segmentFault(segment, sha256Hex);
    if (fault !== null) throw new SegmentDiverged(fault);
    for (const [at, { seq, hash }] of rows.entries())
      if (segment.entries[at]?.hash !== hash) throw new SegmentDiverged(`entry ${seq} is another one`);
    return { rows, keyVersion };
  }

  return {
    load: () => {
      const from = stores.sinks.cursor(ARCHIVE_SINK);
      // The log begins behind what was trimmed, which was archived: a cursor that was set back follows it.
      const waiting = stores.history.chainedAfter(from, SEGMENT_ENTRIES);
      const first = waiting[0];
      if (!first) return null;
      const { rows, lines } = bounded(waiting, seal);
      const keys = seal.fileKeys(segmentKey(tenantId, first.epoch, first.seq));
      const header = { tenant: tenantId, ...spanOf(rows), prevHash: first.prevHash, count: rows.length };
      return { from, rows, keys, text: encodeSegment(header, lines) };
    },
    send: async (batch) => {
      const keyVersion = batch.keys.current.version;
      await commands.run(() => stores.segments.save(rowOf(batch.rows, keyVersion)));
      const outcome = await putSegment(bucket, batch.keys, batch.text);
      written = outcome === "created" ? { rows: batch.rows, keyVersion } : await follow(batch);
    },
    taken: (batch) => {
      const { rows, keyVersion } = written ?? { rows: batch.rows, keyVersion: batch.keys.current.version };
      const { epoch, lastSeq } = spanOf(rows);
      return commands.run(() => {
        stores.segments.save(rowOf(rows, keyVersion));
        stores.sinks.save(ARCHIVE_SINK, { epoch, seq: lastSeq, failures: 0 });
        noteLateFile(stores.keyState, keyVersion);
      });
    },
    failed: ({ from, rows }, error, retryAtMs) => {
      const facts = { sink: ARCHIVE_SINK, failures: from.failures + 1, error: String(error) };
      const isDiverged = error instanceof SegmentDiverged;
      if (isDiverged) log.error("archive.diverged", facts);
      else log.warn("relay.failed", facts);
      return commands.run(() => {
        // The place is taken: nothing of ours is on its way there any more.
        const [first] = rows;
        if (isDiverged && first) stores.segments.delete(first.epoch, first.seq);
        stores.sinks.save(ARCHIVE_SINK, { ...from, failures: from.failures + 1 });
        stores.timers.replace("archive", retryAtMs);
      });
    },
    failures: () => stores.sinks.cursor(ARCHIVE_SINK).failures,
  };
}

/** The object's own rows of a segment that lies there; what a restore has undone of it is passed over. */
function ownRowsOf(
  stores: Stores,
  tenantId: TenantId,
  { rows }: ArchiveBatch,
  { tenant, epoch, firstSeq, lastSeq }: SegmentHeader,
): readonly ChainedEntry[] {
  const [first] = rows;
  if (!first || tenant !== tenantId || epoch !== first.epoch || firstSeq !== first.seq)
    throw new SegmentDiverged("it is of another place");
  const own = stores.history
    .chainedAfter({ epoch, seq: firstSeq - 1 }, lastSeq - firstSeq + 1)
    .filter(({ seq }) => seq <= lastSeq);
  const isWhole = own.at(-1)?.seq === lastSeq;
  if (!isWhole && stores.log.head().epoch === epoch) throw new SegmentDiverged("it is ahead of the log");
  return own;
}

/** As many rows from the front as fit, opened. */
function bounded(
  waiting: readonly ChainedEntry[],
  seal: Seal,
): { readonly rows: readonly ChainedEntry[]; readonly lines: readonly string[] } {
  const lines: string[] = [];
  let bytes = 0;
  for (const row of waiting) {
    const line = encodeEntry(seal.openWhole(row));
    bytes += Buffer.byteLength(line) + 1;
    if (lines.length > 0 && bytes > SEGMENT_BYTES) break;
    lines.push(line);
  }
  return { rows: waiting.slice(0, lines.length), lines };
}

interface Span {
  readonly epoch: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
}

function spanOf(rows: readonly ChainedEntry[]): Span {
  const [first, last] = [rows[0], rows.at(-1)];
  if (!first || !last) throw new RangeError("A segment has at least one entry.");
  return { epoch: first.epoch, firstSeq: first.seq, lastSeq: last.seq };
}

function rowOf(rows: readonly ChainedEntry[], keyVersion: number): SegmentRow {
  const events = rows.flatMap(({ eventSeq }) => eventSeq ?? []);
  const times = rows.map(({ timeMs }) => timeMs);
  return {
    ...spanOf(rows),
    eventsBefore: (events[0] ?? 1) - 1,
    lastEventSeq: events.at(-1) ?? 0,
    minMs: Math.min(...times),
    maxMs: Math.max(...times),
    keyVersion,
  };
}
