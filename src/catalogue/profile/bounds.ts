import type { RuleCheckSpec } from "./check-schema";

/** Between what a check lets numbers, lengths or items be; infinite where it says nothing. */
export interface Bounds {
  readonly of: "number" | "length" | "items";
  readonly min: number;
  readonly max: number;
}

export function boundsOf(check: RuleCheckSpec): Bounds | null {
  const bounds = (of: Bounds["of"], min = -Infinity, max = Infinity): Bounds => ({ of, min, max });
  switch (check.type) {
    case "range":
      return bounds("number", check.min, check.max);
    case "numeric_min":
      return bounds("number", check.min ?? check.value);
    case "numeric_max":
      return bounds("number", undefined, check.max ?? check.value);
    case "length":
      return bounds("length", check.min, check.max);
    case "length_min":
      return bounds("length", check.min ?? check.value);
    case "length_max":
      return bounds("length", undefined, check.max ?? check.value);
    case "item_count":
      return bounds("items", check.min, check.max);
    default:
      return null;
  }
}
