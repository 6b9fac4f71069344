import { createHmac, hkdfSync, randomBytes } from "node:crypto";

/**
 * How a file lies sealed in R2, in the spirit of STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015): chunks of 64 KiB,
 * each by itself AES-256-GCM as `nonce | ciphertext | tag`, with its index and whether it is the last one bound to it.
 * The last chunk may be shorter; an empty file is one empty last chunk.
 */
export const CHUNK_BYTES = 65_536;
export const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** What sealing adds to a chunk. */
export const CHUNK_OVERHEAD_BYTES = NONCE_BYTES + TAG_BYTES;
export const STORED_CHUNK_BYTES = CHUNK_BYTES + CHUNK_OVERHEAD_BYTES;

const FORMAT = 1;
const KEY_BYTES = 32;
const WRITING_ID_BYTES = 16;
/** NIST SP 800-38D §8.3: random nonces stay apart for at most 2^32 chunks of one key. */
const MAX_CHUNKS = 2 ** 32;

/** Bytes of a file as its reader counts them. */
export interface PlainRange {
  readonly offset: number;
  readonly length: number;
}

/** The stored bytes that hold a range: whole chunks, and how many bytes of the first one come before the range. */
export interface SealedRange {
  readonly offset: number;
  readonly length: number;
  readonly firstChunk: number;
  readonly skip: number;
}

/** The index of a file's last chunk. */
export function lastChunkOf(plainBytes: number): number {
  requireCount(plainBytes);
  const last = Math.max(1, Math.ceil(plainBytes / CHUNK_BYTES)) - 1;
  if (last >= MAX_CHUNKS) throw new RangeError("The file has more chunks than one key may seal.");
  return last;
}

export const sealedSize = (plainBytes: number): number =>
  plainBytes + (lastChunkOf(plainBytes) + 1) * CHUNK_OVERHEAD_BYTES;

/** Null where no file has that size once sealed. */
export function plainSize(sealedBytes: number): number | null {
  if (!Number.isSafeInteger(sealedBytes) || sealedBytes < CHUNK_OVERHEAD_BYTES) return null;
  const chunks = Math.ceil(sealedBytes / STORED_CHUNK_BYTES);
  const plainBytes = sealedBytes - chunks * CHUNK_OVERHEAD_BYTES;
  if (chunks > MAX_CHUNKS) return null;
  // An empty chunk is a file of its own or nothing.
  return chunks > 1 && plainBytes <= (chunks - 1) * CHUNK_BYTES ? null : plainBytes;
}

/** An empty range still takes one chunk, so that even nothing is only read from a sound file. */
export function sealedRange({ offset, length }: PlainRange, plainBytes: number): SealedRange {
  requireCount(offset);
  requireCount(length);
  if (offset + length > plainBytes) throw new RangeError("The range goes beyond the file.");
  const firstChunk = Math.min(Math.floor(offset / CHUNK_BYTES), lastChunkOf(plainBytes));
  const skip = offset - firstChunk * CHUNK_BYTES;
  const start = firstChunk * STORED_CHUNK_BYTES;
  const end = Math.min(start + chunksHolding(skip, length) * STORED_CHUNK_BYTES, sealedSize(plainBytes));
  return { offset: start, length: end - start, firstChunk, skip };
}

/** How many chunks `length` bytes touch that begin `skip` bytes into the first one. */
export const chunksHolding = (skip: number, length: number): number =>
  Math.max(1, Math.ceil((skip + length) / CHUNK_BYTES));

/**
 * The key of one file: bound to the tenant's key and to the whole R2 key (which begins with the tenant), so that
 * what is moved to another path does not open there.
 */
export function deriveFileKey(tenantKey: Uint8Array, path: string): Uint8Array {
  requireKey(tenantKey);
  const info = JSON.stringify(["validahub file", path]);
  return new Uint8Array(hkdfSync("sha256", tenantKey, new Uint8Array(), info, KEY_BYTES));
}

/** Names one writing of an object: 128 random bits in base64url. */
export const newWritingId = (): string => randomBytes(WRITING_ID_BYTES).toString("base64url");

/**
 * The key of one writing of a file, from the file's key: chunks of an older writing of the same path do not open in a
 * newer one, whoever puts them there.
 */
export function deriveWritingKey(pathKey: Uint8Array, writingId: string): Uint8Array {
  requireKey(pathKey);
  const info = JSON.stringify(["validahub file writing", writingId]);
  return new Uint8Array(hkdfSync("sha256", pathKey, new Uint8Array(), info, KEY_BYTES));
}

/**
 * Kept beside a file, it tells a wrong key from a damaged file before a chunk is read, and ties the file to one key,
 * which AES-GCM alone does not. It also vouches for `bound`, what else is kept beside the file.
 */
export function fileKeyCommitment(fileKey: Uint8Array, bound: readonly string[] = []): string {
  requireKey(fileKey);
  return createHmac("sha256", fileKey)
    .update(JSON.stringify(["validahub file commitment", ...bound]))
    .digest("base64url");
}

/** Imported once a file: an import costs as much as sealing several KiB. */
export function importFileKey(fileKey: Uint8Array, use: "encrypt" | "decrypt"): Promise<CryptoKey> {
  requireKey(fileKey);
  return crypto.subtle.importKey("raw", fileKey, "AES-GCM", false, [use]);
}

/** What is authenticated with a chunk: format (1 byte), index (8, big-endian), whether it is the file's last (1). */
export function chunkHeader(index: number, isLast: boolean): Uint8Array {
  if (index >= MAX_CHUNKS) throw new RangeError("The file has more chunks than one key may seal.");
  const header = new Uint8Array(10);
  header[0] = FORMAT;
  new DataView(header.buffer).setUint32(5, index);
  header[9] = isLast ? 1 : 0;
  return header;
}

export function requireCount(value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError("Expected a count of bytes or chunks.");
}

function requireKey(key: Uint8Array): void {
  if (key.length !== KEY_BYTES) throw new RangeError(`A key has ${KEY_BYTES} bytes.`);
}
