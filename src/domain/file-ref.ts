import { err, ok, type Result } from "./result";
import { isUuidV7 } from "./uuid";

/** What a job names its input by: an upload of this API, or an object of the old service's buckets. */
export type FileRef =
  | { readonly form: "upload"; readonly fileId: string; readonly filename: string }
  | { readonly form: "legacy"; readonly bucket: string; readonly key: string };

export type FileRefFault = { readonly reason: string };

const MAX_NAME_CHARS = 255;
const MAX_REF_CHARS = 1024;
const ALLOWED = /\.(?:csv|tsv|txt)(?:\.gz)?$/i;
const FORBIDDEN = /\.(?:exe|zip|bat|cmd|sh|dll|com|scr)(?=\.|$)/i;
/** Controls, bidirectional and zero-width formatting, and what looks like a separator or a dot and is none. */
const UNSAFE =
  // oxlint-disable-next-line no-control-regex -- refusing control characters is the point
  /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2024-\u202e\u2044\u2060-\u2069\u2215\u29f5\u29f8\u29f9\ufe52\ufe68\ufeff\uff0e\uff0f\uff3c]/;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

export const formatFileRef = (fileId: string, filename: string): string => `files/${fileId}/${filename}`;

/** A plain file name of an accepted kind, without a path. */
export function parseFilename(text: string): Result<string, FileRefFault> {
  const fault = segmentFault(text) ?? kindFault(text);
  return fault === null ? ok(text) : err({ reason: fault });
}

/** CONTRACT §3: `files/{file_id}/{filename}`, `s3://bucket/key` or `bucket/key`. Nothing is decoded or repaired. */
export function parseFileRef(text: string): Result<FileRef, FileRefFault> {
  if (text.length > MAX_REF_CHARS) return err({ reason: "The reference is too long." });
  const isS3 = text.startsWith("s3://");
  const segments = (isS3 ? text.slice("s3://".length) : text).split("/");
  const [first = "", second = ""] = segments;
  const name = segments.at(-1) ?? "";
  if (segments.length < 2) return err({ reason: "A reference has at least two parts." });
  for (const segment of segments) {
    const fault = segmentFault(segment);
    if (fault !== null) return err({ reason: fault });
  }
  const fault = kindFault(name);
  if (fault !== null) return err({ reason: fault });

  if (!isS3 && first === "files") {
    if (segments.length !== 3 || !isUuidV7(second))
      return err({ reason: "An upload's reference is files/{file_id}/{filename}." });
    return ok({ form: "upload", fileId: second, filename: name });
  }
  if (!BUCKET.test(first)) return err({ reason: "This is neither an upload nor a bucket's name." });
  return ok({ form: "legacy", bucket: first, key: segments.slice(1).join("/") });
}

function segmentFault(segment: string): string | null {
  if (segment === "") return "A part of the name is empty.";
  if (segment.length > MAX_NAME_CHARS) return `A name has at most ${MAX_NAME_CHARS} characters.`;
  if (segment.includes("..") || segment === ".") return "The name leads out of its folder.";
  if (/[/\\]/.test(segment)) return "The name has a slash or backslash.";
  if (/%(?:25)*(?:2e|2f|5c|00)/i.test(segment)) return "The name has an encoded dot, slash or NUL.";
  if (UNSAFE.test(segment) || LONE_SURROGATE.test(segment))
    return "The name has a character that is not allowed.";
  if (segment !== segment.trim()) return "The name begins or ends with white space.";
  return null;
}

function kindFault(name: string): string | null {
  if (FORBIDDEN.test(name)) return "Files of this kind are not accepted.";
  return ALLOWED.test(name) && !name.startsWith(".")
    ? null
    : "The name must end in .csv, .tsv or .txt, or in .gz after one of these.";
}
