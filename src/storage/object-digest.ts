import { createHash } from "node:crypto";
import type { FileKeys } from "../crypto/file-keys";
import { ok, type Result } from "../domain/result";
import { piecesOf } from "./exact-stream";
import { asResult } from "./opened-stream";
import type { Unreadable } from "./seal-metadata";
import { openSealed } from "./sealed-object";

export interface ObjectDigest {
  readonly plainBytes: number;
  /** In lower-case hexadecimal. */
  readonly sha256: string;
  /** Of the key that the object is sealed with; 0 for one in the clear. */
  readonly keyVersion: number;
}

/** Reads an object to its end, opening every chunk; null where there is nothing. */
export async function digestObject(
  bucket: R2Bucket,
  keys: FileKeys,
): Promise<Result<ObjectDigest | null, Unreadable>> {
  const opened = await openSealed(bucket, keys);
  if (!opened.ok) return opened;
  if (opened.value === null) return ok(null);
  const { body, plainBytes, version } = opened.value;
  return asResult(async () => {
    const hash = createHash("sha256");
    for await (const bytes of piecesOf(body)) hash.update(bytes);
    return { plainBytes, sha256: hash.digest("hex"), keyVersion: version ?? 0 };
  });
}
