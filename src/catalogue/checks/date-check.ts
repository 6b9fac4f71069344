import type { Check } from "./checks";
import type { DateFormat } from "./conventions";
import { dayOf, isAmbiguousDate } from "./date-text";
import { screenIsoDate } from "./screens";

export interface DateCheckSpec {
  readonly min?: string | undefined;
  readonly max?: string | undefined;
  readonly format?: "iso" | undefined;
}

const TWO_DIGIT_DAY_FIRST = /^(\d{2})\/(\d{2})\/(\d{4})$/;

/** A real day, written `2024-03-12`, or, unless only that will do, `12/03/2024` where it means 12 March. */
export function dateCheck({ min, max, format }: DateCheckSpec, order: DateFormat | null): Check {
  return {
    judge: (value) => {
      const day = dayOf(value, order);
      if (day === null) return isAmbiguousDate(value, order) ? "AMBIGUOUS" : "INVALID_FORMAT";
      const { iso } = day;
      if (min !== undefined && iso < min) return "TOO_LOW";
      if (max !== undefined && iso > max) return "TOO_HIGH";
      const isAccepted =
        value === iso || (format !== "iso" && value.replace(TWO_DIGIT_DAY_FIRST, "$3-$2-$1") === iso);
      return isAccepted ? null : "INVALID_FORMAT";
    },
    screen: screenIsoDate(asNumber(min ?? "1000-01-01"), asNumber(max ?? "9999-12-31")),
    expected: `date (YYYY-MM-DD${format === "iso" ? "" : " or DD/MM/YYYY"})${bounds(min, max)}`,
    reads: "dates",
  };
}

const asNumber = (iso: string): number => Number(iso.replaceAll("-", ""));

function bounds(min: string | undefined, max: string | undefined): string {
  if (min === undefined) return max === undefined ? "" : `, <= ${max}`;
  return max === undefined ? `, >= ${min}` : `, ${min}..${max}`;
}
