/** Rules that several channels ask of one field or another, each in the order in which they are read. */

import type { ProfileInput } from "../profile/profile";
import { OWN, type Provenance } from "./provenance";

type RuleInput = NonNullable<ProfileInput["rules"]>[number];
type SeverityInput = "error" | "warning" | "info";
type GtinKind = "GTIN-8" | "GTIN-12" | "GTIN-13" | "GTIN-14";

export function required(field: string, from: Provenance, severity: SeverityInput = "error"): RuleInput {
  return { id: `${field}_required`, field, check: { type: "required" }, severity, ...from };
}

/** Runs first, so that lengths are counted without idle spaces. */
export function tidySpaces(field: string): RuleInput {
  const form = { trim: true, collapse_spaces: true };
  return {
    id: `${field}_spaces`,
    field,
    check: { type: "normalized", ...form },
    fix: { type: "normalize", ...form },
    severity: "info",
    precedence: 50,
    ...OWN,
  };
}

/** A text that must be there, without idle spaces. */
export function requiredText(field: string, from: Provenance): readonly RuleInput[] {
  return [required(field, from), tidySpaces(field)];
}

/** Cutting a text loses a part of it: only where the profile's owner allows that. */
export function longest(
  field: string,
  max: number,
  from: Provenance,
  severity: SeverityInput = "error",
): RuleInput {
  return {
    id: `${field}_length_max`,
    field,
    check: { type: "length_max", max },
    fix: { type: "truncate", max },
    severity,
    ...from,
  };
}

/**
 * A price that is missing or zero has no fix: nobody but the seller knows it. `limitsFrom` is what its form and bounds
 * rest on.
 */
export function price(
  field: string,
  min: number,
  max: number | null,
  from: Provenance,
  limitsFrom = from,
): readonly RuleInput[] {
  return [
    required(field, from),
    {
      id: `${field}_decimal`,
      field,
      check: { type: "decimal", scale: 2 },
      fix: { type: "normalize_decimal" },
      severity: "error",
      ...limitsFrom,
    },
    {
      id: `${field}_range`,
      field,
      check: max === null ? { type: "range", min } : { type: "range", min, max },
      severity: "error",
      ...limitsFrom,
    },
  ];
}

/** Stock, pages: what is counted. */
export function wholeNumber(
  field: string,
  min: number,
  max: number | null,
  from: Provenance,
  severity: SeverityInput = "error",
): readonly RuleInput[] {
  return [
    {
      id: `${field}_integer`,
      field,
      check: { type: "integer" },
      fix: { type: "normalize_decimal" },
      severity,
      ...from,
    },
    {
      id: `${field}_range`,
      field,
      check: max === null ? { type: "range", min } : { type: "range", min, max },
      severity,
      ...from,
    },
  ];
}

/** Codes of products that are sold everywhere: in-store numbers and coupons are none. */
export function validGtin(field: string, kinds: GtinKind[], from: Provenance): RuleInput {
  return {
    id: `${field}_valid`,
    field,
    check: { type: "gtin", kinds, prefixes: "sold" },
    fix: { type: "normalize_identifier" },
    severity: "error",
    ...from,
  };
}

/** A code that says which of the seller's products a row is. */
export function unique(field: string, severity: SeverityInput = "error"): RuleInput {
  return { id: `${field}_unique`, field, check: { type: "unique" }, severity, ...OWN };
}

/** What the categories call EAN: the code of one piece, not of a case of them. */
export function ean(from: Provenance): readonly RuleInput[] {
  return [
    required("gtin", from),
    validGtin("gtin", ["GTIN-8", "GTIN-12", "GTIN-13"], from),
    { ...unique("gtin", "warning"), check: { type: "unique", as: "gtin" } },
  ];
}
