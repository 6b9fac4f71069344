/** Units of measure and exact conversion between them: whole numbers and powers of ten, no floating point. */

type Quantity =
  "mass" | "length" | "volume" | "data" | "charge" | "power" | "voltage" | "frequency" | "energy";

/** `units` / 10^`scale`. */
export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

/** How many of its quantity's least unit one is: `units` × 10^`power`. */
interface UnitSize {
  readonly quantity: Quantity;
  readonly units: bigint;
  readonly power: number;
}

const SIZES = {
  mg: sizeOf("mass", 0),
  g: sizeOf("mass", 3),
  kg: sizeOf("mass", 6),
  t: sizeOf("mass", 9),
  oz: sizeOf("mass", -6, 28_349_523_125n),
  lb: sizeOf("mass", -2, 45_359_237n),
  mm: sizeOf("length", 0),
  cm: sizeOf("length", 1),
  m: sizeOf("length", 3),
  km: sizeOf("length", 6),
  in: sizeOf("length", -1, 254n),
  ft: sizeOf("length", -1, 3048n),
  mL: sizeOf("volume", 0),
  L: sizeOf("volume", 3),
  KB: sizeOf("data", 0),
  MB: sizeOf("data", 3),
  GB: sizeOf("data", 6),
  TB: sizeOf("data", 9),
  mAh: sizeOf("charge", 0),
  Ah: sizeOf("charge", 3),
  W: sizeOf("power", 0),
  kW: sizeOf("power", 3),
  V: sizeOf("voltage", 0),
  kV: sizeOf("voltage", 3),
  Hz: sizeOf("frequency", 0),
  kHz: sizeOf("frequency", 3),
  MHz: sizeOf("frequency", 6),
  GHz: sizeOf("frequency", 9),
  Wh: sizeOf("energy", 0),
  kWh: sizeOf("energy", 3),
} as const satisfies Readonly<Record<string, UnitSize>>;

export type Unit = keyof typeof SIZES;

export const UNITS = Object.keys(SIZES) as [Unit, ...Unit[]];
export const LENGTH_UNITS = ["cm", "mm", "m", "in"] as const;

const SPELLINGS: ReadonlyMap<string, Unit> = new Map<string, Unit>([
  ...UNITS.map((name) => [name.toLowerCase(), name] as const),
  ...spelled("g", "gr", "grs", "grama", "gramas", "gram", "grams"),
  ...spelled("kg", "kgs", "quilo", "quilos", "quilograma", "quilogramas", "kilo", "kilos"),
  ...spelled("t", "ton", "tonelada", "toneladas"),
  ...spelled("mm", "milimetro", "milímetro", "milimetros", "milímetros"),
  ...spelled("cm", "cms", "centimetro", "centímetro", "centimetros", "centímetros"),
  ...spelled("m", "mt", "mts", "metro", "metros"),
  ...spelled("in", '"', "”", "pol", "polegada", "polegadas", "inch", "inches"),
  ...spelled("L", "lt", "lts", "litro", "litros"),
  ...spelled("mL", "mililitro", "mililitros"),
  ...spelled("W", "watt", "watts"),
  ...spelled("V", "volt", "volts"),
]);
/** `Gb` is a gigabit to those who know, and a gigabyte to those who do not. */
const BITS = /^[KMGT]b$/;
const WRITTEN_EXPONENT = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/;
/** Enough tens for any quotient by an inch, a foot, an ounce or a pound that ends at all. */
const QUOTIENT_TENS = 40;

/** The unit that sellers mean by this spelling, in any case, or null. */
export function unitNamed(spelling: string): Unit | null {
  return BITS.test(spelling) ? null : (SPELLINGS.get(spelling.toLowerCase().replace(/\.$/, "")) ?? null);
}

export function isSameQuantity(a: Unit, b: Unit): boolean {
  return SIZES[a].quantity === SIZES[b].quantity;
}

/** 1 TB is 1000 or 1024 GB: amounts of data are compared (by 1000) and never rewritten in another unit. */
export function isConvertible(from: Unit, to: Unit): boolean {
  return from === to || (isSameQuantity(from, to) && SIZES[from].quantity !== "data");
}

/** Null if the quotient does not end, or the units are not of one quantity. */
export function convert(value: Decimal, from: Unit, to: Unit): Decimal | null {
  if (!isSameQuantity(from, to)) return null;
  const { units, scale } = inLeastUnits(value, from);
  const numerator = units * 10n ** BigInt(QUOTIENT_TENS);
  if (numerator % SIZES[to].units !== 0n) return null;
  return { units: numerator / SIZES[to].units, scale: scale + SIZES[to].power + QUOTIENT_TENS };
}

/** What amounts in several units of one quantity are compared in. */
export function inLeastUnits({ units, scale }: Decimal, unit: Unit): Decimal {
  return { units: units * SIZES[unit].units, scale: scale - SIZES[unit].power };
}

/** Reads plain numbers (`-1234.56`), and what `String` makes of a number (`1e-7`). */
export function decimalOf(text: string): Decimal {
  const match = WRITTEN_EXPONENT.exec(text);
  if (!match) throw new Error(`not a number: ${text}`);
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  return { units: BigInt(`${sign}${whole}${fraction}`), scale: fraction.length - Number(exponent) };
}

/** Plain, without idle zeros. */
export function textOf({ units, scale }: Decimal): string {
  if (units < 0n) return `-${textOf({ units: -units, scale })}`;
  const digits = units.toString() + "0".repeat(Math.max(0, -scale));
  const places = Math.max(0, scale);
  const padded = digits.padStart(places + 1, "0");
  const whole = padded.slice(0, padded.length - places);
  const fraction = padded.slice(padded.length - places).replace(/0+$/, "");
  return fraction === "" ? whole : `${whole}.${fraction}`;
}

export function isLess(a: Decimal, b: Decimal): boolean {
  const scale = Math.max(a.scale, b.scale);
  return a.units * 10n ** BigInt(scale - a.scale) < b.units * 10n ** BigInt(scale - b.scale);
}

function sizeOf(quantity: Quantity, power: number, units = 1n): UnitSize {
  return { quantity, power, units };
}

function spelled(name: Unit, ...spellings: string[]): (readonly [string, Unit])[] {
  return spellings.map((spelling) => [spelling, name] as const);
}
