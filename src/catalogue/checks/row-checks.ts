/** Checks that look at other fields of the row, and those made of other checks. */

import type { RuleCheckSpec } from "../profile/check-schema";
import { compileCheck, type Check, type Fault, type Mappings } from "./checks";
import type { Conventions } from "./conventions";
import { evaluate, holds, order, truthOf } from "./expression";
import { fieldsOf, parseExpression, type Comparator } from "./expression-syntax";
import type { Screen } from "./screens";

/** The value of a field of the row at hand, as it will be once corrected; "" if there is none. */
export type ReadField = (field: string) => string;

/** For a cell that is looked at by itself. */
export const NO_ROW: ReadField = () => "";

type CompositeSpec = Extract<RuleCheckSpec, { type: "composite" }>;

/** A check as a rule asks it. */
export interface RuleCheck extends Omit<Check, "judge"> {
  readonly judge: (value: string, read?: ReadField) => Fault | null;
  /** The fields that it may ask for, its own among them. */
  readonly fields: readonly string[];
  /** Blank cells are asked about too. */
  readonly judgesBlank: boolean;
}

/** Where the check stands: its rule's field, what the profile names, and how the column writes numbers and dates. */
export interface CheckPlace {
  readonly field: string;
  readonly mappings: Mappings;
  readonly conventions: Conventions;
}

const COMPARATORS = {
  lt: "<",
  lte: "<=",
  gt: ">",
  gte: ">=",
  eq: "==",
  ne: "!=",
} as const satisfies Record<string, Comparator>;

/** Expects a check that the linter has accepted. Its own field it reads as the value that it judges. */
export function compileRuleCheck(spec: RuleCheckSpec, place: CheckPlace): RuleCheck {
  const check = compile(spec, place);
  const { field } = place;
  if (!check.fields.includes(field)) return check;
  return {
    ...check,
    judge: (value, read = NO_ROW) => check.judge(value, (name) => (name === field ? value : read(name))),
  };
}

function compile(spec: RuleCheckSpec, place: CheckPlace): RuleCheck {
  switch (spec.type) {
    case "compare":
      return compareCheck(COMPARATORS[spec.op], spec.field);
    case "dependency":
      return {
        judge: (_, read = NO_ROW) =>
          spec.depends_on.some((name) => read(name).trim() === "") ? "DEPENDENCY" : null,
        screen: null,
        expected: `filled in: ${spec.depends_on.join(", ")}`,
        fields: spec.depends_on,
        judgesBlank: false,
      };
    case "business":
      return businessCheck(spec.expression);
    case "composite":
      return compositeCheck(spec, place);
    default:
      return {
        ...compileCheck(spec, place.mappings, place.conventions),
        fields: [],
        judgesBlank: spec.type === "required",
      };
  }
}

/** Numbers and ISO dates by value, anything else by `==` and `!=` alone, as text. A blank side is not judged. */
function compareCheck(comparator: Comparator, other: string): RuleCheck {
  const isEquality = comparator === "==" || comparator === "!=";
  return {
    judge: (value, read = NO_ROW) => {
      const [left, right] = [value.trim(), read(other).trim()];
      if (right === "") return null;
      const difference = order(left, right) ?? (isEquality ? Number(left !== right) : null);
      return difference === null || holds(comparator, difference) ? null : "COMPARISON";
    },
    screen: null,
    expected: `${comparator} ${other}`,
    fields: [other],
    judgesBlank: false,
  };
}

/** Fails where the expression is false; what cannot be told is another rule's business. */
function businessCheck(source: string): RuleCheck {
  const parsed = parseExpression(source);
  if (!parsed.ok) throw new Error(`expression was not linted: ${parsed.error}`);
  const expression = parsed.value;
  return {
    judge: (_, read = NO_ROW) => (truthOf(evaluate(expression, read)) === false ? "BUSINESS_RULE" : null),
    screen: null,
    expected: source,
    fields: fieldsOf(expression),
    judgesBlank: false,
  };
}

/** `all` answers the fault of the first check that fails; `any` and `none` one of their own. */
function compositeCheck(spec: CompositeSpec, place: CheckPlace): RuleCheck {
  const compileAll = (specs: readonly RuleCheckSpec[] = []) =>
    specs.map((part) => compileRuleCheck(part, place));
  const all = compileAll([...(spec.rules ?? []), ...(spec.all ?? [])]);
  const any = compileAll(spec.any);
  const none = compileAll(spec.none);
  const parts = [...all, ...any, ...none];
  const reads = parts.find((part) => part.reads !== undefined)?.reads;
  return {
    judge: (value, read = NO_ROW) => {
      const isBlank = value.trim() === "";
      for (const part of all) {
        const fault = isBlank && !part.judgesBlank ? null : part.judge(value, read);
        if (fault !== null) return fault;
      }
      if (isBlank) return null;
      if (any.length > 0 && any.every((part) => part.judge(value, read) !== null)) return "INVALID_VALUE";
      return none.some((part) => part.judge(value, read) === null) ? "INVALID_VALUE" : null;
    },
    screen: none.length > 0 ? null : joinScreens(all, any),
    expected: [
      ...all.map(({ expected }) => expected),
      ...(any.length > 0 ? [`any of: ${any.map(({ expected }) => expected).join(" | ")}`] : []),
      ...none.map(({ expected }) => `not: ${expected}`),
    ].join("; "),
    fields: parts.flatMap(({ fields }) => fields),
    ...(reads && { reads }),
    judgesBlank: all.some(({ judgesBlank }) => judgesBlank),
  };
}

function joinScreens(all: readonly RuleCheck[], any: readonly RuleCheck[]): Screen | null {
  const every = all.map(({ screen }) => screen);
  const some = any.map(({ screen }) => screen).filter((screen) => screen !== null);
  if (!every.every((screen) => screen !== null) || (any.length > 0 && some.length === 0)) return null;
  return (bytes, start, end) =>
    every.every((screen) => screen(bytes, start, end)) &&
    (some.length === 0 || some.some((screen) => screen(bytes, start, end)));
}
