/** Identifiers as people write them, brought to their bare form. Whether the result is one, its check says. */

const WRITTEN_MAX_LENGTH = 64;
/** Runs of letters and digits, with separators only between them: `-1` is a negative number, no code. */
const GROUPS = /^[0-9A-Za-z]+(?:[\s.\-/\u2010-\u2013]+[0-9A-Za-z]+)*$/;
const SEPARATORS = /[\s.\-/\u2010-\u2013]+/g;
/** What keeps a spreadsheet from reading a code as a number: `="00123"`, `'00123`. */
const AS_TEXT = /^(?:="(.*)"|'(.*))$/;
const DECIMAL = /^\d+\.\d+$/;
const WHOLE_DECIMAL = /^(\d+)\.0+$/;
const UPC_A_WITHOUT_ITS_ZERO = /^[1-9]\d{10}$/;

/**
 * Takes out dots, hyphens, slashes and spaces, and writes letters as capitals. One dot alone may be a decimal
 * point: only `.0`, which spreadsheets put behind a code, is then taken away, never joined to it.
 */
export function bareIdentifier(value: string): string | null {
  if (value.length > WRITTEN_MAX_LENGTH) return null;
  const quoted = AS_TEXT.exec(value.trim());
  const text = (quoted?.[1] ?? quoted?.[2] ?? value).trim();
  if (!GROUPS.test(text)) return null;
  if (DECIMAL.test(text)) return WHOLE_DECIMAL.exec(text)?.[1] ?? null;
  return text.replace(SEPARATORS, "").toUpperCase();
}

/** Eleven digits may be a UPC-A whose leading zero a spreadsheet has dropped. */
export function withUpcZero(value: string): string | null {
  const text = value.trim();
  return UPC_A_WITHOUT_ITS_ZERO.test(text) ? `0${text}` : null;
}
