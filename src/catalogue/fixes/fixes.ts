import { cut, fold } from "../fold";
import { bareIdentifier, withUpcZero } from "./identifier-text";
import { normalForm } from "./normal-form";
import { expandUpcE } from "../checks/identifiers/upc-e";
import { rewriteDimensions } from "../checks/measures/dimensions";
import { rewriteMeasure } from "../checks/measures/measure";
import { NO_CONVENTIONS, type Conventions } from "../checks/conventions";
import { dayOf } from "../checks/date-text";
import { plainForm } from "../checks/number-text";
import { cleanText } from "./clean-text";
import { findGtin } from "./extract-gtin";
import { NO_ROW, type ReadField } from "../checks/row-checks";
import type { FixSpec } from "../profile/fix-schema";
import type { FixClass } from "../profile/profile";
import type { Mappings } from "../checks/checks";

/** `apply` answers null where it has nothing to offer. The caller asks the check whether the offer is any good. */
export interface Fix {
  readonly fixClass: FixClass;
  readonly apply: (value: string, read?: ReadField) => string | null;
  /** The other fields that it may ask for. */
  readonly reads?: readonly string[];
}

/**
 * In the order in which they are tried. safe: the same value, written as asked. lossy: a part of it.
 * invented: something the seller never wrote, and that includes padding and the default of a mapping.
 */
export function compileFixes(
  spec: FixSpec,
  mappings: Mappings,
  conventions: Conventions = NO_CONVENTIONS,
): readonly Fix[] {
  switch (spec.type) {
    case "set_default":
      return [invented((value) => (value.trim() === "" ? spec.value : null))];
    case "map_value": {
      const synonyms = synonymsOf(mappings[spec.mapping] ?? {});
      const map: Fix = { fixClass: "safe", apply: (value) => synonyms.get(fold(value)) ?? null };
      const otherwise = spec.default;
      return otherwise === undefined ? [map] : [map, invented(() => otherwise)];
    }
    case "truncate":
      return [{ fixClass: "lossy", apply: (value) => cut(value, spec.max).trimEnd() }];
    case "pad":
      return [
        invented((value) =>
          spec.side === "right"
            ? value.padEnd(spec.length, spec.char)
            : value.padStart(spec.length, spec.char),
        ),
      ];
    case "normalize":
      return [{ fixClass: "safe", apply: normalForm(spec) }];
    case "normalize_decimal":
      return [{ fixClass: "safe", apply: (value) => plainForm(value, conventions.numbers) }];
    case "normalize_date":
      return normalizeDate(conventions.dates);
    case "normalize_identifier":
      return [{ fixClass: "safe", apply: bareIdentifier }];
    case "expand_upc_e":
      return [{ fixClass: "safe", apply: (value) => expandUpcE(value.trim()) }];
    case "pad_gtin":
      // One in ten strings of eleven digits has a right check digit with a zero before it.
      return [invented(withUpcZero)];
    case "convert_units":
      return [{ fixClass: "safe", apply: (value) => rewriteMeasure(value, spec.to) }];
    case "format_dimensions":
      return [{ fixClass: "safe", apply: rewriteDimensions }];
    case "strip_chars": {
      const stripped = new Set(spec.chars);
      return [
        { fixClass: "lossy", apply: (value) => [...value].filter((char) => !stripped.has(char)).join("") },
      ];
    }
    case "normalize_price": {
      const scale = spec.scale ?? 2;
      return [
        { fixClass: "safe", apply: (value) => exactTo(scale, plainForm(value, conventions.numbers)) },
        { fixClass: "lossy", apply: (value) => roundTo(scale, plainForm(value, conventions.numbers)) },
      ];
    }
    case "clean_text":
      return [{ fixClass: "lossy", apply: (value) => cleanText(value, spec.emoji ?? true) }];
    case "extract_gtin":
      return [
        { fixClass: "safe", apply: (value) => extract(value, true) },
        { fixClass: "lossy", apply: (value) => extract(value, false) },
      ];
    case "concatenate": {
      const join = joinFields(spec.fields, spec.separator);
      const apply: Fix["apply"] = (value, read = NO_ROW) => (value.trim() === "" ? join(read) || null : null);
      return [{ fixClass: "invented", apply, reads: spec.fields }];
    }
  }
}

/** The time of day is a part of the value: it is lost unless it says nothing. */
function normalizeDate(order: Conventions["dates"]): readonly Fix[] {
  const isoOf = (value: string, mayLoseTime: boolean): string | null => {
    const day = dayOf(value, order);
    return day === null || (day.hasTime && !mayLoseTime) ? null : day.iso;
  };
  return [
    { fixClass: "safe", apply: (value) => isoOf(value, false) },
    { fixClass: "lossy", apply: (value) => isoOf(value, true) },
  ];
}

/** The fields that are filled in, without the spaces around them. */
export function joinFields(fields: readonly string[], separator = " "): (read: ReadField) => string {
  return (read) =>
    fields
      .map((field) => read(field).trim())
      .filter((text) => text !== "")
      .join(separator);
}

/** Beside the code there was nothing but its label (safe), or something that is lost (lossy). */
function extract(value: string, mustBeAlone: boolean): string | null {
  const found = findGtin(value);
  return found && (found.isAlone || !mustBeAlone) ? found.gtin : null;
}

function exactTo(scale: number, plain: string | null): string | null {
  if (plain === null) return null;
  const point = plain.indexOf(".");
  return point < 0 || plain.length - point - 1 <= scale ? plain : null;
}

/** Half away from zero, in decimal digits. */
function roundTo(scale: number, plain: string | null): string | null {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(plain ?? "");
  if (!match) return null;
  const [, sign, whole = "", places = ""] = match;
  const kept = BigInt(whole + places.slice(0, scale).padEnd(scale, "0"));
  const rounded = kept + ((places[scale] ?? "0") >= "5" ? 1n : 0n);
  const digits = String(rounded).padStart(scale + 1, "0");
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return rounded === 0n ? text : `${sign}${text}`;
}

function invented(apply: Fix["apply"]): Fix {
  return { fixClass: "invented", apply };
}

/** A mapping's outputs stand for themselves, in any case: `NEW` is `new`. */
export function synonymsOf(mapping: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const synonyms = new Map<string, string>();
  for (const output of Object.values(mapping)) synonyms.set(fold(output), output);
  for (const [from, to] of Object.entries(mapping)) synonyms.set(fold(from), to);
  return synonyms;
}
