/**
 * Cells that a spreadsheet shows and neither runs nor rewrites. The guard is one apostrophe before the text, also
 * where the text begins with such an apostrophe already, so that taking one off again gives the very text.
 */

/** Full-width forms count: East Asian editions of Excel take them for their ASCII twins; spaces may be trimmed. */
const EXECUTABLE = /^'*(?:[\t\r\n]|\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/;
const NUMBER = /^[+-]?\d[\d.,]*%?$/;
/** Only digits and what joins them in numbers, dates and times: a spreadsheet would put its own reading in its place. */
const REREAD = /^'*\s*[\d.,:/+\-%eE]*\d[\d.,:/+\-%eE]*\s*$/;
/** Read alike wherever `;` parts cells: eleven digits at most, no leading zero, a decimal comma if any. */
const SURE_NUMBER = /^[+-]?(?:0|[1-9]\d{0,10})(?:,\d+)?%?$/;

export interface CsvForm {
  readonly delimiter: "," | ";";
  readonly lineEnd: "\n" | "\r\n";
  readonly hasBom: boolean;
  readonly guard: (text: string) => boolean;
}

/** For programs: text that a spreadsheet would run is guarded, numbers such as `-5,00` are left alone. */
export const PLAIN_CSV: CsvForm = {
  delimiter: ",",
  lineEnd: "\n",
  hasBom: false,
  guard: (text) => EXECUTABLE.test(text) && !NUMBER.test(text),
};

/**
 * For Excel as Brazil and Spain have it. Beside formulas, what Excel would rewrite is guarded: a GTIN (`7,89E+12`),
 * leading zeros, dates, and `10.50`, in which it would not see ten and a half. An apostrophe rather than `="..."`, a
 * formula in itself that no other program takes for text, or a tab, which readers trim and nobody sees.
 */
export const EXCEL_CSV: CsvForm = {
  delimiter: ";",
  lineEnd: "\r\n",
  hasBom: true,
  guard: (text) => (EXECUTABLE.test(text) || REREAD.test(text)) && !SURE_NUMBER.test(text),
};

export function csvCell(text: string, { guard, delimiter }: CsvForm): string {
  const guarded = guard(text) ? `'${text}` : text;
  const needsQuotes = /["\r\n]/.test(guarded) || guarded.includes(delimiter);
  return needsQuotes ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}
