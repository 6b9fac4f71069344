import type { FileKeys } from "../crypto/file-keys";
import { ok, type Result } from "../domain/result";
import type { Unreadable } from "./seal-metadata";
import { type ObjectHead, type ReadableHead, readSettled } from "./sealed-object";

/** What to answer to a GET or HEAD of a stored object. */
export type Served =
  | { readonly status: 404 }
  | { readonly status: 416; readonly size: number }
  | { readonly status: "unreadable"; readonly reason: Unreadable["reason"] }
  | {
      readonly status: 200 | 206 | 304;
      readonly headers: readonly (readonly [string, string])[];
      readonly body: ReadableStream | null;
    };

/**
 * Serves an object with RFC 9110 ranges and validators, opened as it streams. Always as a download, never inline. A
 * body that was altered further on ends short of its Content-Length.
 */
export async function serveObject(
  bucket: R2Bucket,
  keys: FileKeys,
  downloadName: string,
  request: Request,
): Promise<Served> {
  const served = await readSettled(bucket, keys, (head) => answer(head, downloadName, request));
  return served.ok ? served.value : { status: "unreadable", reason: served.error.reason };
}

async function answer(
  head: ReadableHead | null,
  downloadName: string,
  request: Request,
): Promise<Result<Served, Unreadable>> {
  if (head === null) return ok({ status: 404 });
  const size = head.plainBytes;
  const common: [string, string][] = [
    ["ETag", head.httpEtag],
    ["Accept-Ranges", "bytes"],
    ["Content-Type", head.httpMetadata.contentType ?? "application/octet-stream"],
    ["Content-Disposition", `attachment; filename*=UTF-8''${encodeURIComponent(downloadName)}`],
    ["Content-Security-Policy", "sandbox"],
  ];
  if (head.sha256 !== null)
    common.push(["Repr-Digest", `sha-256=:${Buffer.from(head.sha256, "hex").toString("base64")}:`]);
  if (matches(request.headers.get("if-none-match"), head.httpEtag))
    return ok({ status: 304, headers: common, body: null });

  const range = requestedRange(request, head);
  if (range === "unsatisfiable") return ok({ status: 416, size });
  const length = range === null ? size : range.end - range.start + 1;
  const headers: [string, string][] = [...common, ["Content-Length", String(length)]];
  if (range) headers.push(["Content-Range", `bytes ${range.start}-${range.end}/${size}`]);
  const status = range ? 206 : 200;
  if (request.method === "HEAD") return ok({ status, headers, body: null });

  const opened = await head.open(range ? { offset: range.start, length } : undefined);
  if (!opened.ok) return opened;
  // Content-Length is kept only with a stream whose length is known.
  return ok({ status, headers, body: opened.value.pipeThrough(new FixedLengthStream(length)) });
}

/** RFC 9110 §13.1.2. */
export function matches(header: string | null, etag: string): boolean {
  if (header === null) return false;
  return header.split(",").some((candidate) => ["*", etag].includes(candidate.trim().replace(/^W\//, "")));
}

/** One byte range (RFC 9110 §14.2); several ranges, another unit or a failed If-Range mean the whole object. */
function requestedRange(
  request: Request,
  { plainBytes: size, httpEtag }: ObjectHead,
): { start: number; end: number } | "unsatisfiable" | null {
  const ifRange = request.headers.get("if-range");
  if (ifRange !== null && ifRange !== httpEtag) return null;
  const [, first = "", last = ""] =
    /^bytes=(\d*)-(\d*)$/.exec(request.headers.get("range")?.trim() ?? "") ?? [];
  if (first === "" && last === "") return null;
  if (first === "") {
    const suffix = Number(last);
    return suffix === 0 || size === 0
      ? "unsatisfiable"
      : { start: Math.max(0, size - suffix), end: size - 1 };
  }
  const start = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== "" && Number(last) < start) return null;
  return start >= size ? "unsatisfiable" : { start, end };
}
