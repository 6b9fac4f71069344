/**
 * Conditions as closures. Every operator reads the value without the spaces around it; an absent column is blank.
 * Against a number in the profile the cell is read as a number, and one that is none (or has two readings) holds
 * nothing: neither `equals` nor `not_equals`. Against text the cell is compared as text.
 */

import { compileCheck } from "../checks/checks";
import { numberOf } from "../checks/number-text";
import type { ReadField } from "../checks/row-checks";
import { Pattern, PATTERN_CELL_MAX_LENGTH } from "../checks/pattern";
import { codePointLength, fold } from "../fold";
import type { Comparison, ConditionSpec } from "./condition-schema";

export interface Condition {
  /** The fields that it may ask for. */
  readonly reads: readonly string[];
  readonly holds: (read: ReadField) => boolean;
}

const FIELD = /^[\p{L}\p{N}_.-]+$/u;
const COMPARISON = /^([\p{L}\p{N}_.-]+)\s*(==|!=)\s*(?:'([^']*)'|"([^"]*)"|(\S+))$/u;

/** `field`, `field == 'v'`, `field != 'v'`; a bare field means "is not blank". Null if the text is none of these. */
export function parseCondition(text: string): Comparison | null {
  const trimmed = text.trim();
  if (FIELD.test(trimmed)) return { field: trimmed, op: "exists" };
  const match = COMPARISON.exec(trimmed);
  if (!match?.[1]) return null;
  const value = match[3] ?? match[4] ?? match[5] ?? "";
  return { field: match[1], op: match[2] === "==" ? "equals" : "not_equals", value };
}

/** Expects a condition that the linter has accepted. */
export function compileCondition(spec: ConditionSpec): Condition {
  if (typeof spec === "string") {
    const comparison = parseCondition(spec);
    if (!comparison) throw new Error(`condition was not linted: ${spec}`);
    return compileComparison(comparison);
  }
  if ("and" in spec) return allOf(spec.and.map(compileCondition));
  if ("or" in spec) return anyOf(spec.or.map(compileCondition));
  if ("not" in spec) return negate(compileCondition(spec.not));
  return compileComparison(spec);
}

export function allOf(parts: readonly Condition[]): Condition {
  return {
    reads: parts.flatMap(({ reads }) => reads),
    holds: (read) => parts.every(({ holds }) => holds(read)),
  };
}

export function anyOf(parts: readonly Condition[]): Condition {
  return {
    reads: parts.flatMap(({ reads }) => reads),
    holds: (read) => parts.some(({ holds }) => holds(read)),
  };
}

export function negate({ reads, holds }: Condition): Condition {
  return { reads, holds: (read) => !holds(read) };
}

export function compileComparison(spec: Comparison): Condition {
  const { field } = spec;
  const test = testOf(spec);
  return { reads: [field], holds: (read) => test(read(field).trim()) };
}

type Test = (text: string) => boolean;

function testOf(spec: Comparison): Test {
  switch (spec.op) {
    case "equals":
      return equals(spec.value, spec.ignore_case);
    case "not_equals":
      return differs(spec.value, spec.ignore_case);
    case "greater_than":
      return (text) => numberOf(text) > spec.value;
    case "less_than":
      return (text) => numberOf(text) < spec.value;
    case "range":
      return isWithin(numberOf, spec.min, spec.max);
    case "length":
      return isWithin(codePointLength, spec.min, spec.max);
    case "regex": {
      const compiled = Pattern.compile(spec.pattern, spec.ignore_case);
      if (!compiled.ok) throw new Error(`pattern was not linted: ${compiled.error}`);
      const pattern = compiled.value;
      return (text) => text.length <= PATTERN_CELL_MAX_LENGTH && pattern.test(text);
    }
    case "exists":
      return spec.value === false ? (text) => text === "" : (text) => text !== "";
    case "type":
      return hasType(spec.value);
    case "in": {
      const tests = spec.values.map((value) => equals(value, spec.ignore_case));
      return (text) => tests.some((test) => test(text));
    }
    case "not_in": {
      const tests = spec.values.map((value) => differs(value, spec.ignore_case));
      return (text) => tests.every((test) => test(text));
    }
  }
}

function equals(value: string | number, ignoreCase = false): Test {
  if (typeof value === "number") return (text) => numberOf(text) === value;
  if (!ignoreCase) return (text) => text === value;
  const folded = fold(value);
  return (text) => fold(text) === folded;
}

function differs(value: string | number, ignoreCase = false): Test {
  const isEqual = equals(value, ignoreCase);
  if (typeof value === "string") return (text) => !isEqual(text);
  return (text) => !isEqual(text) && !Number.isNaN(numberOf(text));
}

function isWithin(measure: (text: string) => number, min = -Infinity, max = Infinity): Test {
  return (text) => {
    const measured = measure(text);
    return measured >= min && measured <= max;
  };
}

function hasType(type: Extract<Comparison, { op: "type" }>["value"]): Test {
  if (type === "string") return (text) => text !== "";
  if (type === "number") return (text) => !Number.isNaN(numberOf(text));
  const { judge } = compileCheck({ type }, {});
  return (text) => text !== "" && judge(text) === null;
}
