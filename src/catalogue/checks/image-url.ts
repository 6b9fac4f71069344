/** Addresses of images: one in a cell, or a list of them. */

import type { Check, Fault } from "./checks";
import { isWebUrl } from "./formats";
import type { Screen } from "./screens";

interface ImageUrlSpec {
  readonly extensions?: readonly string[] | undefined;
  readonly separator?: string | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

const URL_MAX_LENGTH = 2048;
const SPACE = 0x20;
const SLASH = 0x2f;
const DOT = 0x2e;
const HYPHEN = 0x2d;
const NO_SEPARATOR = -1;

const encoder = new TextEncoder();
const SCHEMES = ["https://", "http://"].map((scheme) => encoder.encode(scheme));
const PATH_BYTES = bytesOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-~=+");

/** An extension is the end of the path's last part, in any case; what follows a `?` is none of it. */
export function imageUrlCheck({ extensions, separator, min = 0, max = Infinity }: ImageUrlSpec): Check {
  const allowed = extensions?.map((extension) => extension.toLowerCase());
  const isImage = (url: string) => isWebUrl(url) && (!allowed || allowed.includes(extensionOf(url)));
  const judge = (value: string): Fault | null => {
    const urls = separator === undefined ? [value] : itemsOf(value, separator);
    if (!urls.every(isImage)) return "INVALID_FORMAT";
    return urls.length < min ? "TOO_FEW" : urls.length > max ? "TOO_MANY" : null;
  };
  const kind = `http(s) URL${allowed ? ` ending in ${allowed.map((extension) => `.${extension}`).join("/")}` : ""}`;
  const many = `${min}..${max === Infinity ? "" : max} × ${kind}, separated by ${JSON.stringify(separator)}`;
  return {
    judge,
    screen: screenImageUrls(allowed, separator?.charCodeAt(0) ?? NO_SEPARATOR, min, max),
    expected: separator === undefined ? kind : many,
  };
}

function itemsOf(value: string, separator: string): string[] {
  return value
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function extensionOf(url: string): string {
  const { pathname } = new URL(url);
  const name = pathname.slice(pathname.lastIndexOf("/") + 1);
  return name.slice(name.lastIndexOf(".") + 1 || name.length).toLowerCase();
}

/** Clears plain addresses: ASCII, a host with a name, no port, no query, no escapes. */
function screenImageUrls(
  extensions: readonly string[] | undefined,
  separator: number,
  min: number,
  max: number,
): Screen {
  const endings = extensions?.map((extension) => encoder.encode(`.${extension}`));
  return (bytes, start, end) => {
    let items = 0;
    for (let at = start; at <= end; at++) {
      let to = at;
      while (to < end && bytes[to] !== separator) to++;
      while (at < to && items > 0 && bytes[at] === SPACE) at++;
      if (!isPlainUrl(bytes, at, to)) return false;
      if (endings && !endings.some((ending) => endsWith(bytes, at, to, ending))) return false;
      items++;
      at = to;
    }
    return items >= min && items <= max;
  };
}

function isPlainUrl(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > URL_MAX_LENGTH) return false;
  const scheme = SCHEMES.find((candidate) => candidate.every((byte, i) => bytes[start + i] === byte));
  if (!scheme) return false;
  const path = endOfHost(bytes, start + scheme.length, end);
  if (path < 0) return false;
  for (let at = path; at < end; at++) {
    if (PATH_BYTES[bytes[at] as number] === 0) return false;
  }
  return true;
}

/** Where the path starts. -1 stands for a host that is not plainly a name, or no path. */
function endOfHost(bytes: Uint8Array, start: number, end: number): number {
  let previous = DOT;
  let label = start;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    const isMark = byte === DOT || byte === HYPHEN || byte === SLASH;
    if (isMark && (previous === DOT || previous === HYPHEN)) return -1;
    if (byte === SLASH) return isLetter(bytes[label] as number) ? at : -1;
    if (byte === DOT) label = at + 1;
    else if (!isMark && !isLetter(byte) && (byte < 0x30 || byte > 0x39)) return -1;
    previous = byte;
  }
  return -1;
}

function endsWith(bytes: Uint8Array, start: number, end: number, ending: Uint8Array): boolean {
  const from = end - ending.length;
  return from >= start && ending.every((byte, i) => bytes[from + i] === byte);
}

function isLetter(byte: number): boolean {
  const small = byte | 0x20;
  return small >= 0x61 && small <= 0x7a;
}

function bytesOf(chars: string): Uint8Array {
  const set = new Uint8Array(256);
  for (const byte of encoder.encode(chars)) set[byte] = 1;
  return set;
}
