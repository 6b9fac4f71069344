import type { FileKeys } from "../crypto/file-keys";
import { FileSealer } from "../crypto/file-sealer";
import { sendSealed } from "./exact-stream";
import { newWriting, sealMetadata } from "./seal-metadata";
import { workPrefix } from "./keys";
import { openSealed } from "./sealed-object";

const DELETE_MAX = 1000;

/** Puts what a run lays aside, piece after piece. */
export async function putWork(
  bucket: Pick<R2Bucket, "put">,
  keys: FileKeys,
  pieces: readonly Uint8Array[],
): Promise<void> {
  const writing = newWriting(keys);
  const source = {
    pieces: inOrder(pieces),
    sizeBytes: pieces.reduce((sum, { length }) => sum + length, 0),
    sealer: new FileSealer(writing.key),
  };
  const { taken, pumped } = await sendSealed(source, (exact) =>
    bucket.put(keys.path, exact, { customMetadata: sealMetadata(writing, null) }),
  );
  if (taken.status === "rejected") throw taken.reason;
  if (pumped.status === "rejected") throw pumped.reason;
}

/** What `putWork` has put, as pieces of these sizes and the rest; null where it is not there, or not that. */
export async function readWork(
  bucket: Pick<R2Bucket, "get">,
  keys: FileKeys,
  sizes: readonly number[],
): Promise<readonly Uint8Array[] | null> {
  const opened = await openSealed(bucket, keys);
  if (!opened.ok || opened.value === null) return null;
  const { body, plainBytes } = opened.value;
  const wanted = sizes.reduce((sum, size) => sum + size, 0);
  if (wanted > plainBytes) {
    await body.cancel();
    return null;
  }
  const all = new Uint8Array(plainBytes);
  let filled = 0;
  for await (const piece of body) {
    all.set(piece, filled);
    filled += piece.length;
  }
  let at = 0;
  return [...sizes, plainBytes - wanted].map((size) => all.subarray(at, (at += size)));
}

async function* inOrder(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) if (piece.length > 0) yield piece;
}

/** Deletes what runs of a job have laid aside, or what one of them has; harmless where there is nothing. */
export async function clearWork(
  bucket: Pick<R2Bucket, "list" | "delete">,
  path: string,
  runId: string | null = null,
): Promise<void> {
  for (;;) {
    const { objects } = await bucket.list({ prefix: workPrefix(path, runId), limit: DELETE_MAX });
    if (objects.length === 0) return;
    await bucket.delete(objects.map(({ key }) => key));
  }
}
