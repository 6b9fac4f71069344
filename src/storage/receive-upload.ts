import { createHash } from "node:crypto";
import { err, ok, type Result } from "../domain/result";
import { declaresOther, sendExactly } from "./exact-stream";
import { sha256OfObject } from "./object-digest";

export interface IncomingFile {
  readonly body: ReadableStream<Uint8Array> | null;
  /** The request's Content-Length, where it has one. */
  readonly declaredBytes: string | undefined;
  readonly sizeBytes: number;
  readonly sha256: string | null;
  readonly contentType: string;
}

export type ReceiveRefusal = { readonly reason: "size_mismatch" | "digest_mismatch" };

/**
 * Streams an upload into R2 under `key`, create-once, hashing as it passes. Another size or digest stores nothing.
 * Where the key is taken, the object that stands there (verified on its own way in) is the answer.
 */
export async function receiveUpload(
  bucket: R2Bucket,
  key: string,
  file: IncomingFile,
): Promise<Result<{ sha256: string }, ReceiveRefusal>> {
  if (declaresOther(file.declaredBytes, file.sizeBytes)) {
    await file.body?.cancel();
    return err({ reason: "size_mismatch" });
  }
  const hash = createHash("sha256");
  const options: R2PutOptions = {
    onlyIf: { etagDoesNotMatch: "*" },
    httpMetadata: { contentType: file.contentType },
    ...(file.sha256 === null ? {} : { sha256: file.sha256 }),
  };
  const { taken, pumped, seenBytes } = await sendExactly(
    file.body,
    file.sizeBytes,
    (exact) => bucket.put(key, exact, options),
    (chunk) => hash.update(chunk),
  );

  if (taken.status === "fulfilled" && taken.value === null) return storedBefore(bucket, key);
  if (seenBytes !== file.sizeBytes) return err({ reason: "size_mismatch" });
  const sha256 = hash.digest("hex");
  if (file.sha256 !== null && file.sha256 !== sha256) return err({ reason: "digest_mismatch" });
  if (taken.status === "rejected") throw taken.reason;
  if (pumped.status === "rejected") throw pumped.reason;
  return ok({ sha256 });
}

async function storedBefore(
  bucket: R2Bucket,
  key: string,
): Promise<Result<{ sha256: string }, ReceiveRefusal>> {
  const object = await bucket.get(key);
  if (object === null) throw new Error("An object that stood in the way of an upload is gone.");
  return ok({ sha256: await sha256OfObject(object) });
}
