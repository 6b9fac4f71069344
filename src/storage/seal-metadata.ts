import { timingSafeEqual } from "node:crypto";
import { deriveWritingKey, fileKeyCommitment, newWritingId, plainSize } from "../crypto/file-codec";
import type { FileKeys, PathKey } from "../crypto/file-keys";
import type { SealedFileFault } from "../crypto/file-opener";
import { err, ok, type Result } from "../domain/result";

/** `overwritten`: each time it was to be read, another object had taken its place. */
export type Unreadable = { readonly reason: SealedFileFault | "unknown_version" | "overwritten" };

/** What names the key of one writing of an object; neither is secret. */
export interface WritingName {
  readonly version: number;
  readonly writingId: string;
}

/** One writing of an object, with the key that seals its chunks. */
export interface Writing extends WritingName {
  readonly key: Uint8Array;
}

/** How an object lies in R2; `sealed` is null for one from before sealing, in the clear. */
export interface Seal {
  readonly sealed: Writing | null;
  readonly plainBytes: number;
  /** Of the plaintext, in lower-case hexadecimal; null where it was not known when the writing began. */
  readonly sha256: string | null;
}

const SEAL = /^f1\.([1-9]\d{0,8})\.([\w-]{22})\.([\w-]{43})$/;
const SHA256 = /^[0-9a-f]{64}$/;

/** What is written now: with the current key, and apart from every other writing. */
export const newWriting = ({ current }: FileKeys): Writing => writingOf(current, newWritingId());

/** A writing that an earlier request began; null where its key exists no more. */
export function resumeWriting({ all }: FileKeys, { version, writingId }: WritingName): Writing | null {
  const pathKey = all.find((key) => key.version === version);
  return pathKey === undefined ? null : writingOf(pathKey, writingId);
}

/** What stands beside a sealed object, `f1.{version}.{writing}.{commitment}`; the commitment vouches for the digest. */
export const sealMetadata = (writing: Writing, sha256: string | null): Record<string, string> => ({
  seal: `f1.${writing.version}.${writing.writingId}.${commitmentTo(writing, sha256)}`,
  ...(sha256 === null ? {} : { sha256 }),
});

/** Reads what `sealMetadata` made, and no other spelling of it. */
export function readSeal(object: R2Object, keys: FileKeys): Result<Seal, Unreadable> {
  const { seal, sha256 = null } = object.customMetadata ?? {};
  if (seal === undefined) return keys.acceptsClear && sha256 === null ? ok(clear(object)) : altered();
  const [, version, writingId = "", commitment = ""] = SEAL.exec(seal) ?? [];
  if (version === undefined || (sha256 !== null && !SHA256.test(sha256))) return altered();
  const writing = resumeWriting(keys, { version: Number(version), writingId });
  if (writing === null) return err({ reason: "unknown_version" });
  const plainBytes = plainSize(object.size);
  if (plainBytes === null || !equal(commitmentTo(writing, sha256), commitment)) return altered();
  return ok({ sealed: writing, plainBytes, sha256 });
}

function clear({ size, checksums }: R2Object): Seal {
  const sha256 = checksums.sha256 ? Buffer.from(checksums.sha256).toString("hex") : null;
  return { sealed: null, plainBytes: size, sha256 };
}

const altered = () => err({ reason: "altered" } as const);

const writingOf = ({ version, bytes }: PathKey, writingId: string): Writing => ({
  version,
  writingId,
  key: deriveWritingKey(bytes, writingId),
});

const commitmentTo = ({ key }: Writing, sha256: string | null): string =>
  fileKeyCommitment(key, sha256 === null ? [] : [sha256]);

const equal = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
