/** Sides of a package: `10x20.5x30 cm`. */

import type { Check, Fault } from "../checks";
import { plainForm } from "../number-text";
import { Bounds } from "./bounds";
import { takeApart } from "./measure";
import { isSameQuantity, LENGTH_UNITS, unitNamed, type Unit } from "./units";

type LengthUnit = (typeof LENGTH_UNITS)[number];

interface DimensionsSpec {
  readonly sides?: number | undefined;
  readonly units?: readonly LengthUnit[] | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

const CANONICAL = /^\d+(?:\.\d+)?(?:x\d+(?:\.\d+)?)+(?: (?<unit>[a-z]+))?$/;
const SIGNS = /[x×*]/i;
const TEXT_MAX_LENGTH = 160;
const SIDES = 3;

/** A unit may be left out; it is then the first of `units`, in which the bounds of each side count. */
export function dimensionsCheck(spec: DimensionsSpec): Check {
  const { sides = SIDES, units = LENGTH_UNITS, min = 0, max = Infinity } = spec;
  const first = units[0] ?? "cm";
  const bounds = new Bounds(first, min, max);
  const judge = (value: string): Fault | null => {
    const match = value.length > TEXT_MAX_LENGTH ? null : CANONICAL.exec(value);
    if (!match) return "INVALID_FORMAT";
    const written = match.groups?.["unit"];
    const unit = written === undefined ? first : units.find((name) => name === written);
    const numbers = value.split(" ", 1)[0]?.split("x") ?? [];
    if (unit === undefined || numbers.length !== sides) return "INVALID_FORMAT";
    if (numbers.some((number) => Number(number) === 0)) return "TOO_LOW";
    const faults = numbers.map((number) => bounds.judge(number, unit));
    return faults.find((fault) => fault !== null) ?? null;
  };
  const form = Array.from({ length: sides }, () => "0").join("x");
  return { judge, screen: null, expected: `${form} (${units.join(", ")})${bounds.shown}` };
}

/** The same sides as `dimensionsCheck` takes them; null if a number or the unit has two readings. */
export function rewriteDimensions(value: string): string | null {
  if (value.length > TEXT_MAX_LENGTH) return null;
  const sides = value.split(SIGNS).map(takeApart);
  const last = sides.at(-1);
  const unit = last && last.unit !== "" ? unitNamed(last.unit) : undefined;
  if (!last || unit === null || (unit && !isSameQuantity(unit, "cm"))) return null;
  const numbers: string[] = [];
  for (const side of sides) {
    const plain = side && plainForm(side.number);
    if (!plain || !isUnit(side.unit, unit)) return null;
    numbers.push(plain);
  }
  return `${numbers.join("x")}${unit ? ` ${unit}` : ""}`;
}

/** The unit stands behind the last side, and may stand behind the others. */
function isUnit(written: string, unit: Unit | undefined): boolean {
  return written === "" || unitNamed(written) === unit;
}
