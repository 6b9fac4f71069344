/**
 * A segment of a tenant's log as it is archived: NDJSON, a header and then one line an entry, with all that is needed
 * to verify the chain by its lines alone. Pure: the hash function is an argument.
 */

import type { LogEntry } from "./event";
import type { PrivateName } from "./job";
import { linkHash, type Sha256Hex } from "./log";
import { withoutPrivate } from "./submission";

const FORMAT = "validahub.log-segment";
const VERSION = 1;

export interface SegmentHeader {
  readonly tenant: string;
  /** A segment lies within one. */
  readonly epoch: number;
  /** Of its first and of its last entry. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly prevHash: string;
  readonly count: number;
}

/** An entry with its whole data, private members included. */
export interface ArchivedEntry extends Omit<LogEntry, "sealed"> {
  /** Null where some of the data was destroyed: the digest alone stands for it. */
  readonly salt: string | null;
  readonly prevHash: string;
}

export interface Segment {
  readonly header: SegmentHeader;
  readonly entries: readonly ArchivedEntry[];
}

/** Private members of one job that must not stay. */
export interface LeftOut {
  readonly jobId: string;
  readonly names: readonly PrivateName[];
}

export const encodeEntry = (entry: ArchivedEntry): string =>
  JSON.stringify({
    epoch: entry.epoch,
    seq: entry.seq,
    kind: entry.kind,
    event_seq: entry.eventSeq,
    id: entry.id,
    type: entry.type,
    subject: entry.subject,
    time_ms: entry.timeMs,
    actor_id: entry.actorId,
    traceparent: entry.traceparent,
    payload_digest: entry.payloadDigest,
    prev_hash: entry.prevHash,
    hash: entry.hash,
    salt: entry.salt,
    payload: entry.payload,
  });

export const encodeSegment = ({ tenant, ...header }: SegmentHeader, lines: readonly string[]): string => {
  const head = {
    format: FORMAT,
    version: VERSION,
    tenant,
    epoch: header.epoch,
    first_seq: header.firstSeq,
    last_seq: header.lastSeq,
    count: header.count,
    prev_hash: header.prevHash,
  };
  return [JSON.stringify(head), ...lines, ""].join("\n");
};

type Line = Readonly<Record<string, unknown>>;

/** Null for what is no segment of this version. */
export function decodeSegment(text: string): Segment | null {
  const [head, ...lines] = text.trimEnd().split("\n");
  try {
    const header = JSON.parse(head ?? "") as Line;
    if (header["format"] !== FORMAT || header["version"] !== VERSION) return null;
    const entries = lines.map((line) => toEntry(JSON.parse(line) as Line));
    return { header: toHeader(header), entries };
  } catch {
    return null;
  }
}

/** The same segment without what was shredded; places, digests and hashes stay. */
export function leaveOut({ header, entries }: Segment, all: readonly LeftOut[]): string {
  const gone = new Map(all.map(({ jobId, names }) => [`job:${jobId}`, names]));
  const lines = entries.map((entry) => {
    const names = entry.type === "job.submitted" ? gone.get(entry.subject) : undefined;
    if (names === undefined) return encodeEntry(entry);
    const payload = JSON.stringify(withoutPrivate(JSON.parse(entry.payload) as Line, names));
    return encodeEntry({ ...entry, payload, salt: null });
  });
  return encodeSegment(header, lines);
}

/** What is wrong with a segment, by its lines alone; null for nothing. */
export function segmentFault({ header, entries }: Segment, sha256: Sha256Hex): string | null {
  const { epoch, firstSeq, lastSeq, count } = header;
  if (entries.length !== count || count !== lastSeq - firstSeq + 1) return "its count is not its entries'";
  let prev = header.prevHash;
  for (const [at, entry] of entries.entries()) {
    const where = `entry ${entry.epoch}-${entry.seq}`;
    if (entry.epoch !== epoch || entry.seq !== firstSeq + at) return `${where} is out of place`;
    if (entry.prevHash !== prev || linkHash(prev, entry, sha256) !== entry.hash)
      return `${where} does not attach to the one before`;
    if (entry.salt !== null && sha256(`${entry.salt}${entry.payload}`) !== entry.payloadDigest)
      return `${where} is not what its digest says`;
    prev = entry.hash;
  }
  return null;
}

const toHeader = (line: Line): SegmentHeader => ({
  tenant: line["tenant"] as string,
  epoch: line["epoch"] as number,
  firstSeq: line["first_seq"] as number,
  lastSeq: line["last_seq"] as number,
  prevHash: line["prev_hash"] as string,
  count: line["count"] as number,
});

const toEntry = (line: Line): ArchivedEntry => ({
  epoch: line["epoch"] as number,
  seq: line["seq"] as number,
  kind: line["kind"] as LogEntry["kind"],
  eventSeq: line["event_seq"] as number | null,
  id: line["id"] as string,
  type: line["type"] as LogEntry["type"],
  subject: line["subject"] as string,
  timeMs: line["time_ms"] as number,
  actorId: line["actor_id"] as string,
  traceparent: line["traceparent"] as string | null,
  payloadDigest: line["payload_digest"] as string,
  prevHash: line["prev_hash"] as string,
  hash: line["hash"] as string,
  salt: line["salt"] as string | null,
  payload: line["payload"] as string,
});
