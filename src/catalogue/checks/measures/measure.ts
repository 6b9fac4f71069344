/** A number and its unit: `1.5 kg`, `128GB`. */

import type { Check, Fault } from "../checks";
import { isPlainNumber, plainForm } from "../number-text";
import { plainNumber, type Screen } from "../screens";
import { Bounds } from "./bounds";
import { convert, decimalOf, isConvertible, textOf, unitNamed, type Unit } from "./units";

interface MeasureSpec {
  readonly units: readonly Unit[];
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** A cell taken apart. `unit` is as it was written, and blank if there is none. */
interface Written {
  readonly number: string;
  readonly hasGap: boolean;
  readonly unit: string;
}

/** Plain, and yet `1.500 g` is what many write for a kilogram and a half. */
const THOUSANDS_OR_DECIMALS = /^-?[1-9]\d{0,2}\.\d{3}$/;
const WRITTEN_MAX_LENGTH = 80;
const NUMBER_MAX_LENGTH = 40;
const SPACE = 0x20;

/** Takes plain numbers, at most one space, and the units as they are spelled in the profile. */
export function measureCheck({ units, min = -Infinity, max = Infinity }: MeasureSpec): Check {
  const [first] = units;
  if (first === undefined) throw new Error("a measure needs a unit");
  const bounds = new Bounds(first, min, max);
  const judge = (value: string): Fault | null => {
    const written = takeApart(value);
    const plain = written && plainForm(written.number);
    if (!written || plain === null) return "NOT_NUMERIC";
    const unit = units.find((name) => name === written.unit);
    const isCanonical = value === `${plain}${written.hasGap ? " " : ""}${written.unit}`;
    return unit !== undefined && isCanonical ? bounds.judge(plain, unit) : "INVALID_FORMAT";
  };
  const expected = `number and unit (${units.join(", ")})${bounds.shown}`;
  return { judge, screen: screenMeasure(bounds), expected };
}

/**
 * The same amount as `measureCheck` takes it, in the unit `to` or its own. Null if a digit would be lost, or if
 * the number could be read in two ways and would be written in one.
 */
export function rewriteMeasure(value: string, to: Unit | undefined): string | null {
  const written = takeApart(value);
  const plain = written && plainForm(written.number);
  const from = written && unitNamed(written.unit);
  if (!written || !plain || !from) return null;
  const unit = to ?? from;
  if (!isConvertible(from, unit)) return null;
  const amount = from === unit ? plain : converted(plain, from, unit);
  return amount !== null && isPlainNumber(amount) ? `${amount}${written.hasGap ? " " : ""}${unit}` : null;
}

export function takeApart(value: string): Written | null {
  const text = value.trim();
  if (text.length > WRITTEN_MAX_LENGTH || !/^-?\d/.test(text)) return null;
  let end = 1;
  while (end < text.length && /[\d.,\s]/.test(text[end] as string)) end++;
  const number = text.slice(0, end).trimEnd();
  if (number.length > NUMBER_MAX_LENGTH) return null;
  return { number, hasGap: number.length < end, unit: text.slice(end) };
}

function converted(plain: string, from: Unit, to: Unit): string | null {
  if (THOUSANDS_OR_DECIMALS.test(plain)) return null;
  const amount = convert(decimalOf(plain), from, to);
  return amount && textOf(amount);
}

/** Clears what is written in the unit in which the bounds count. */
function screenMeasure({ unit, min, max }: Bounds): Screen {
  const name = new TextEncoder().encode(unit);
  return (bytes, start, end) => {
    const from = end - name.length;
    if (from <= start || !name.every((byte, i) => bytes[from + i] === byte)) return false;
    const value = plainNumber(bytes, start, bytes[from - 1] === SPACE ? from - 1 : from);
    return value >= min && value <= max;
  };
}
