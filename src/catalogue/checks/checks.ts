/** Checks of single cells. A check says what is wrong, as the last part of a finding's code, or null. */

import type { CheckSpec } from "../profile/check-schema";
import { codePointLength, fold } from "../fold";
import { CEP_CHECK } from "./identifiers/cep";
import { CEST_CHECK, NCM_CHECK } from "./identifiers/fiscal-codes";
import { gtinCheck } from "./identifiers/gtin";
import { isbnCheck } from "./identifiers/isbn";
import { CNPJ_CHECK, CPF_CHECK } from "./identifiers/taxpayer-numbers";
import { UPC_E_CHECK } from "./identifiers/upc-e";
import { imageUrlCheck } from "./image-url";
import { dimensionsCheck } from "./measures/dimensions";
import { measureCheck } from "./measures/measure";
import { NO_CONVENTIONS, type Conventions } from "./conventions";
import { dateCheck } from "./date-check";
import { isEmail, isWebUrl } from "./formats";
import { cleanText } from "../fixes/clean-text";
import { normalForm, type NormalFormSpec } from "../fixes/normal-form";
import { bounds, decimalCheck, integerCheck, rangeCheck } from "./number-checks";
import { Pattern, PATTERN_CELL_MAX_LENGTH } from "./pattern";
import {
  screenForbidden,
  screenItemCount,
  screenLength,
  screenPattern,
  screenPlainText,
  screenRequired,
  screenSet,
  screenCase,
  screenTidySpaces,
  type Screen,
} from "./screens";

export type Fault =
  | "REQUIRED"
  | "TOO_SHORT"
  | "TOO_LONG"
  | "FORBIDDEN_CHARS"
  | "INVALID_FORMAT"
  | "TOO_LOW"
  | "TOO_HIGH"
  | "NOT_NUMERIC"
  /** A number or a date with two readings, between which neither the cell nor its column decides. */
  | "AMBIGUOUS"
  | "INVALID_VALUE"
  | "CHECK_DIGIT"
  | "SCIENTIFIC_NOTATION"
  | "RESTRICTED"
  | "INVALID_PREFIX"
  | "DECIMAL_PLACES"
  | "TOO_FEW"
  | "TOO_MANY"
  | "COMPARISON"
  | "DEPENDENCY"
  | "BUSINESS_RULE"
  | "DUPLICATE";

/** `judge` never sees a blank cell unless the check is `required`: whether a value must be there is one question. */
export interface Check {
  readonly judge: (value: string) => Fault | null;
  readonly screen: Screen | null;
  /** What would have passed, in a notation that needs no translation. */
  readonly expected: string;
  /** What the column's convention decides the reading of. */
  readonly reads?: "numbers" | "dates";
}

export type Mappings = Readonly<Record<string, Readonly<Record<string, string>>>>;

const EXPECTED_VALUES_SHOWN = 20;
const BOOLEANS = ["true", "false", "1", "0", "yes", "no", "sim", "não", "nao"];

export function compileCheck(
  spec: CheckSpec,
  mappings: Mappings,
  conventions: Conventions = NO_CONVENTIONS,
): Check {
  const { numbers } = conventions;
  switch (spec.type) {
    case "required":
      return {
        judge: (value) => (value.trim() === "" ? "REQUIRED" : null),
        screen: screenRequired,
        expected: "a value",
      };
    case "format":
      return compileCheck({ type: spec.format }, mappings, conventions);
    case "integer":
      return integerCheck(numbers);
    case "decimal":
      return decimalCheck(spec.scale ?? Infinity, numbers);
    case "decimal_places":
      return decimalCheck(spec.max, numbers);
    case "boolean":
      return setCheck(BOOLEANS, true);
    case "url":
      return formatCheck(isWebUrl, "http(s) URL");
    case "email":
      return formatCheck(isEmail, "e-mail address");
    case "date":
      return dateCheck(spec, conventions.dates);
    case "gtin":
      return gtinCheck(spec);
    case "upc_e":
      return UPC_E_CHECK;
    case "isbn":
      return isbnCheck(spec);
    case "ncm":
      return NCM_CHECK;
    case "cest":
      return CEST_CHECK;
    case "cpf":
      return CPF_CHECK;
    case "cnpj":
      return CNPJ_CHECK;
    case "cep":
      return CEP_CHECK;
    case "image_url":
      return imageUrlCheck(spec);
    case "dimensions":
      return dimensionsCheck(spec);
    case "measure":
      return measureCheck(spec);
    case "length":
      return lengthCheck(spec.min ?? 0, spec.max ?? Infinity);
    case "length_min":
      return lengthCheck(spec.min ?? spec.value ?? 0, Infinity);
    case "length_max":
      return lengthCheck(0, spec.max ?? spec.value ?? Infinity);
    case "range":
      return rangeCheck(spec.min ?? -Infinity, spec.max ?? Infinity, numbers);
    case "numeric_min":
      return rangeCheck(spec.min ?? spec.value ?? -Infinity, Infinity, numbers);
    case "numeric_max":
      return rangeCheck(-Infinity, spec.max ?? spec.value ?? Infinity, numbers);
    case "in_set":
    case "enum": {
      const mapped = spec.mapping === undefined ? [] : Object.values(mappings[spec.mapping] ?? {});
      return setCheck([...(spec.values ?? []), ...mapped], spec.ignore_case ?? false);
    }
    case "regex":
    case "pattern":
      return patternCheck(spec.pattern, spec.ignore_case ?? false);
    case "forbidden_chars":
      return forbiddenCheck(spec.chars);
    case "plain_text":
      return {
        judge: (value) => (cleanText(value, spec.emoji ?? true) === value ? null : "FORBIDDEN_CHARS"),
        screen: screenPlainText,
        expected: "text without HTML and control characters",
      };
    case "item_count":
      return itemCountCheck(spec.min ?? 0, spec.max ?? Infinity, spec.separator ?? ",");
    case "normalized": {
      const normalize = normalForm(spec);
      return {
        judge: (value) => (normalize(value) === value ? null : "INVALID_FORMAT"),
        screen: screenNormal(spec),
        expected: `normalized: ${Object.keys(spec).slice(1).join(", ")}`,
      };
    }
    case "unique":
      return uniqueCheck("unique");
    case "unique_together":
      return uniqueCheck(`unique together with ${spec.fields.join(", ")}`);
  }
}

/** Null for cases that depend on where a letter stands. */
function screenNormal({ lowercase, uppercase, titlecase, capitalize }: NormalFormSpec): Screen | null {
  if (titlecase || capitalize) return null;
  if (lowercase) return uppercase ? null : screenCase("lower");
  return uppercase ? screenCase("upper") : screenTidySpaces;
}

/** One cell by itself is never a duplicate: the whole file is judged in run/uniqueness. */
function uniqueCheck(expected: string): Check {
  return { judge: () => null, screen: () => true, expected };
}

function lengthCheck(min: number, max: number): Check {
  return {
    judge: (value) => {
      const length = codePointLength(value);
      return length < min ? "TOO_SHORT" : length > max ? "TOO_LONG" : null;
    },
    screen: screenLength(min, max),
    expected: bounds("length ", min, max),
  };
}

function setCheck(values: readonly string[], ignoreCase: boolean): Check {
  const allowed = new Set(ignoreCase ? values.map(fold) : values);
  const shown = [...new Set(values)];
  const more = shown.length > EXPECTED_VALUES_SHOWN ? ", ..." : "";
  return {
    judge: (value) => (allowed.has(ignoreCase ? fold(value) : value) ? null : "INVALID_VALUE"),
    screen: screenSet(values),
    expected: `one of: ${shown.slice(0, EXPECTED_VALUES_SHOWN).join(", ")}${more}`,
  };
}

function patternCheck(source: string, ignoreCase: boolean): Check {
  const compiled = Pattern.compile(source, ignoreCase);
  if (!compiled.ok) throw new Error(`pattern was not linted: ${compiled.error}`);
  const pattern = compiled.value;
  return {
    judge: (value) =>
      value.length <= PATTERN_CELL_MAX_LENGTH && pattern.test(value) ? null : "INVALID_FORMAT",
    screen: screenPattern(pattern, PATTERN_CELL_MAX_LENGTH),
    expected: `/${source}/${ignoreCase ? "i" : ""}`,
  };
}

function formatCheck(isValid: (value: string) => boolean, expected: string): Check {
  return { judge: (value) => (isValid(value) ? null : "INVALID_FORMAT"), screen: null, expected };
}

function forbiddenCheck(chars: string): Check {
  const forbidden = new Set(chars);
  return {
    judge: (value) => {
      for (const char of value) if (forbidden.has(char)) return "FORBIDDEN_CHARS";
      return null;
    },
    screen: screenForbidden(chars),
    expected: `none of: ${[...forbidden].join(" ")}`,
  };
}

function itemCountCheck(min: number, max: number, separator: string): Check {
  const code = separator.charCodeAt(0);
  return {
    judge: (value) => {
      const count = value.split(separator).filter((item) => item.trim() !== "").length;
      return count < min ? "TOO_FEW" : count > max ? "TOO_MANY" : null;
    },
    screen: code < 0x80 ? screenItemCount(min, max, code) : null,
    expected: bounds("items ", min, max),
  };
}
