/** The chain of a tenant's log (DESIGN §2.2). Pure: the hash function and the salt are arguments. */

import type { Fact, LogEntry } from "./event";

export type Sha256Hex = (text: string) => string;

/** Where the next entry attaches. `epoch` rises only when the tenant's object was restored. */
export interface LogHead {
  readonly epoch: number;
  readonly seq: number;
  readonly eventSeq: number;
  readonly hash: string;
}

export const GENESIS: LogHead = { epoch: 1, seq: 0, eventSeq: 0, hash: "0".repeat(64) };

/** Everything an entry is made of beside its fact. */
export interface Place {
  readonly id: string;
  readonly timeMs: number;
  readonly actorId: string;
  readonly traceparent: string | null;
  readonly salt: string;
}

export interface SealedEntry extends LogEntry {
  readonly salt: string;
  readonly prevHash: string;
}

/**
 * Attaches a fact to the chain. The payload enters by its salted digest alone, so it can later be destroyed
 * (payload and salt together) while the chain still verifies.
 */
export function sealEntry(
  head: LogHead,
  fact: Fact,
  place: Place,
  payload: string,
  sha256: Sha256Hex,
): SealedEntry {
  const unsealed = {
    epoch: head.epoch,
    seq: head.seq + 1,
    kind: fact.kind,
    eventSeq: fact.kind === "event" ? head.eventSeq + 1 : null,
    id: place.id,
    type: fact.type,
    subject: fact.subject,
    timeMs: place.timeMs,
    actorId: place.actorId,
    traceparent: place.traceparent,
    payload,
    payloadDigest: sha256(`${place.salt}${payload}`),
  } as const;
  return {
    ...unsealed,
    salt: place.salt,
    prevHash: head.hash,
    hash: linkHash(head.hash, unsealed, sha256),
  };
}

/** SHA-256 over the previous hash, the header fields and the payload digest, as one JSON array (documented order). */
export function linkHash(
  prevHash: string,
  entry: Omit<LogEntry, "payload" | "hash">,
  sha256: Sha256Hex,
): string {
  return sha256(
    JSON.stringify([
      prevHash,
      entry.epoch,
      entry.seq,
      entry.kind,
      entry.eventSeq,
      entry.id,
      entry.type,
      entry.subject,
      entry.timeMs,
      entry.actorId,
      entry.traceparent,
      entry.payloadDigest,
    ]),
  );
}

export const headAfter = (head: LogHead, entry: SealedEntry): LogHead => ({
  epoch: entry.epoch,
  seq: entry.seq,
  eventSeq: entry.eventSeq ?? head.eventSeq,
  hash: entry.hash,
});
