import { createHash } from "node:crypto";
import { err, ok, type Result } from "../domain/result";

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
  if (file.declaredBytes !== undefined && Number(file.declaredBytes) !== file.sizeBytes) {
    await file.body?.cancel();
    return err({ reason: "size_mismatch" });
  }
  const hash = createHash("sha256");
  const seen = { bytes: 0 };
  const exact = new FixedLengthStream(file.sizeBytes);
  const pumped = pump(file.body, exact, (chunk) => {
    seen.bytes += chunk.length;
    if (seen.bytes <= file.sizeBytes) hash.update(chunk);
  });
  const options: R2PutOptions = {
    onlyIf: { etagDoesNotMatch: "*" },
    httpMetadata: { contentType: file.contentType },
    ...(file.sha256 === null ? {} : { sha256: file.sha256 }),
  };
  const [stored, sent] = await Promise.allSettled([bucket.put(key, exact.readable, options), pumped]);

  if (stored.status === "fulfilled" && stored.value === null) return storedBefore(bucket, key);
  if (seen.bytes !== file.sizeBytes) return err({ reason: "size_mismatch" });
  const sha256 = hash.digest("hex");
  if (file.sha256 !== null && file.sha256 !== sha256) return err({ reason: "digest_mismatch" });
  if (stored.status === "rejected") throw stored.reason;
  if (sent.status === "rejected") throw sent.reason;
  return ok({ sha256 });
}

async function pump(
  body: ReadableStream<Uint8Array> | null,
  into: FixedLengthStream,
  see: (chunk: Uint8Array) => void,
): Promise<void> {
  const writer = into.writable.getWriter();
  try {
    for await (const chunk of body ?? []) {
      see(chunk);
      await writer.write(chunk);
    }
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => undefined);
    throw error;
  }
}

async function storedBefore(
  bucket: R2Bucket,
  key: string,
): Promise<Result<{ sha256: string }, ReceiveRefusal>> {
  const object = await bucket.get(key);
  if (object === null) throw new Error("An object that stood in the way of an upload is gone.");
  const hash = createHash("sha256");
  for await (const chunk of object.body) hash.update(chunk);
  return ok({ sha256: hash.digest("hex") });
}
