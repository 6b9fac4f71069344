import { CHUNK_BYTES, sealedSize } from "../crypto/file-codec";
import type { FileKeys } from "../crypto/file-keys";
import { SealedFileError } from "../crypto/file-opener";
import { FileSealer } from "../crypto/file-sealer";
import { piecesOf, sendSealed, type Sent } from "./exact-stream";
import { newWriting, sealMetadata, type Unreadable } from "./seal-metadata";
import { headSealed, type ObjectHead } from "./sealed-object";

export interface ResealOptions {
  /** The object as a list of the bucket showed it; any other is `changed`. */
  readonly fromEtag?: string;
  /** Told how many bytes of plaintext were read so far, about every 64 KiB; "stop" leaves the object as it was. */
  readonly onProgress?: (plainBytes: number) => ResealAnswer | Promise<ResealAnswer>;
}

export type ResealAnswer = "go" | "stop";

/** `current`: there was nothing to do. `changed`: it was overwritten or deleted meanwhile, and stays so. */
export type ResealOutcome =
  | { readonly type: "resealed" | "current" | "missing" | "changed" | "stopped" }
  | { readonly type: "unreadable"; readonly reason: Unreadable["reason"] };

/** What one conditional put carries. R2 has no condition for the end of an upload in parts. */
const MAX_PUT_BYTES = 64 * 1024 ** 2;
const PART_BYTES = 512 * CHUNK_BYTES;

/**
 * Seals an object anew in its place, from an older key or the clear to the current key; content type and digest stay.
 * It streams, in memory that does not depend on the object. What is written or deleted meanwhile is not undone; of an
 * object above 64 MiB that holds but for the moment between the last look at it and the end of the upload.
 */
export async function resealObject(
  bucket: R2Bucket,
  keys: FileKeys,
  { fromEtag, onProgress = () => "go" }: ResealOptions = {},
): Promise<ResealOutcome> {
  const found = await headSealed(bucket, keys);
  if (!found.ok) return { type: "unreadable", ...found.error };
  const head = found.value;
  if (head === null) return { type: "missing" };
  if (head.version === keys.current.version) return { type: "current" };
  if (head.etag !== (fromEtag ?? head.etag)) return { type: "changed" };
  const opened = await head.open();
  if (!opened.ok)
    return opened.error.reason === "overwritten"
      ? { type: "changed" }
      : { type: "unreadable", ...opened.error };

  const source = new Plaintext(opened.value, onProgress);
  const seal = sealedSize(head.plainBytes) > MAX_PUT_BYTES ? sealInParts : sealAtOnce;
  try {
    return { type: await seal(bucket, keys, head, source) };
  } catch (error) {
    if (error instanceof Stopped) return { type: "stopped" };
    if (error instanceof SealedFileError) return { type: "unreadable", reason: error.reason };
    throw error;
  } finally {
    await source.cancel();
  }
}

async function sealAtOnce(
  bucket: R2Bucket,
  keys: FileKeys,
  head: ObjectHead,
  source: Plaintext,
): Promise<"resealed" | "changed"> {
  const { key, options } = anew(keys, head);
  const sizeBytes = head.plainBytes;
  const sent = await sendSealed(
    { pieces: source.take(sizeBytes), sizeBytes, sealer: new FileSealer(key) },
    (exact) => bucket.put(keys.path, exact, { ...options, onlyIf: { etagMatches: head.etag } }),
  );
  return takenOf(sent) === null ? "changed" : "resealed";
}

async function sealInParts(
  bucket: R2Bucket,
  keys: FileKeys,
  head: ObjectHead,
  source: Plaintext,
): Promise<"resealed" | "changed"> {
  const { key, options } = anew(keys, head);
  const upload = await bucket.createMultipartUpload(keys.path, options);
  let isComplete = false;
  try {
    const parts: R2UploadedPart[] = [];
    for (let at = 0; at < head.plainBytes; at += PART_BYTES) {
      const sizeBytes = Math.min(PART_BYTES, head.plainBytes - at);
      const endsFile = at + sizeBytes === head.plainBytes;
      const sealer = new FileSealer(key, { firstChunk: at / CHUNK_BYTES, endsFile });
      const sent = await sendSealed({ pieces: source.take(sizeBytes), sizeBytes, sealer }, (exact) =>
        upload.uploadPart(parts.length + 1, exact),
      );
      parts.push(takenOf(sent));
    }
    if ((await bucket.head(keys.path))?.etag !== head.etag) return "changed";
    await upload.complete(parts);
    isComplete = true;
    return "resealed";
  } finally {
    if (!isComplete) await upload.abort().catch(() => undefined);
  }
}

function anew(keys: FileKeys, { httpMetadata, sha256 }: ObjectHead) {
  const writing = newWriting(keys);
  return { key: writing.key, options: { httpMetadata, customMetadata: sealMetadata(writing, sha256) } };
}

/** A fault of the source is the cause of what its taker then says. */
function takenOf<T>({ taken, pumped }: Sent<T>): T {
  if (pumped.status === "rejected" && isOfSource(pumped.reason)) throw pumped.reason;
  if (taken.status === "rejected") throw taken.reason;
  if (taken.value !== null && pumped.status === "rejected") throw pumped.reason;
  return taken.value;
}

const isOfSource = (error: unknown): boolean => error instanceof Stopped || error instanceof SealedFileError;

class Stopped extends Error {
  override readonly name = "Stopped";
}

/** An object's plaintext, taken in spans that need not end where its pieces do. */
class Plaintext {
  readonly #pieces: AsyncGenerator<Uint8Array>;
  readonly #onProgress: NonNullable<ResealOptions["onProgress"]>;
  #rest: Uint8Array = new Uint8Array(0);
  #readBytes = 0;

  constructor(
    private readonly stream: ReadableStream<Uint8Array>,
    onProgress: NonNullable<ResealOptions["onProgress"]>,
  ) {
    this.#pieces = piecesOf(stream);
    this.#onProgress = onProgress;
  }

  /** The next `bytes`, or fewer where the object ends. */
  async *take(bytes: number): AsyncGenerator<Uint8Array> {
    for (let left = bytes; left > 0;) {
      if (this.#rest.length === 0 && !(await this.#read())) return;
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  async cancel(): Promise<void> {
    await this.#pieces.return(undefined);
    // Whose reading was never begun has no reader to cancel it.
    if (!this.stream.locked) await this.stream.cancel();
  }

  async #read(): Promise<boolean> {
    const { done, value } = await this.#pieces.next();
    if (done) return false;
    this.#rest = value;
    this.#readBytes += value.length;
    if ((await this.#onProgress(this.#readBytes)) === "stop") throw new Stopped();
    return true;
  }
}
