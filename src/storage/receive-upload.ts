import { createHash } from "node:crypto";
import type { FileKeys } from "../crypto/file-keys";
import { FileSealer } from "../crypto/file-sealer";
import { err, ok, type Result } from "../domain/result";
import { declaresOther, piecesOf, sendSealed } from "./exact-stream";
import { digestObject, type ObjectDigest } from "./object-digest";
import { newWriting, sealMetadata, type Unreadable } from "./seal-metadata";

export interface IncomingFile {
  readonly body: ReadableStream<Uint8Array> | null;
  /** The request's Content-Length, where it has one. */
  readonly declaredBytes: string | undefined;
  readonly sizeBytes: number;
  readonly sha256: string | null;
  readonly contentType: string;
}

/** What is known of an upload once it is stored. */
export type StoredUpload = Pick<ObjectDigest, "sha256" | "keyVersion">;

/** `unreadable`: the key is taken by an object that does not open. */
export type ReceiveRefusal =
  | { readonly reason: "size_mismatch" | "digest_mismatch" }
  | { readonly reason: "unreadable"; readonly fault: Unreadable["reason"] };

/**
 * Seals an upload on its way into R2, create-once, hashing as it passes. Another size or digest stores nothing.
 * Where the key is taken, the object that stands there (verified on its own way in) is the answer.
 */
export async function receiveUpload(
  bucket: R2Bucket,
  keys: FileKeys,
  file: IncomingFile,
): Promise<Result<StoredUpload, ReceiveRefusal>> {
  const { sizeBytes } = file;
  if (declaresOther(file.declaredBytes, sizeBytes)) {
    await file.body?.cancel();
    return err({ reason: "size_mismatch" });
  }
  const writing = newWriting(keys);
  const options: R2PutOptions = {
    onlyIf: { etagDoesNotMatch: "*" },
    httpMetadata: { contentType: file.contentType },
    customMetadata: sealMetadata(writing, file.sha256),
  };
  const hash = createHash("sha256");
  let sha256 = "";
  const source = {
    pieces: piecesOf(file.body),
    sizeBytes,
    sealer: new FileSealer(writing.key),
    see: (piece: Uint8Array) => void hash.update(piece),
    mayEnd: () => {
      sha256 = hash.digest("hex");
      return sha256 === (file.sha256 ?? sha256);
    },
  };
  const { taken, pumped, refusal } = await sendSealed(source, (exact) =>
    bucket.put(keys.path, exact, options),
  );

  if (taken.status === "fulfilled" && taken.value === null) return storedBefore(bucket, keys);
  if (refusal !== null) return err({ reason: refusal === "size" ? "size_mismatch" : "digest_mismatch" });
  if (taken.status === "rejected") throw taken.reason;
  if (pumped.status === "rejected") throw pumped.reason;
  return ok({ sha256, keyVersion: writing.version });
}

async function storedBefore(bucket: R2Bucket, keys: FileKeys): Promise<Result<StoredUpload, ReceiveRefusal>> {
  const digest = await digestObject(bucket, keys);
  if (!digest.ok) return err({ reason: "unreadable", fault: digest.error.reason });
  if (digest.value === null) throw new Error("An object that stood in the way of an upload is gone.");
  return ok(digest.value);
}
