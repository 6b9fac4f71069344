/**
 * Dates as sellers write them. Plain is `2024-03-12`. A text has one reading if its year has four digits and either
 * a name or the calendar tells day from month; a time behind it is read over.
 *
 * | text                                 | nothing known, `ymd` | dmy        | mdy        |
 * | ------------------------------------ | -------------------- | ---------- | ---------- |
 * | `2024-03-12` `2024/3/12`             | 2024-03-12, in every column                    |
 * | `25/12/2024` `12-25-2024`            | 2024-12-25, in every column                    |
 * | `5/5/2024` `12 mar 2024` `Mar 12, 2024` | its one day, in every column                |
 * | `03/04/2024`                         | ambiguous            | 2024-04-03 | 2024-03-04 |
 * | `25/12/24`                           | ambiguous in every column: the century is not said |
 * | `31/04/2024` `45363`                 | no date              | no date    | no date    |
 */

import type { DateFormat } from "./conventions";

export type DateReading =
  | { readonly type: "none" }
  /** `order`: whose writing it is, if its form tells. */
  | {
      readonly type: "sure";
      readonly iso: string;
      readonly order: DateFormat | null;
      readonly hasTime: boolean;
    }
  | { readonly type: "ambiguous"; readonly dmy: string; readonly mdy: string; readonly hasTime: boolean }
  | { readonly type: "no-century" };

export interface Day {
  readonly iso: string;
  /** A time of day, other than its beginning, is written behind it. */
  readonly hasTime: boolean;
}

const TIME = /[T ] ?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?( ?[AP]M)?(Z| ?[+-]\d{2}:?\d{2})?$/i;
const MIDNIGHT = /^[T ] ?00?:00(?::00(?:[.,]0+)?)?$/i;
const YEAR_FIRST = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/;
const YEAR_LAST = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})$/;
const NO_CENTURY = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{2})$/;
const DAY_NAMED = /^(\d{1,2})º?(?:[-/. ]| de )(\p{L}{3,10})\.?(?:[-/. ]|, | de )(\d{4}|\d{2})$/iu;
const NAME_FIRST = /^(\p{L}{3,10})\.? (\d{1,2}),? (\d{4})$/iu;
const DATE_MAX_LENGTH = 48;
const NONE: DateReading = { type: "none" };

/** In Portuguese, English and Spanish; none of them means another month elsewhere. */
const MONTHS: readonly string[] = [
  "jan janeiro january ene enero",
  "fev fevereiro feb february febrero",
  "mar março march marzo",
  "abr abril apr april",
  "mai maio may mayo",
  "jun junho june junio",
  "jul julho july julio",
  "ago agosto aug august",
  "set setembro sep sept september septiembre setiembre",
  "out outubro oct october octubre",
  "nov novembro november noviembre",
  "dez dezembro dec december dic diciembre",
];
const MONTH_OF: ReadonlyMap<string, number> = new Map(
  MONTHS.flatMap((names, month) => names.split(" ").map((name) => [name, month + 1])),
);
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** What the text's form says by itself. */
export function readDate(text: string): DateReading {
  if (text.length > DATE_MAX_LENGTH) return NONE;
  const trimmed = text.trim();
  const time = TIME.exec(trimmed);
  if (time && !isTimeOfDay(time)) return NONE;
  const date = time ? trimmed.slice(0, time.index) : trimmed;
  const hasTime = time !== null && !MIDNIGHT.test(time[0]);
  const sure = (iso: string | null, order: DateFormat | null): DateReading =>
    iso === null ? NONE : { type: "sure", iso, order, hasTime };

  const yearFirst = YEAR_FIRST.exec(date);
  if (yearFirst) {
    const [, year, separator, month, day] = yearFirst.map(String);
    return sure(isoOf(year, month, day), separator === "-" ? null : "ymd");
  }
  const yearLast = YEAR_LAST.exec(date);
  if (yearLast) {
    const [, first, , second, year] = yearLast.map(String);
    const dmy = isoOf(year, second, first);
    const mdy = isoOf(year, first, second);
    if (dmy === null || mdy === null) return sure(dmy ?? mdy, dmy === null ? "mdy" : "dmy");
    return dmy === mdy ? sure(dmy, null) : { type: "ambiguous", dmy, mdy, hasTime };
  }
  const short = NO_CENTURY.exec(date);
  if (short) {
    const [, first, , second, third] = short.map(String);
    const orders = [
      isoOf(`20${third}`, second, first),
      isoOf(`20${third}`, first, second),
      isoOf(`20${first}`, second, third),
    ];
    return orders.some((iso) => iso !== null) ? { type: "no-century" } : NONE;
  }
  const dayNamed = DAY_NAMED.exec(date);
  const [day, name, year] = dayNamed ? [dayNamed[1], dayNamed[2], dayNamed[3]] : nameFirst(date);
  const month = MONTH_OF.get(name?.toLowerCase() ?? "");
  if (month === undefined) return NONE;
  if (year?.length === 2) return { type: "no-century" };
  return sure(isoOf(year, String(month), day), null);
}

function nameFirst(date: string): readonly (string | undefined)[] {
  const match = NAME_FIRST.exec(date);
  return match ? [match[2], match[1], match[3]] : [];
}

/** The day that a text means in a column of such dates; null if it is none, or if two would do. */
export function dayOf(text: string, order: DateFormat | null): Day | null {
  const reading = readDate(text);
  if (reading.type === "sure") return reading;
  if (reading.type !== "ambiguous" || order === null || order === "ymd") return null;
  return { iso: reading[order], hasTime: reading.hasTime };
}

/** Whether a text is a date, and neither it nor its column says which. */
export function isAmbiguousDate(text: string, order: DateFormat | null): boolean {
  const { type } = readDate(text);
  return type === "no-century" || (type === "ambiguous" && order !== "dmy" && order !== "mdy");
}

function isTimeOfDay([, hours, minutes, seconds = "0"]: RegExpExecArray): boolean {
  return Number(hours) < 24 && Number(minutes) < 60 && Number(seconds) < 61;
}

/** Null for a day that the calendar does not have, or has lost count of. */
function isoOf(year = "", month = "", day = ""): string | null {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  return y >= 1000 && d >= 1 && d <= daysIn(y, m)
    ? `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`
    : null;
}

export function daysIn(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && isLeap ? 29 : (DAYS[month - 1] ?? 0);
}
