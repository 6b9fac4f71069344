import { err, ok, type Result } from "./result";
import { isUuidV7 } from "./uuid";

/** What a job names its input by: an upload of this API, or an object of the old service's buckets. */
export type FileRef =
  | { readonly form: "upload"; readonly fileId: string; readonly filename: string }
  | { readonly form: "legacy"; readonly bucket: string; readonly key: string };

export type FileRefFault = { readonly reason: string };

const MAX_NAME_CHARS = 255;
const MAX_REF_CHARS = 1024;
const S3 = "s3://";
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const ALLOWED = /\.(?:csv|tsv|txt)(?:\.gz)?$/i;
/** Anywhere in the chain of extensions, also before a space that some file systems drop. */
const FORBIDDEN = /\.(?:exe|zip|bat|cmd|sh|dll|com|scr)(?=\s*(?:\.|$))/i;

/** Controls, invisible and bidirectional formatting, line separators, lone surrogates, blank letters. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/u;
/** What looks like a slash or backslash and does not become one under compatibility normalisation. */
const FALSE_SEPARATOR =
  /[\u0337\u0338\u1735\u2044\u2215\u2216\u2571\u2572\u27cb\u27cd\u29f5\u29f8\u29f9\u2cc6\u3033]/;
/** The bytes of path syntax. Normalisation must not add to them. */
const PATH_SYNTAX = /[./\\%]/g;

const ESCAPES = /(?:%[0-9a-f]{2})+/gi;
const IIS_ESCAPE = /%u[0-9a-f]{4}/i;

export const formatFileRef = (fileId: string, filename: string): string => `files/${fileId}/${filename}`;

/** A plain file name of an accepted kind, without a path. Nothing is decoded, normalised or repaired. */
export function parseFilename(text: string): Result<string, FileRefFault> {
  const fault = segmentFault(text) ?? kindFault(text);
  return fault === null ? ok(text) : err({ reason: fault });
}

/**
 * CONTRACT §3: `files/{file_id}/{filename}`, `s3://bucket/key` or `bucket/key`. Nothing is decoded or repaired.
 * A legacy reference is only well-formed: whether its bucket is mapped is the caller's to ask.
 */
export function parseFileRef(text: string): Result<FileRef, FileRefFault> {
  if (text.length > MAX_REF_CHARS)
    return err({ reason: `A reference has at most ${MAX_REF_CHARS} characters.` });
  const isS3 = text.startsWith(S3);
  const segments = (isS3 ? text.slice(S3.length) : text).split("/");
  const [first = "", second = ""] = segments;
  const name = segments.at(-1) ?? "";
  if (segments.length < 2)
    return err({ reason: "A reference is files/{file_id}/{filename}, s3://bucket/key or bucket/key." });
  for (const segment of segments) {
    const fault = segmentFault(segment);
    if (fault !== null) return err({ reason: fault });
  }
  const fault = kindFault(name);
  if (fault !== null) return err({ reason: fault });

  if (!isS3 && first === "files") {
    if (segments.length !== 3 || !isUuidV7(second))
      return err({
        reason: "An upload's reference is files/{file_id}/{filename}, as POST /v1/uploads gave it.",
      });
    return ok({ form: "upload", fileId: second, filename: name });
  }
  if (!BUCKET.test(first)) return err({ reason: "This is neither an upload nor a bucket's name." });
  return ok({ form: "legacy", bucket: first, key: segments.slice(1).join("/") });
}

function segmentFault(segment: string): string | null {
  if (segment === "") return "The name, or a part of the path, is empty.";
  if (segment.length > MAX_NAME_CHARS) return `A name has at most ${MAX_NAME_CHARS} characters.`;
  if (/[/\\]/.test(segment)) return "The name has a slash or backslash.";
  if (segment === "." || segment.includes("..")) return "The name leads out of its folder.";
  if (segment !== segment.trim()) return "The name begins or ends with white space.";
  return characterFault(segment) ?? escapeFault(segment);
}

function characterFault(text: string): string | null {
  if (INVISIBLE.test(text)) return "The name has a control character or an invisible one.";
  const disguises =
    FALSE_SEPARATOR.test(text) || pathSyntaxCount(text.normalize("NFKC")) > pathSyntaxCount(text);
  return disguises
    ? "The name has a character that looks like a dot, slash, backslash or percent sign."
    : null;
}

const pathSyntaxCount = (text: string): number => text.match(PATH_SYNTAX)?.length ?? 0;

/**
 * Looks through percent-encoding, however often it was applied: what comes out may be a space or a letter, never
 * path syntax or a character that is refused in the clear. A stray percent sign (`50% off.csv`) is a plain character.
 */
function escapeFault(segment: string): string | null {
  let text = segment;
  for (;;) {
    if (IIS_ESCAPE.test(text)) return "The name has an encoded character (%u....): write it plainly.";
    let fault: string | null = null;
    const decoded = text.replace(ESCAPES, (run) => {
      const plain = decodedRun(run);
      if (plain === null) fault = "The name has a broken percent-encoding: write it plainly.";
      else if (/[./\\]/.test(plain)) fault = "The name has an encoded dot, slash or backslash.";
      else fault ??= characterFault(plain);
      return plain ?? "";
    });
    if (fault !== null) return fault;
    if (decoded === text) return null;
    text = decoded;
  }
}

function decodedRun(run: string): string | null {
  try {
    return decodeURIComponent(run);
  } catch {
    return null;
  }
}

function kindFault(name: string): string | null {
  if (FORBIDDEN.test(name)) return "Files of this kind are not accepted.";
  if (name.startsWith(".")) return "The name begins with a dot.";
  return ALLOWED.test(name) ? null : "The name must end in .csv, .tsv or .txt, or in .gz after one of these.";
}
