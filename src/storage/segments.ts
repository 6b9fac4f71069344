import { sha256Hex } from "../crypto/canonical-json";
import type { FileKeys } from "../crypto/file-keys";
import { FileSealer } from "../crypto/file-sealer";
import { decodeSegment, leaveOut, type LeftOut, type Segment } from "../domain/log-segment";
import { err, ok, type Result } from "../domain/result";
import { asResult } from "./opened-stream";
import { newWriting, sealMetadata, type Unreadable } from "./seal-metadata";
import { openSealed } from "./sealed-object";

/** `malformed`: it opens, and is no segment of a format that is known here. */
export type SegmentFault = Unreadable | { readonly reason: "malformed" };

export interface StoredSegment {
  readonly segment: Segment;
  readonly etag: string;
  /** Of the key that it is sealed with; 0 for one in the clear. */
  readonly keyVersion: number;
}

/** As `ResealOutcome` has them. */
export type SegmentResealed =
  | { readonly type: "resealed" | "current" | "missing" | "changed" }
  | { readonly type: "unreadable"; readonly reason: SegmentFault["reason"] };

/** Creates a segment, once: what lies there already is never replaced. */
export const putSegment = (
  bucket: Pick<R2Bucket, "put">,
  keys: FileKeys,
  text: string,
): Promise<"created" | "exists"> =>
  putSealed(bucket, keys, text, { etagDoesNotMatch: "*" }).then((isPut) => (isPut ? "created" : "exists"));

/** A whole segment, which its writer has bounded; null where there is none. */
export async function readSegment(
  bucket: Pick<R2Bucket, "get">,
  keys: FileKeys,
): Promise<Result<StoredSegment | null, SegmentFault>> {
  const opened = await openSealed(bucket, keys);
  if (!opened.ok) return opened;
  if (opened.value === null) return ok(null);
  const { body, etag, version } = opened.value;
  const text = await asResult(async () => {
    const pieces: Uint8Array[] = [];
    for await (const piece of body) pieces.push(piece);
    return Buffer.concat(pieces).toString("utf8");
  });
  if (!text.ok) return text;
  const segment = decodeSegment(text.value);
  return segment ? ok({ segment, etag, keyVersion: version ?? 0 }) : err({ reason: "malformed" });
}

/** Seals a segment anew in its place by the current key, without what was shredded. */
export async function resealSegment(
  bucket: Pick<R2Bucket, "get" | "put">,
  keys: FileKeys,
  leftOut: readonly LeftOut[],
): Promise<SegmentResealed> {
  const found = await readSegment(bucket, keys);
  if (!found.ok) return { type: "unreadable", ...found.error };
  if (found.value === null) return { type: "missing" };
  const { segment, etag, keyVersion } = found.value;
  if (keyVersion === keys.current.version) return { type: "current" };
  const isPut = await putSealed(bucket, keys, leaveOut(segment, leftOut), { etagMatches: etag });
  return { type: isPut ? "resealed" : "changed" };
}

/** Whether the condition held. */
async function putSealed(
  bucket: Pick<R2Bucket, "put">,
  keys: FileKeys,
  text: string,
  onlyIf: R2Conditional,
): Promise<boolean> {
  const writing = newWriting(keys);
  const sealer = new FileSealer(writing.key);
  const chunks = [...(await sealer.push(Buffer.from(text))), ...(await sealer.finish())];
  const put = await bucket.put(keys.path, Buffer.concat(chunks), {
    onlyIf,
    httpMetadata: { contentType: "application/x-ndjson" },
    customMetadata: sealMetadata(writing, sha256Hex(text)),
  });
  return put !== null;
}
