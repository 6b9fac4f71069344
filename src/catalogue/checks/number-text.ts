/**
 * Numbers as sellers write them. Plain is `-1234.56`: digits, and a point before decimals. What has one reading is
 * read by its own form; what has two is read by the column's convention, and without one never guessed.
 *
 * | text                       | nothing known | mixed     | br              | en        |
 * | -------------------------- | ------------- | --------- | --------------- | --------- |
 * | `1234` `10.5` `0.500`      | plain         | plain     | plain           | plain     |
 * | `1.234`                    | plain         | ambiguous | 1234            | plain     |
 * | `R$ 1.234` ` 1.234`        | ambiguous     | ambiguous | 1234            | 1.234     |
 * | `1,234`                    | ambiguous     | ambiguous | 1.2340          | 1234      |
 * | `1,230`                    | ambiguous     | ambiguous | 1.23            | 1230      |
 * | `10,5` `0,500` `1.234,56`  | 10.5 0.500 1234.56, in every column                   |
 * | `1,234.56` `1 234` `+5`    | 1234.56 1234 5, in every column                       |
 * | `12%` `US$ 5` `(5)` `5-`   | badly written: what they mean is more than a number   |
 * | `7,89E+12` `abc`           | no number: the digits that an exponent hides are lost |
 *
 * Under `br` a number of exactly three decimals is written with a zero more or less: `1.234` would be read as 1234
 * by the very column it stands in. So reading what was written is writing it again.
 */

import type { Conventions, NumberFormat } from "./conventions";

export type NumberReading =
  | { readonly type: "none" }
  /** `format`: whose writing it is, if its form tells. */
  | {
      readonly type: "sure";
      readonly plain: string;
      readonly format: NumberFormat | null;
      readonly isPlain: boolean;
    }
  | ({ readonly type: "ambiguous"; readonly isPlain: boolean } & Readonly<Record<NumberFormat, string>>);

const PLAIN = /^-?\d+(?:\.\d+)?$/;
const ADORNED = /^([+\-\u2212]?) *(?:(?:R\$|BRL) *([+\-\u2212]?))?(\d[\d.,' ]*?)(?: *(?:R\$|BRL))?$/i;
const UNADORNED = /^\d[\d.,]+$/;
const DIGIT = /\d/;
const DIGITS = /^\d+$/;
const COMMA_DECIMAL = /^(?:\d+|[1-9]\d{0,2}(?:([. '])\d{3})(?:\1\d{3})*),\d+$/;
const POINT_DECIMAL = /^(?:\d+|[1-9]\d{0,2}(?:([, '])\d{3})(?:\1\d{3})*)\.\d+$/;
const GROUPED_INTEGER = /^[1-9]\d{0,2}(?:(?:\.\d{3}){2,}|(?:,\d{3}){2,}|(?: \d{3})+|(?:'\d{3})+)$/;
const TWO_READINGS = /^[1-9]\d{0,2}[.,]\d{3}$/;
const GROUPED_POINT = /^-?[1-9]\d{0,2}\.\d{3}$/;
/** What ends otherwise has one reading, or none. */
const THREE_LAST = /[.,]\d{3}\D*$/;
const SPACES = /[\u00a0\u2007\u2009\u202f]/g;
const MARKS = /[.,' ]/g;
const UNITS = /R\$|BRL|US\$|USD|EUR|[$€£%]/i;
const NUMERALS = /^[\s\d.,'’()+\-\u2212]*$/;
const NUMBER_MAX_LENGTH = 40;
const NONE: NumberReading = { type: "none" };

export function isPlainNumber(text: string): boolean {
  return text.length <= NUMBER_MAX_LENGTH && PLAIN.test(text);
}

/** What the text's form says by itself. */
export function readNumber(text: string): NumberReading {
  if (text.length > NUMBER_MAX_LENGTH) return NONE;
  if (PLAIN.test(text)) return readPlain(text);
  return UNADORNED.test(text) ? readUnsigned("", text) : readAdorned(text);
}

function readAdorned(text: string): NumberReading {
  const trimmed = text.trim();
  const match = ADORNED.exec(trimmed.replace(SPACES, " ").replaceAll("’", "'"));
  if (!match) return NONE;
  const [, outer = "", inner = "", digits = ""] = match;
  if (outer !== "" && inner !== "") return NONE;
  const sign = outer + inner === "" || outer + inner === "+" ? "" : "-";
  return readUnsigned(sign, digits, PLAIN.test(trimmed));
}

/** `isPlain`: but for the spaces around it. */
function readUnsigned(sign: string, digits: string, isPlain = false): NumberReading {
  if (TWO_READINGS.test(digits)) return twoReadings(sign, digits, false);
  if (DIGITS.test(digits)) return sure(sign + digits, null);
  if (COMMA_DECIMAL.test(digits)) return sure(sign + digits.replace(/[. ']/g, "").replace(",", "."), "br");
  if (POINT_DECIMAL.test(digits)) return sure(sign + digits.replace(/[, ']/g, ""), "en", isPlain);
  if (!GROUPED_INTEGER.test(digits)) return NONE;
  const format = digits.includes(".") ? "br" : digits.includes(",") ? "en" : null;
  return sure(sign + digits.replace(MARKS, ""), format);
}

function readPlain(text: string): NumberReading {
  if (!GROUPED_POINT.test(text)) return sure(text, text.includes(".") ? "en" : null, true);
  return text.startsWith("-") ? twoReadings("-", text.slice(1), true) : twoReadings("", text, true);
}

function sure(plain: string, format: NumberFormat | null, isPlain = false): NumberReading {
  return { type: "sure", plain, format, isPlain };
}

function twoReadings(sign: string, digits: string, isPlain: boolean): NumberReading {
  const grouped = sign + digits.replace(MARKS, "");
  if (digits.includes(".")) return { type: "ambiguous", br: grouped, en: sign + digits, isPlain };
  const decimal = sign + digits.replace(",", ".");
  const br = decimal.endsWith("0") ? decimal.slice(0, -1) : `${decimal}0`;
  return { type: "ambiguous", br, en: grouped, isPlain };
}

/** The plain form of a number, or null if the text is none, or has two readings in such a column. */
export function plainForm(text: string, format: Conventions["numbers"] = null): string | null {
  const reading = readNumber(text);
  if (reading.type === "none") return null;
  if (reading.type === "sure") return reading.plain;
  if (format === null) return reading.isPlain ? reading.en : null;
  return format === "mixed" ? null : reading[format];
}

/** NaN if the text is no number, or has two readings in such a column. */
export function numberOf(text: string, format: Conventions["numbers"] = null): number {
  const plain = plainForm(text, format);
  return plain === null ? Number.NaN : Number(plain);
}

/** What keeps a text from being a plain number, as its column reads it. */
export function numberFault(
  text: string,
  format: Conventions["numbers"],
): "NOT_NUMERIC" | "INVALID_FORMAT" | "AMBIGUOUS" | null {
  if (isPlainNumber(text)) {
    if (format === null || format === "en" || !GROUPED_POINT.test(text)) return null;
    return format === "br" ? "INVALID_FORMAT" : "AMBIGUOUS";
  }
  if (isAmbiguous(text, format)) return "AMBIGUOUS";
  return looksNumeric(text.slice(0, 64)) ? "INVALID_FORMAT" : "NOT_NUMERIC";
}

/** `1.2.3` and `12%` are badly written numbers; `abc` is none. */
function looksNumeric(text: string): boolean {
  return DIGIT.test(text) && (NUMERALS.test(text) || NUMERALS.test(text.replace(UNITS, "")));
}

/** Whether a text is a number, and the column does not say which. */
export function isAmbiguous(text: string, format: Conventions["numbers"]): boolean {
  if ((format !== null && format !== "mixed") || !THREE_LAST.test(text)) return false;
  return readNumber(text).type === "ambiguous";
}
