/**
 * What an expression is worth in a row, in time linear in its length and the row's. Null is "cannot be told": a
 * blank cell, or one that is no number, where a number is needed; division by zero; a text too long. It goes
 * through arithmetic, comparisons and functions; `and`, `or`, `not` weigh it as SQL does (false and null = false).
 * Text against text is compared as text by == and !=, by < and > as numbers, or as ISO dates, or not at all.
 */

import { codePointLength } from "../fold";
import { readDate } from "./date-text";
import { numberOf } from "./number-text";
import type { Comparator, Expression, FunctionName } from "./expression-syntax";

type Value = string | number | boolean | null;
type Read = (field: string) => string;

const TEXT_MAX_LENGTH = 65_536;
const PLACES_MAX = 15;
const ISO_DATE = /^\d{4}-\d{2}-\d{2}$/;

export function evaluate(expression: Expression, read: Read): Value {
  switch (expression.type) {
    case "literal":
      return expression.value;
    case "field": {
      const text = read(expression.name).trim();
      return text.length > TEXT_MAX_LENGTH ? null : text;
    }
    case "negative":
      return known(-asNumber(evaluate(expression.of, read)));
    case "not": {
      const truth = truthOf(evaluate(expression.of, read));
      return truth === null ? null : !truth;
    }
    case "and":
    case "or":
      return junction(expression.type === "or", expression.left, expression.right, read);
    case "in":
      return isIn(evaluate(expression.item, read), expression.list, read);
    case "call":
      return call(
        expression.name,
        expression.args.map((arg) => evaluate(arg, read)),
      );
    default: {
      const left = evaluate(expression.left, read);
      const right = evaluate(expression.right, read);
      return binary(expression.type, left, right);
    }
  }
}

/** Text is true if it is not blank, a number if it is not 0. */
export function truthOf(value: Value): boolean | null {
  if (value === null) return null;
  return typeof value === "string" ? value.trim() !== "" : Boolean(value);
}

/** As a cell has it: numbers plain, what cannot be told blank. */
export function textOf(value: Value): string {
  if (value === null) return "";
  if (typeof value !== "number") return String(value);
  const text = String(value);
  return text.includes("e") ? "" : text;
}

/** Below, equal or above zero as `left` is to `right`; null unless both are numbers, or both ISO dates. */
export function order(left: Value, right: Value): number | null {
  const difference = asNumber(left) - asNumber(right);
  if (!Number.isNaN(difference)) return difference;
  if (!isIsoDate(left) || !isIsoDate(right)) return null;
  return left === right ? 0 : left < right ? -1 : 1;
}

export function holds(comparator: Comparator, difference: number): boolean {
  switch (comparator) {
    case "==":
      return difference === 0;
    case "!=":
      return difference !== 0;
    case "<":
      return difference < 0;
    case "<=":
      return difference <= 0;
    case ">":
      return difference > 0;
    case ">=":
      return difference >= 0;
  }
}

function isIsoDate(value: Value): value is string {
  return typeof value === "string" && ISO_DATE.test(value) && readDate(value).type === "sure";
}

function asNumber(value: Value): number {
  if (typeof value === "number") return value;
  return typeof value === "string" ? numberOf(value) : Number.NaN;
}

function known(number: number): number | null {
  return Number.isFinite(number) ? (number === 0 ? 0 : number) : null;
}

function junction(isOr: boolean, left: Expression, right: Expression, read: Read): boolean | null {
  const first = truthOf(evaluate(left, read));
  if (first === isOr) return isOr;
  const second = truthOf(evaluate(right, read));
  if (second === isOr) return isOr;
  return first === null || second === null ? null : !isOr;
}

function isIn(item: Value, list: readonly Expression[], read: Read): boolean | null {
  let isUnknown = false;
  for (const candidate of list) {
    const isSame = isEqual(item, evaluate(candidate, read));
    if (isSame === true) return true;
    isUnknown ||= isSame === null;
  }
  return isUnknown ? null : false;
}

function isEqual(left: Value, right: Value): boolean | null {
  if (left === null || right === null) return null;
  if (typeof left === "number" || typeof right === "number") {
    const difference = order(left, right);
    return difference === null ? null : difference === 0;
  }
  return left === right;
}

function binary(type: "+" | "-" | "*" | "/" | Comparator, left: Value, right: Value): Value {
  switch (type) {
    case "+":
      return known(asNumber(left) + asNumber(right));
    case "-":
      return known(asNumber(left) - asNumber(right));
    case "*":
      return known(asNumber(left) * asNumber(right));
    case "/":
      return known(asNumber(left) / asNumber(right));
    case "==":
      return isEqual(left, right);
    case "!=": {
      const isSame = isEqual(left, right);
      return isSame === null ? null : !isSame;
    }
    default: {
      const difference = order(left, right);
      return difference === null ? null : holds(type, difference);
    }
  }
}

function call(name: FunctionName, args: readonly Value[]): Value {
  if (name === "blank") return args[0] === null || textOf(args[0] ?? null).trim() === "";
  if (args.includes(null)) return null;
  const numbers = () => args.map(asNumber);
  const texts = args.map(textOf);
  const [first = "", second = ""] = texts;
  switch (name) {
    case "len":
      return codePointLength(first);
    case "lower":
      return first.toLowerCase();
    case "upper":
      return first.toUpperCase();
    case "trim":
      return first.trim();
    case "starts_with":
      return first.startsWith(second);
    case "ends_with":
      return first.endsWith(second);
    case "contains":
      return first.includes(second);
    case "concat": {
      const length = texts.reduce((sum, text) => sum + text.length, 0);
      return length > TEXT_MAX_LENGTH ? null : texts.join("");
    }
    case "abs":
      return known(Math.abs(asNumber(args[0] ?? null)));
    case "min":
      return known(Math.min(...numbers()));
    case "max":
      return known(Math.max(...numbers()));
    case "round":
      return round(asNumber(args[0] ?? null), args.length > 1 ? asNumber(args[1] ?? null) : 0);
  }
}

/** Half away from zero, as a person rounds the number's shortest decimal form. */
function round(number: number, places: number): number | null {
  if (!Number.isInteger(places) || places < 0 || places > PLACES_MAX) return null;
  const size = Math.abs(number);
  const text = String(size);
  const rounded = text.includes("e")
    ? size < 1
      ? 0
      : size
    : Number(`${Math.round(Number(`${text}e${places}`))}e-${places}`);
  return known(number < 0 ? -rounded : rounded);
}
