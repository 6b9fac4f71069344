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

/** Stands where a payload was destroyed: its digest alone remains. */
export const ERASED_PAYLOAD = "{}";

export const GENESIS: LogHead = { epoch: 1, seq: 0, eventSeq: 0, hash: "0".repeat(64) };

/** Everything an entry is made of beside its fact. */
export interface Place {
  readonly id: string;
  readonly timeMs: number;
  readonly actorId: string;
  readonly traceparent: string | null;
  readonly salt: string;
}

/** A fact's data as it rests. */
export interface Payload {
  /** RFC 8785 canonical JSON of all of it: what the digest stands for. */
  readonly whole: string;
  /** The same without the members that are sealed. */
  readonly open: string;
  /** Those members, and the salt: a digest whose salt lies open would let guesses at them be tried. */
  readonly sealed: string | null;
}

export interface ChainedEntry extends LogEntry {
  /** Null where it is sealed with the private members. */
  readonly salt: string | null;
  readonly prevHash: string;
}

/**
 * Attaches a fact to the chain. The payload enters by its salted digest alone, so it can later be destroyed
 * (payload and salt together) while the chain still verifies.
 */
export function chainEntry(
  head: LogHead,
  fact: Fact,
  place: Place,
  payload: Payload,
  sha256: Sha256Hex,
): ChainedEntry {
  const entry = {
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
    payload: payload.open,
    sealed: payload.sealed,
    payloadDigest: sha256(`${place.salt}${payload.whole}`),
  } as const;
  return {
    ...entry,
    salt: payload.sealed === null ? place.salt : null,
    prevHash: head.hash,
    hash: linkHash(head.hash, entry, sha256),
  };
}

/** SHA-256 over the previous hash, the header fields and the payload digest, as one JSON array (documented order). */
export function linkHash(
  prevHash: string,
  entry: Omit<LogEntry, "payload" | "sealed" | "hash">,
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

export const headAfter = (head: LogHead, entry: ChainedEntry): LogHead => ({
  epoch: entry.epoch,
  seq: entry.seq,
  eventSeq: entry.eventSeq ?? head.eventSeq,
  hash: entry.hash,
});
