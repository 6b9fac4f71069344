import type { Dialect } from "../reading/dialect";
import type { Encoding } from "../reading/encoding";
import { isWritable1252 } from "../reading/windows-1252";

/** Tells whether a corrected cell can be written; null if any can. */
export function writableIn(
  encoding: Encoding,
  { delimiter, quoteChar }: Pick<Dialect, "delimiter" | "quoteChar">,
): ((text: string) => boolean) | null {
  const isEncodable = encoding === "windows-1252" ? isWritable1252 : null;
  if (quoteChar !== null) return isEncodable;
  const needsQuotes = new RegExp(`[\\r\\n${delimiter}]`);
  return (text) => !needsQuotes.test(text) && (isEncodable === null || isEncodable(text));
}
