import type { ClaimedPart } from "../domain/part-plan";
import { err, ok, type Result } from "../domain/result";
import { declaresOther, sendExactly } from "./exact-stream";
import { sha256OfObject } from "./object-digest";

/** One R2 multipart upload: it exists from its opening to its completion or abort, or R2's own clean-up after 7 days. */
export interface UploadPlace {
  readonly key: string;
  readonly uploadId: string;
}

export interface IncomingPart {
  readonly partNumber: number;
  readonly body: ReadableStream<Uint8Array> | null;
  /** The request's Content-Length, where it has one. */
  readonly declaredBytes: string | undefined;
  readonly sizeBytes: number;
}

export type PartRefusal = { readonly reason: "size_mismatch" | "unknown_upload" };
export type AssembleRefusal = {
  readonly reason: "unknown_upload" | "wrong_parts" | "size_mismatch" | "digest_mismatch";
};

export async function openMultipart(bucket: R2Bucket, key: string, contentType: string): Promise<string> {
  const upload = await bucket.createMultipartUpload(key, { httpMetadata: { contentType } });
  return upload.uploadId;
}

/** Drops an upload and its parts. Harmless when it is gone already. */
export async function abortMultipart(bucket: R2Bucket, { key, uploadId }: UploadPlace): Promise<void> {
  try {
    await bucket.resumeMultipartUpload(key, uploadId).abort();
  } catch (error) {
    if (codeOf(error) !== R2_CODES.noSuchUpload) throw error;
  }
}

/** Streams one part into R2, in the place of a former one of its number. Another size stores nothing. */
export async function receivePart(
  bucket: R2Bucket,
  { key, uploadId }: UploadPlace,
  part: IncomingPart,
): Promise<Result<{ etag: string }, PartRefusal>> {
  if (declaresOther(part.declaredBytes, part.sizeBytes)) {
    await part.body?.cancel();
    return err({ reason: "size_mismatch" });
  }
  const upload = bucket.resumeMultipartUpload(key, uploadId);
  const { taken, pumped, seenBytes } = await sendExactly(part.body, part.sizeBytes, (exact) =>
    upload.uploadPart(part.partNumber, exact),
  );
  if (taken.status === "rejected" && codeOf(taken.reason) === R2_CODES.noSuchUpload)
    return err({ reason: "unknown_upload" });
  if (seenBytes !== part.sizeBytes) return err({ reason: "size_mismatch" });
  if (taken.status === "rejected") throw taken.reason;
  if (pumped.status === "rejected") throw pumped.reason;
  return ok({ etag: taken.value.etag });
}

/**
 * Joins the parts and holds the object against what was announced; one that differs is deleted. An upload that R2 has
 * joined before (the process died, or its answer was lost) is taken up where it stands: only the rest is redone.
 */
export async function assemble(
  bucket: R2Bucket,
  place: UploadPlace,
  parts: readonly ClaimedPart[],
  announced: { readonly sizeBytes: number; readonly sha256: string | null },
): Promise<Result<{ sha256: string }, AssembleRefusal>> {
  const joined = await join(bucket, place, parts);
  if (joined === "wrong_parts") return err({ reason: joined });
  const object = await bucket.get(place.key);
  if (object === null) return err({ reason: "unknown_upload" });
  const sha256 = await sha256OfObject(object);
  if (object.size === announced.sizeBytes && (announced.sha256 ?? sha256) === sha256) return ok({ sha256 });
  await bucket.delete(place.key);
  return err({ reason: object.size === announced.sizeBytes ? "digest_mismatch" : "size_mismatch" });
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
