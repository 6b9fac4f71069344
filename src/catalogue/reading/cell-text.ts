import { ESCAPED, BROKEN } from "./row-index";

const SHORT_BYTES = 48;
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** The text of a cell's content; doubled quotes are undone if its flags say that there are any. */
export function cellText(bytes: Uint8Array, start: number, end: number, flags: number): string {
  const text = end - start <= SHORT_BYTES ? shortText(bytes, start, end) : longText(bytes, start, end);
  return (flags & (ESCAPED | BROKEN)) === 0 ? text : text.replaceAll('""', '"');
}

/** Building a short string byte by byte is cheaper than a call into the decoder; most cells are short ASCII. */
function shortText(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte > 0x7f) return longText(bytes, start, end);
    text += String.fromCharCode(byte);
  }
  return text;
}

function longText(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end));
}
