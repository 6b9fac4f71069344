/** What identifiers and measures, and their fixes, may say in a profile beyond their types. */

import { isConvertible, isSameQuantity } from "../checks/measures/units";
import type { CheckSpec, RuleCheckSpec } from "./check-schema";
import type { FixSpec } from "./fix-schema";

type Refuse = (path: string, message: string) => void;
type Sized = Extract<CheckSpec, { type: "image_url" | "dimensions" | "measure" }>;

export function lintSizes(check: Sized, path: string, refuse: Refuse): void {
  const { min, max } = check;
  if (min !== undefined && max !== undefined && min > max) {
    refuse(path, `min ${min} is greater than max ${max}`);
  }
  if (check.type === "image_url") {
    const isCounted = min !== undefined || max !== undefined;
    if (isCounted && check.separator === undefined) refuse(path, "min and max need a separator");
  }
  if (check.type === "measure") {
    const [first] = check.units;
    const stranger = check.units.find((unit) => first !== undefined && !isSameQuantity(first, unit));
    if (stranger !== undefined) refuse(`${path}/units`, `${first} and ${stranger} do not measure the same`);
  }
}

/** A fix that its check would always refuse, or that could take one code for another. */
export function lintIdentifierFix(check: RuleCheckSpec, fix: FixSpec, path: string, refuse: Refuse): void {
  if (fix.type === "pad_gtin" || fix.type === "expand_upc_e") {
    const kinds = check.type === "gtin" ? check.kinds : undefined;
    if (kinds && !kinds.includes("GTIN-12"))
      refuse(path, `${fix.type} writes a GTIN-12, which kinds leaves out`);
    if (fix.type === "expand_upc_e" && (!kinds || kinds.includes("GTIN-8"))) {
      refuse(path, "eight digits could be a GTIN-8 or a UPC-E: give kinds, without GTIN-8");
    }
  }
  if (fix.type === "convert_units" && check.type === "measure" && fix.to !== undefined) {
    const { to } = fix;
    if (!check.units.includes(to)) refuse(`${path}/to`, `${to} is not among the check's units`);
    const isReached = check.units.every((unit) => unit === to || isConvertible(unit, to));
    if (!isReached) refuse(`${path}/to`, "1 TB is 1000 or 1024 GB: amounts of data are not converted");
  }
}
