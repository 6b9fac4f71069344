import { expect } from "vitest";
import { sha256Hex } from "../../src/crypto/canonical-json";
import type { LogEntry } from "../../src/domain/event";
import { GENESIS, linkHash } from "../../src/domain/log";

/** A row of an object's `log` table. */
export type LogRow = {
  epoch: number;
  seq: number;
  kind: LogEntry["kind"];
  event_seq: number | null;
  id: string;
  type: LogEntry["type"];
  subject: string;
  time_ms: number;
  actor_id: string;
  traceparent: string | null;
  payload: string;
  sealed: string | null;
  salt: string | null;
  payload_digest: string;
  prev_hash: string;
  hash: string;
};

export const logRows = (sql: SqlStorage): LogRow[] =>
  sql.exec<LogRow>(`SELECT * FROM log ORDER BY epoch, seq`).toArray();

/** The chain over headers and digests alone, as an auditor checks it. */
export function expectWholeChain(rows: readonly LogRow[]): void {
  let prev = GENESIS.hash;
  for (const row of rows) {
    const entry = {
      epoch: row.epoch,
      seq: row.seq,
      kind: row.kind,
      eventSeq: row.event_seq,
      id: row.id,
      type: row.type,
      subject: row.subject,
      timeMs: row.time_ms,
      actorId: row.actor_id,
      traceparent: row.traceparent,
      payloadDigest: row.payload_digest,
    };
    expect(linkHash(prev, entry, sha256Hex)).toBe(row.hash);
    prev = row.hash;
  }
}
