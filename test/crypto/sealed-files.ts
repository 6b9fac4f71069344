import {
  CHUNK_BYTES,
  lastChunkOf,
  plainSize,
  type PlainRange,
  sealedRange,
  STORED_CHUNK_BYTES,
} from "../../src/crypto/file-codec";
import { openStream, type OpenOptions, SealedFileError } from "../../src/crypto/file-opener";
import { FileSealer, type SealOptions, sealStream } from "../../src/crypto/file-sealer";

export function randomFile(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  for (let at = 0; at < sizeBytes; at += CHUNK_BYTES)
    crypto.getRandomValues(bytes.subarray(at, at + CHUNK_BYTES));
  return bytes;
}

export const joined = (pieces: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(pieces));

/** `Buffer.equals`: an assertion over arrays of this size would take seconds. */
export const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.from(a).equals(b);

/** Cuts bytes into pieces of the given sizes, over and over. */
export function* cut(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

export function streamOf(pieces: Iterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.iterator]();
  return new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const next = iterator.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
  });
}

/** A file or part, sealed by pushes. */
export async function sealed(key: Uint8Array, plain: Uint8Array, options?: SealOptions): Promise<Uint8Array> {
  const sealer = new FileSealer(key, options);
  return joined([...(await sealer.push(plain)), ...(await sealer.finish())]);
}

export const sealedByStream = (key: Uint8Array, pieces: Iterable<Uint8Array>): Promise<Uint8Array> =>
  drained(streamOf(pieces).pipeThrough(sealStream(key)));

/** The stored chunks of a file. */
export const chunksOf = (stored: Uint8Array): Uint8Array[] => [...cut(stored, [STORED_CHUNK_BYTES])];

export interface Opening {
  readonly plain: Uint8Array;
  readonly reason: string | null;
}

/** What comes out of a stream, and why it ended early. Any other error than that of a sealed file is thrown on. */
export async function opened(
  key: Uint8Array,
  pieces: Iterable<Uint8Array>,
  options: OpenOptions,
): Promise<Opening> {
  const plain: Uint8Array[] = [];
  try {
    for await (const piece of streamOf(pieces).pipeThrough(openStream(key, options))) plain.push(piece);
  } catch (error) {
    if (!(error instanceof SealedFileError)) throw error;
    return { plain: joined(plain), reason: error.reason };
  }
  return { plain: joined(plain), reason: null };
}

/** Opens a whole file of a known size, as its row in the tenant's object has it. */
export const openedWhole = (
  key: Uint8Array,
  stored: Uint8Array,
  plainBytes: number,
  sizes: readonly number[] = [STORED_CHUNK_BYTES / 2],
): Promise<Opening> =>
  opened(key, cut(stored, sizes), {
    firstChunk: 0,
    lastChunk: lastChunkOf(plainBytes),
    skip: 0,
    length: plainBytes,
  });

/** As who knows the size of the stored object alone; null where no file has that size. */
export async function openedBySize(key: Uint8Array, stored: Uint8Array): Promise<Opening | null> {
  const plainBytes = plainSize(stored.length);
  return plainBytes === null ? null : openedWhole(key, stored, plainBytes);
}

export function openedRange(
  key: Uint8Array,
  stored: Uint8Array,
  range: PlainRange,
  plainBytes: number,
): Promise<Opening> {
  const { offset, length, firstChunk, skip } = sealedRange(range, plainBytes);
  return opened(key, cut(stored.subarray(offset, offset + length), [50_000]), {
    firstChunk,
    lastChunk: lastChunkOf(plainBytes),
    skip,
    length: range.length,
  });
}

async function drained(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return joined(pieces);
}
