import { CHUNK_BYTES } from "../crypto/file-codec";
import type { FileKeys } from "../crypto/file-keys";
import { FileSealer } from "../crypto/file-sealer";
import type { ClaimedPart } from "../domain/part-plan";
import { err, ok, type Result } from "../domain/result";
import { declaresOther, piecesOf, sendSealed } from "./exact-stream";
import { digestObject } from "./object-digest";
import type { StoredUpload } from "./receive-upload";
import { newWriting, resumeWriting, sealMetadata, type Unreadable, type WritingName } from "./seal-metadata";

/** One R2 multipart upload: it exists from its opening to its completion or abort, or R2's own clean-up after 7 days. */
export interface UploadPlace {
  readonly key: string;
  readonly uploadId: string;
}

/** Its writing is the caller's to remember: R2 does not show the metadata of what is not complete. */
export interface OpenedUpload extends WritingName {
  readonly uploadId: string;
}

export interface IncomingPart {
  readonly partNumber: number;
  /** Of every part but the last: a whole number of chunks. */
  readonly partBytes: number;
  readonly isLast: boolean;
  readonly body: ReadableStream<Uint8Array> | null;
  /** The request's Content-Length, where it has one. */
  readonly declaredBytes: string | undefined;
  readonly sizeBytes: number;
}

/** An upload as its client says it is complete. */
export interface ClaimedUpload {
  readonly uploadId: string;
  readonly parts: readonly ClaimedPart[];
}

/** What a file is to be once its parts are together. */
export interface Announced {
  readonly sizeBytes: number;
  readonly sha256: string | null;
}

/** `unknown_version`: the key that the upload was opened under exists no more. */
export type PartRefusal = { readonly reason: "size_mismatch" | "unknown_upload" | "unknown_version" };
export type AssembleRefusal =
  | { readonly reason: "unknown_upload" | "wrong_parts" | "size_mismatch" | "digest_mismatch" }
  | { readonly reason: "unreadable"; readonly fault: Unreadable["reason"] };

/** `sha256`: as announced, or null. It is shown once the object is there, and `assemble` deletes one that differs. */
export async function openMultipart(
  bucket: R2Bucket,
  keys: FileKeys,
  { contentType, sha256 }: { readonly contentType: string; readonly sha256: string | null },
): Promise<OpenedUpload> {
  const writing = newWriting(keys);
  const { uploadId } = await bucket.createMultipartUpload(keys.path, {
    httpMetadata: { contentType },
    customMetadata: sealMetadata(writing, sha256),
  });
  return { uploadId, version: writing.version, writingId: writing.writingId };
}

/** Drops an upload and its parts. Harmless when it is gone already. */
export async function abortMultipart(bucket: R2Bucket, { key, uploadId }: UploadPlace): Promise<void> {
  try {
    await bucket.resumeMultipartUpload(key, uploadId).abort();
  } catch (error) {
    if (codeOf(error) !== R2_CODES.noSuchUpload) throw error;
  }
}

/** Seals one part on its way into R2, in the place of a former one of its number. Another size stores nothing. */
export async function receivePart(
  bucket: R2Bucket,
  keys: FileKeys,
  upload: OpenedUpload,
  part: IncomingPart,
): Promise<Result<{ etag: string }, PartRefusal>> {
  const writing = resumeWriting(keys, upload);
  if (writing === null || declaresOther(part.declaredBytes, part.sizeBytes)) {
    await part.body?.cancel();
    return err({ reason: writing === null ? "unknown_version" : "size_mismatch" });
  }
  const source = {
    pieces: piecesOf(part.body),
    sizeBytes: part.sizeBytes,
    sealer: new FileSealer(writing.key, {
      firstChunk: ((part.partNumber - 1) * part.partBytes) / CHUNK_BYTES,
      endsFile: part.isLast,
    }),
  };
  const { taken, pumped, refusal } = await sendSealed(source, (exact) =>
    bucket.resumeMultipartUpload(keys.path, upload.uploadId).uploadPart(part.partNumber, exact),
  );
  if (taken.status === "rejected" && codeOf(taken.reason) === R2_CODES.noSuchUpload)
    return err({ reason: "unknown_upload" });
  if (refusal !== null) return err({ reason: "size_mismatch" });
  if (taken.status === "rejected") throw taken.reason;
  if (pumped.status === "rejected") throw pumped.reason;
  return ok({ etag: taken.value.etag });
}

/**
 * Joins the parts and holds the object against what was announced; one that differs or was altered is deleted. An
 * upload that R2 has joined before (the process died, or its answer was lost) is taken up where it stands: only the
 * rest is redone.
 */
export async function assemble(
  bucket: R2Bucket,
  keys: FileKeys,
  { uploadId, parts }: ClaimedUpload,
  announced: Announced,
): Promise<Result<StoredUpload, AssembleRefusal>> {
  const joined = await join(bucket, { key: keys.path, uploadId }, parts);
  if (joined === "wrong_parts") return err({ reason: joined });
  const digest = await digestObject(bucket, keys);
  if (!digest.ok) {
    // Without its key nothing is known of an object, so it stays.
    if (digest.error.reason !== "unknown_version") await bucket.delete(keys.path);
    return err({ reason: "unreadable", fault: digest.error.reason });
  }
  if (digest.value === null) return err({ reason: "unknown_upload" });
  const { plainBytes, sha256, keyVersion } = digest.value;
  if (plainBytes === announced.sizeBytes && (announced.sha256 ?? sha256) === sha256)
    return ok({ sha256, keyVersion });
  await bucket.delete(keys.path);
  return err({ reason: plainBytes === announced.sizeBytes ? "digest_mismatch" : "size_mismatch" });
}

async function join(
  bucket: R2Bucket,
  { key, uploadId }: UploadPlace,
  parts: readonly ClaimedPart[],
): Promise<"joined" | "gone" | "wrong_parts"> {
  try {
    await bucket.resumeMultipartUpload(key, uploadId).complete([...parts]);
    return "joined";
  } catch (error) {
    const code = codeOf(error);
    if (code === R2_CODES.noSuchUpload) return "gone";
    if (code === R2_CODES.invalidPart) return "wrong_parts";
    throw error;
  }
}

/** R2's own error codes; the binding ends its messages with them, as in "... does not exist. (10024)". */
const R2_CODES = { noSuchUpload: 10024, invalidPart: 10025 } as const;

const codeOf = (error: unknown): number | null => {
  const [, code] = error instanceof Error ? (/\((\d+)\)$/.exec(error.message) ?? []) : [];
  return code === undefined ? null : Number(code);
};
