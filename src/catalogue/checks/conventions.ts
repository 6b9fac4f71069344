/** How a column writes what can be written in two ways, as its profile states it or its first window shows it. */

import { readDate } from "./date-text";
import { readNumber } from "./number-text";

/** `br` is `1.234,56`, `en` is `1,234.56`. */
export const NUMBER_FORMATS = ["br", "en"] as const;
export type NumberFormat = (typeof NUMBER_FORMATS)[number];

/** The order of day, month and year, whatever stands between them. */
export const DATE_FORMATS = ["dmy", "mdy", "ymd"] as const;
export type DateFormat = (typeof DATE_FORMATS)[number];

export interface Conventions {
  /** Null: nothing is known. `mixed`: the column writes both ways, so that not even `1.234` is sure. */
  readonly numbers: NumberFormat | "mixed" | null;
  readonly dates: DateFormat | null;
}

export const NO_CONVENTIONS: Conventions = { numbers: null, dates: null };

/** Whether a text has one reading, and that one in another convention than the column's. */
export function numberContradicts(text: string, format: NumberFormat, plainCounts: boolean): boolean {
  const reading = readNumber(text);
  if (reading.type !== "sure" || reading.format === null || reading.format === format) return false;
  return plainCounts || !reading.isPlain;
}

export function dateContradicts(text: string, format: DateFormat): boolean {
  const reading = readDate(text);
  return (
    reading.type === "sure" && reading.order !== null && reading.order !== "ymd" && reading.order !== format
  );
}
