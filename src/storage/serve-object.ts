/** What to answer to a GET or HEAD of a stored object. */
export type Served =
  | { readonly status: 404 }
  | { readonly status: 416; readonly size: number }
  | {
      readonly status: 200 | 206 | 304;
      readonly headers: readonly (readonly [string, string])[];
      readonly body: ReadableStream | null;
    };

/** Serves an object with RFC 9110 ranges and validators, streamed. Always as a download, never inline. */
export async function serveObject(
  bucket: R2Bucket,
  key: string,
  downloadName: string,
  request: Request,
): Promise<Served> {
  const head = await bucket.head(key);
  if (head === null) return { status: 404 };
  const common: [string, string][] = [
    ["ETag", head.httpEtag],
    ["Accept-Ranges", "bytes"],
    ["Content-Type", head.httpMetadata?.contentType ?? "application/octet-stream"],
    ["Content-Disposition", `attachment; filename*=UTF-8''${encodeURIComponent(downloadName)}`],
    ["Content-Security-Policy", "sandbox"],
  ];
  const digest = head.checksums.sha256;
  if (digest) common.push(["Repr-Digest", `sha-256=:${Buffer.from(digest).toString("base64")}:`]);
  if (matches(request.headers.get("if-none-match"), head.httpEtag))
    return { status: 304, headers: common, body: null };

  const range = requestedRange(request, head);
  if (range === "unsatisfiable") return { status: 416, size: head.size };
  const length = range === null ? head.size : range.end - range.start + 1;
  const headers: [string, string][] = [...common, ["Content-Length", String(length)]];
  if (range) headers.push(["Content-Range", `bytes ${range.start}-${range.end}/${head.size}`]);
  const status = range ? 206 : 200;
  if (request.method === "HEAD") return { status, headers, body: null };

  const object = await bucket.get(key, {
    onlyIf: { etagMatches: head.etag },
    ...(range && { range: { offset: range.start, length } }),
  });
  if (object === null || !("body" in object)) return { status: 404 };
  return { status, headers, body: object.body };
}

function matches(header: string | null, etag: string): boolean {
  if (header === null) return false;
  return header.split(",").some((candidate) => ["*", etag].includes(candidate.trim().replace(/^W\//, "")));
}

/** One byte range (RFC 9110 §14.2); several ranges, another unit or a failed If-Range mean the whole object. */
function requestedRange(
  request: Request,
  { size, httpEtag }: R2Object,
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
