import type { FileKeys } from "../crypto/file-keys";
import { ok, type Result } from "../domain/result";
import { asResult } from "./opened-stream";
import type { Unreadable } from "./seal-metadata";
import { openSealed } from "./sealed-object";

/** A stored summary as it was written; it is bounded by its maker. */
export interface StoredSummary {
  readonly text: string;
  readonly httpEtag: string;
}

/** Null where there is none. */
export async function readSummary(
  bucket: Pick<R2Bucket, "get">,
  keys: FileKeys,
): Promise<Result<StoredSummary | null, Unreadable>> {
  const opened = await openSealed(bucket, keys);
  if (!opened.ok) return opened;
  if (opened.value === null) return ok(null);
  const { body, httpEtag } = opened.value;
  return asResult(async () => ({ text: await new Response(body).text(), httpEtag }));
}
