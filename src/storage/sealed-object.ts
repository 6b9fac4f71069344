import { lastChunkOf, type PlainRange, sealedRange } from "../crypto/file-codec";
import type { FileKeys } from "../crypto/file-keys";
import { err, ok, type Result } from "../domain/result";
import { openedStream } from "./opened-stream";
import { readSeal, type Seal, type Unreadable } from "./seal-metadata";

/** An object as one look found it, in plain sizes. */
export interface ObjectHead {
  readonly plainBytes: number;
  /** Of what lies in R2: another each time the same plaintext is sealed. */
  readonly etag: string;
  readonly httpEtag: string;
  readonly httpMetadata: R2HTTPMetadata;
  /** Of the plaintext, in lower-case hexadecimal, where it was known when the writing began. */
  readonly sha256: string | null;
  /** Of the key that the object is sealed with; null for one in the clear. */
  readonly version: number | null;
}

/** What a head opens is its own object, never a later one; `overwritten` where that one is there no more. */
export interface ReadableHead extends ObjectHead {
  /**
   * All of the plaintext, or a range of at least a byte, read from no more chunks than it lies in. Its beginning is
   * proved by then; a fault further on errors the stream with `SealedFileError`. Cancel what is not read.
   */
  open(range?: PlainRange): Promise<Opened>;
}

/** All of an object, opened as by `ReadableHead.open`. */
export interface OpenedObject extends ObjectHead {
  readonly body: ReadableStream<Uint8Array>;
}

type Opened = Result<ReadableStream<Uint8Array>, Unreadable>;

const ATTEMPTS = 3;

/** Null where there is nothing. */
export async function headSealed(
  bucket: R2Bucket,
  keys: FileKeys,
): Promise<Result<ReadableHead | null, Unreadable>> {
  const object = await bucket.head(keys.path);
  if (object === null) return ok(null);
  const seal = readSeal(object, keys);
  if (!seal.ok) return seal;
  return ok({
    ...headOf(object, seal.value),
    open: (range) => openLater(bucket, object, seal.value, range),
  });
}

/**
 * Has `read` read from the object as it stands, and from its new head where another took its place before it was
 * opened: rotation seals an object anew where it lies.
 */
export async function readSettled<T>(
  bucket: R2Bucket,
  keys: FileKeys,
  read: (head: ReadableHead | null) => Promise<Result<T, Unreadable>>,
): Promise<Result<T, Unreadable>> {
  for (let attempt = 1; ; attempt++) {
    const head = await headSealed(bucket, keys);
    const outcome = head.ok ? await read(head.value) : head;
    if (outcome.ok || outcome.error.reason !== "overwritten" || attempt === ATTEMPTS) return outcome;
  }
}

/** A whole object in one call of R2; null where there is nothing. */
export async function openSealed(
  bucket: Pick<R2Bucket, "get">,
  keys: FileKeys,
): Promise<Result<OpenedObject | null, Unreadable>> {
  const object = await bucket.get(keys.path);
  if (object === null) return ok(null);
  const seal = readSeal(object, keys);
  if (!seal.ok) {
    await object.body.cancel();
    return seal;
  }
  const body = await openBody(object, seal.value);
  return body.ok ? ok({ ...headOf(object, seal.value), body: body.value }) : body;
}

const headOf = (object: R2Object, { sealed, plainBytes, sha256 }: Seal): ObjectHead => ({
  plainBytes,
  etag: object.etag,
  httpEtag: object.httpEtag,
  httpMetadata: object.httpMetadata ?? {},
  sha256,
  version: sealed?.version ?? null,
});

async function openLater(
  bucket: R2Bucket,
  { key, etag }: R2Object,
  seal: Seal,
  range: PlainRange | undefined,
): Promise<Opened> {
  const stored = range && (seal.sealed ? sealedRange(range, seal.plainBytes) : range);
  const object = await bucket.get(key, {
    onlyIf: { etagMatches: etag },
    ...(stored && { range: { offset: stored.offset, length: stored.length } }),
  });
  if (object === null || !("body" in object)) return err({ reason: "overwritten" });
  return openBody(object, seal, range);
}

async function openBody(
  { body }: R2ObjectBody,
  { sealed, plainBytes }: Seal,
  range: PlainRange = { offset: 0, length: plainBytes },
): Promise<Opened> {
  if (sealed === null) return ok(body);
  const { firstChunk, skip } = sealedRange(range, plainBytes);
  const { length } = range;
  return openedStream(body, sealed.key, { firstChunk, lastChunk: lastChunkOf(plainBytes), skip, length });
}
