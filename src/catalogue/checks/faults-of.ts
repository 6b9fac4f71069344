import type { RuleCheckSpec } from "../profile/check-schema";
import type { Fault } from "./checks";

const NUMBERS: readonly Fault[] = ["NOT_NUMERIC", "AMBIGUOUS"];
const IDENTIFIER: readonly Fault[] = ["INVALID_FORMAT", "SCIENTIFIC_NOTATION"];

/** What a check may find in a cell, and no more than that. */
export function faultsOf(check: RuleCheckSpec): readonly Fault[] {
  switch (check.type) {
    case "required":
      return ["REQUIRED"];
    case "format":
      return faultsOf({ type: check.format });
    case "integer":
    case "decimal":
    case "decimal_places":
      return [...NUMBERS, "INVALID_FORMAT", "DECIMAL_PLACES"];
    case "boolean":
    case "in_set":
    case "enum":
      return ["INVALID_VALUE"];
    case "url":
    case "email":
    case "regex":
    case "pattern":
    case "normalized":
      return ["INVALID_FORMAT"];
    case "date":
      return ["INVALID_FORMAT", "AMBIGUOUS", ...valueBounds(check)];
    case "gtin":
      return [...IDENTIFIER, "CHECK_DIGIT", "RESTRICTED", "INVALID_PREFIX"];
    case "upc_e":
      return [...IDENTIFIER, "CHECK_DIGIT"];
    case "isbn":
      return [...IDENTIFIER, "CHECK_DIGIT", "INVALID_PREFIX"];
    case "ncm":
    case "cest":
    case "cep":
      return [...IDENTIFIER, "INVALID_VALUE"];
    case "cpf":
    case "cnpj":
      return [...IDENTIFIER, "INVALID_VALUE", "CHECK_DIGIT"];
    case "image_url":
      return ["INVALID_FORMAT", ...countBounds(check)];
    case "item_count":
      return countBounds(check);
    case "dimensions":
      return ["INVALID_FORMAT", "TOO_LOW", ...valueBounds(check)];
    case "measure":
      return ["NOT_NUMERIC", "INVALID_FORMAT", ...valueBounds(check)];
    case "length":
      return lengthBounds(check);
    case "length_min":
      return ["TOO_SHORT"];
    case "length_max":
      return ["TOO_LONG"];
    case "range":
      return [...NUMBERS, ...valueBounds(check)];
    case "numeric_min":
      return [...NUMBERS, "TOO_LOW"];
    case "numeric_max":
      return [...NUMBERS, "TOO_HIGH"];
    case "forbidden_chars":
    case "plain_text":
      return ["FORBIDDEN_CHARS"];
    case "unique":
    case "unique_together":
      return ["DUPLICATE"];
    case "compare":
      return ["COMPARISON"];
    case "dependency":
      return ["DEPENDENCY"];
    case "business":
      return ["BUSINESS_RULE"];
    case "composite":
      return [
        ...[...(check.rules ?? []), ...(check.all ?? [])].flatMap(faultsOf),
        ...(check.any || check.none ? (["INVALID_VALUE"] as const) : []),
      ];
  }
}

interface Bounds {
  readonly min?: number | string | undefined;
  readonly max?: number | string | undefined;
}

const between =
  (low: Fault, high: Fault) =>
  ({ min, max }: Bounds): readonly Fault[] => [
    ...(min === undefined ? [] : [low]),
    ...(max === undefined ? [] : [high]),
  ];
const valueBounds = between("TOO_LOW", "TOO_HIGH");
const countBounds = between("TOO_FEW", "TOO_MANY");
const lengthBounds = between("TOO_SHORT", "TOO_LONG");
