/** In which encoding a file is, judged on its first bytes. What none of ours is, is refused. */

import { err, ok, type Result } from "../../domain/result";
import { sequenceLength, wholeUtf8End } from "./utf8";

export const ENCODINGS = ["utf-8", "utf-16le", "utf-16be", "windows-1252"] as const;
export type Encoding = (typeof ENCODINGS)[number];

export interface DetectedEncoding {
  readonly encoding: Encoding;
  /** 0 to 1: how sure it is. */
  readonly confidence: number;
}

export type Unreadable = { reason: "not_a_table" | "unsupported_encoding"; detail: string };

type Head = { readonly bytes: Uint8Array; readonly length: number; readonly isWhole: boolean };

const MAGIC: readonly (readonly [string, readonly number[]])[] = [
  ["a ZIP archive (an .xlsx file is one)", [0x50, 0x4b, 0x03, 0x04]],
  ["an old Excel or Office file", [0xd0, 0xcf, 0x11, 0xe0]],
  ["a PDF", [0x25, 0x50, 0x44, 0x46]],
  ["gzip data", [0x1f, 0x8b]],
  ["a PNG image", [0x89, 0x50, 0x4e, 0x47]],
  ["a JPEG image", [0xff, 0xd8, 0xff]],
];
const UTF_32_MARKS = [
  [0xff, 0xfe, 0, 0],
  [0, 0, 0xfe, 0xff],
];
const MARKS: readonly (readonly [Encoding, readonly number[]])[] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];

/**
 * A byte order mark wins, as in the Encoding Standard; then what is `asked` for; then what the bytes look like. A
 * file whose head is ASCII is UTF-8: if Windows-1252 comes later, its rows have an `encoding-error` each, since
 * what was read before them cannot be read again.
 */
export function detectEncoding(
  head: Head,
  asked: Encoding | undefined,
): Result<DetectedEncoding, Unreadable> {
  if (head.length === 0) return err({ reason: "not_a_table", detail: "the file is empty" });
  for (const [what, magic] of MAGIC) {
    if (startsWith(head, magic)) return err({ reason: "not_a_table", detail: `the file is ${what}` });
  }
  if (asked === undefined && UTF_32_MARKS.some((mark) => startsWith(head, mark))) {
    return err({ reason: "unsupported_encoding", detail: "UTF-32; save the file as UTF-8" });
  }
  const marked = MARKS.find(([, mark]) => startsWith(head, mark))?.[0] ?? asked;
  return marked === undefined ? judge(head) : ok({ encoding: marked, confidence: 1 });
}

function judge(head: Head): Result<DetectedEncoding, Unreadable> {
  const { bytes, length, isWhole } = head;
  let controls = 0;
  const nuls = { even: 0, odd: 0 };
  for (let at = 0; at < length; at++) {
    const byte = bytes[at] as number;
    if (byte === 0) nuls[(at & 1) === 0 ? "even" : "odd"]++;
    else if (byte < 0x20 && (byte < 0x09 || byte > 0x0d)) controls++;
  }
  // Latin text in UTF-16 has a NUL in every other byte.
  if (Math.max(nuls.even, nuls.odd) > length / 4 && Math.min(nuls.even, nuls.odd) < length / 20) {
    return ok({ encoding: nuls.even > nuls.odd ? "utf-16be" : "utf-16le", confidence: 0.9 });
  }
  if (controls >= 4 && controls > length / 20) {
    return err({ reason: "not_a_table", detail: "the file is binary" });
  }
  const nulCount = nuls.even + nuls.odd;
  if (nulCount >= 4 && nulCount > length / 8) {
    const detail = "full of NUL bytes, as UTF-32 is; save the file as UTF-8";
    return err({ reason: "unsupported_encoding", detail });
  }
  const { wellFormed, broken } = countSequences(bytes, isWhole ? length : wholeUtf8End(bytes, 0, length));
  if (broken === 0) return ok({ encoding: "utf-8", confidence: 1 });
  // Windows-1252 text looks like a UTF-8 sequence only by chance; a damaged UTF-8 file is mostly sound ones.
  return ok(
    wellFormed > broken
      ? { encoding: "utf-8", confidence: 0.6 }
      : { encoding: "windows-1252", confidence: 0.8 },
  );
}

/** Of the bytes above ASCII. */
function countSequences(bytes: Uint8Array, to: number): { wellFormed: number; broken: number } {
  let wellFormed = 0;
  let broken = 0;
  for (let at = 0; at < to;) {
    if ((bytes[at] as number) < 0x80) {
      at++;
      continue;
    }
    const length = sequenceLength(bytes, at, to);
    if (length > 0) wellFormed++;
    else broken++;
    at += Math.max(1, length);
  }
  return { wellFormed, broken };
}

function startsWith({ bytes, length }: Head, start: readonly number[]): boolean {
  return start.length <= length && start.every((byte, at) => bytes[at] === byte);
}
