/**
 * Numbers as sellers write them. Plain is `-1234.56`. Brazilian and English forms are read where only one
 * reading is possible; `1,234` and `R$ 1.234` have two, and are never guessed.
 */

const PLAIN = /^-?\d+(?:\.\d+)?$/;
const CURRENCY = /^(-?)\s*R\$\s*(-?)/i;
const COMMA_DECIMAL = /^(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+|[1-9]\d{0,2}(?: \d{3})+),\d+$/;
const POINT_DECIMAL = /^[1-9]\d{0,2}(?:,\d{3})+\.\d+$/;
const GROUPED_INTEGER = /^[1-9]\d{0,2}(?:(?:\.\d{3}){2,}|(?:,\d{3}){2,}|(?: \d{3})+)$/;
const TWO_READINGS = /^[1-9]\d{0,2}[.,]\d{3}$/;
const NUMBER_MAX_LENGTH = 40;

export function isPlainNumber(text: string): boolean {
  return text.length <= NUMBER_MAX_LENGTH && PLAIN.test(text);
}

/** The plain form of a number, or null if the text is none or has two readings. */
export function plainForm(text: string): string | null {
  const trimmed = text.trim().replaceAll("\u00a0", " ");
  if (trimmed.length > NUMBER_MAX_LENGTH) return null;
  if (PLAIN.test(trimmed)) return trimmed;
  const currency = CURRENCY.exec(trimmed);
  const unsigned = currency ? trimmed.slice(currency[0].length) : trimmed.replace(/^-/, "");
  const isNegative = currency ? currency[1] !== currency[2] : unsigned !== trimmed;
  if (currency && currency[1] === "-" && currency[2] === "-") return null;
  const digits = plainDigits(unsigned);
  return digits === null ? null : isNegative ? `-${digits}` : digits;
}

/** NaN if the text is no number, or has two readings. */
export function numberOf(text: string): number {
  const plain = plainForm(text);
  return plain === null ? Number.NaN : Number(plain);
}

function plainDigits(text: string): string | null {
  if (TWO_READINGS.test(text)) return null;
  if (PLAIN.test(text)) return text.startsWith("-") ? null : text;
  if (COMMA_DECIMAL.test(text)) return text.replace(/[. ]/g, "").replace(",", ".");
  if (POINT_DECIMAL.test(text)) return text.replaceAll(",", "");
  if (GROUPED_INTEGER.test(text)) return text.replace(/[., ]/g, "");
  return null;
}
