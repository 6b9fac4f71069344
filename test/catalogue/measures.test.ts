import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileCheck } from "../../src/catalogue/checks/checks";
import { decimalOf, isLess, textOf, UNITS } from "../../src/catalogue/checks/measures/units";
import { compileFixes } from "../../src/catalogue/fixes/fixes";
import { CheckSchema } from "../../src/catalogue/profile/check-schema";
import { FixSchema } from "../../src/catalogue/profile/fix-schema";

const WEIGHT = { type: "measure", units: ["kg", "g"], min: 0.05, max: 30 };
const STORAGE = { type: "measure", units: ["GB", "TB"], min: 8, max: 1000 };
const BOX = { type: "dimensions", units: ["cm", "mm"], min: 0.5, max: 105 };

function checkOf(json: object) {
  return compileCheck(CheckSchema.parse(json), {});
}

function fixOf(json: object) {
  const [fix] = compileFixes(FixSchema.parse(json), {});
  if (!fix) throw new Error("no fix");
  return fix;
}

const CASES: readonly (readonly [object, Readonly<Record<string, string | null>>])[] = [
  [
    WEIGHT,
    {
      "1.5 kg": null,
      "1.5kg": null,
      "1500 g": null,
      "30 kg": null,
      "0.05 kg": null,
      "50 g": null,
      "49.999 g": "TOO_LOW",
      "-1 kg": "TOO_LOW",
      "30000.001 g": "TOO_HIGH",
      "30.1kg": "TOO_HIGH",
      "1,5 kg": "INVALID_FORMAT",
      "1.5  kg": "INVALID_FORMAT",
      "1.5 KG": "INVALID_FORMAT",
      "1.5 lb": "INVALID_FORMAT",
      "1.5": "INVALID_FORMAT",
      " 1.5 kg": "INVALID_FORMAT",
      "1,234 kg": "NOT_NUMERIC",
      kg: "NOT_NUMERIC",
      "R$ 5 kg": "NOT_NUMERIC",
    },
  ],
  [
    STORAGE,
    { "128GB": null, "1 TB": null, "4 GB": "TOO_LOW", "2 TB": "TOO_HIGH", "128 MB": "INVALID_FORMAT" },
  ],
  [
    { type: "measure", units: ["mAh"] },
    { "5000 mAh": null, "5000mAh": null, "5000 mah": "INVALID_FORMAT" },
  ],
  [
    BOX,
    {
      "10x20x30 cm": null,
      "10x20.5x30": null,
      "100x200x1050 mm": null,
      "100x200x1051 mm": "TOO_HIGH",
      "10x20x105.5 cm": "TOO_HIGH",
      "10x20x0.4 cm": "TOO_LOW",
      "10x0x30 cm": "TOO_LOW",
      "10x20 cm": "INVALID_FORMAT",
      "10 x 20 x 30": "INVALID_FORMAT",
      "10x20x30 in": "INVALID_FORMAT",
      "10,5x20x30 cm": "INVALID_FORMAT",
      "10x20x30cm": "INVALID_FORMAT",
      grande: "INVALID_FORMAT",
    },
  ],
  [
    { type: "dimensions", sides: 2 },
    { "10x20": null, "10x20 m": null, "10x20x30": "INVALID_FORMAT" },
  ],
];
const ROWS = CASES.flatMap(([check, values]) =>
  Object.entries(values).map(([value, fault]) => ({ check, value, fault, name: JSON.stringify(check) })),
);

describe("measures", () => {
  it.each(ROWS)("$name says $fault of '$value'", ({ check, value, fault }) => {
    expect(checkOf(check).judge(value)).toBe(fault);
  });

  it("are never passed by a screen where the check refuses them", () => {
    const pieces = fc.constantFrom("1", "5", "0", ".", ",", " ", "k", "g", "kg", "-", "30", "G", "x", "é");
    const soup = fc.oneof(
      fc.string({ unit: pieces, maxLength: 6 }),
      fc.tuple(fc.integer({ min: -100, max: 4000 }), fc.constantFrom(" kg", "kg", " g")).map(([n, unit]) => {
        return (n / 100).toFixed(2) + unit;
      }),
    );
    const { screen, judge } = checkOf(WEIGHT);
    const encoder = new TextEncoder();
    let passed = 0;
    fc.assert(
      fc.property(soup, (value) => {
        const bytes = encoder.encode(`9${value}9`);
        if (!screen?.(bytes, 1, bytes.length - 1)) return;
        passed++;
        expect([value, judge(value)]).toEqual([value, null]);
      }),
      { seed: 41, numRuns: 5000 },
    );
    expect(passed).toBeGreaterThan(300);
  });
});

describe("convert_units", () => {
  it.each<[string, string | undefined, string | null]>([
    ["1500g", "kg", "1.5kg"],
    ["1.500,5 g", "kg", "1.5005 kg"],
    ["0,5 kg", "g", "500 g"],
    ["1 t", "g", "1000000 g"],
    ["1,50 Kg.", undefined, "1.50 kg"],
    ['6,4"', "cm", "16.256cm"],
    ["6.4 pol", undefined, "6.4 in"],
    ["2.54 cm", "in", "1 in"],
    ["1 lb", "kg", "0.45359237 kg"],
    ["16 oz", "lb", "1 lb"],
    ["1 litro", "mL", "1000 mL"],
    ["128gb", undefined, "128GB"],
    ["5000 MAH", "Ah", "5 Ah"],
    // A quotient without end, a bit or a byte, 1000 or 1024, two readings, no unit, another quantity.
    ["1 cm", "in", null],
    ["1.500 g", "kg", null],
    ["-1.500 g", "kg", null],
    ["0.500 g", "kg", "0.0005 kg"],
    ["1.500 Gr", undefined, "1.500 g"],
    ["128 Gb", undefined, null],
    ["1 TB", "GB", null],
    ["1,234 kg", "g", null],
    ["1500", "kg", null],
    ["1500 g", "cm", null],
    ["1 caixa", undefined, null],
    ["0.0000000000000000000000000000000000001 mg", "t", null],
  ])("makes '%s' in %s '%s'", (value, to, after) => {
    expect(fixOf({ type: "convert_units", ...(to === undefined ? {} : { to }) }).apply(value)).toBe(after);
  });

  it("passes the check, and has nothing left to do", () => {
    const number = fc.oneof(
      fc.nat(100_000).map(String),
      fc.tuple(fc.nat(9999), fc.nat(999)).map(([whole, part]) => `${whole},${part}`),
      fc.tuple(fc.integer({ min: 1, max: 999 }), fc.nat(99)).map(([whole, part]) => `${whole}.500,${part}`),
    );
    const unit = fc.constantFrom(...UNITS, "KG", "gramas", "litros", "pol", "cm.", "xyz");
    const units = fc.constantFrom(["kg", "g", "lb"], ["cm", "in", "mm"], ["L"], ["mAh", "Ah"], ["GB"], ["V"]);
    let offers = 0;
    fc.assert(
      fc.property(
        number,
        fc.constantFrom("", " ", "  "),
        unit,
        units,
        fc.boolean(),
        (value, gap, name, among, to) => {
          const fix = fixOf({ type: "convert_units", ...(to ? { to: among[0] } : {}) });
          const after = fix.apply(`${value}${gap}${name}`);
          if (after === null) return;
          offers++;
          expect(fix.apply(after)).toBe(after);
          if (to) expect(checkOf({ type: "measure", units: among }).judge(after)).toBe(null);
        },
      ),
      { seed: 42, numRuns: 3000 },
    );
    expect(offers).toBeGreaterThan(500);
  });

  it("comes back to the number it set out from", () => {
    const amount = fc
      .tuple(fc.nat(1e9), fc.nat(999_999))
      .map(([whole, part]) => textOf(decimalOf(`${whole}.${part}`)));
    const pairs = fc.constantFrom(
      ["kg", "g"],
      ["t", "mg"],
      ["in", "cm"],
      ["lb", "kg"],
      ["oz", "g"],
      ["ft", "m"],
      ["kWh", "Wh"],
    );
    fc.assert(
      fc.property(amount, pairs, (number, [from, to]) => {
        fc.pre(!/^\d{1,3}\.\d{3}$/.test(number));
        const there = fixOf({ type: "convert_units", to }).apply(`${number} ${from}`);
        expect(there).not.toBe(null);
        fc.pre(!/^\d{1,3}\.\d{3} /.test(String(there)));
        expect(fixOf({ type: "convert_units", to: from }).apply(String(there))).toBe(`${number} ${from}`);
      }),
      { seed: 43, numRuns: 1000 },
    );
  });
});

describe("decimals", () => {
  it.each([
    ["1e-7", "0.0000001"],
    ["1.5e+21", "1500000000000000000000"],
    ["-0.50", "-0.5"],
    ["-120", "-120"],
    ["0", "0"],
  ])("reads '%s' as %s", (written, text) => {
    expect(textOf(decimalOf(written))).toBe(text);
  });

  it("are ordered as the numbers are", () => {
    const number = fc
      .tuple(fc.integer({ min: -999, max: 999 }), fc.nat(99))
      .map(([whole, part]) => `${whole}.${part}`);
    fc.assert(
      fc.property(number, number, (a, b) => {
        expect(isLess(decimalOf(a), decimalOf(b))).toBe(Number(a) < Number(b));
      }),
      { seed: 44 },
    );
  });
});

describe("format_dimensions", () => {
  const fix = fixOf({ type: "format_dimensions" });
  it.each<[string, string | null]>([
    ["10x20x30 cm", "10x20x30 cm"],
    ["10 x 20 x 30", "10x20x30"],
    ["10,5 X 20 × 30cm", "10.5x20x30 cm"],
    ["10cm x 20cm x 30cm", "10x20x30 cm"],
    ["10 * 20 * 30 Centímetros", "10x20x30 cm"],
    ['55" x 30"', "55x30 in"],
    ["10cm x 20 x 30", null],
    ["10cm x 20mm x 30cm", null],
    ["1,234x20x30", null],
    ["10x20x30 kg", null],
    ["10x20x", null],
    ["R$ 10x20x30", null],
    ["A10xL20xP30", null],
  ])("makes '%s' '%s'", (value, after) => {
    expect(fix.apply(value)).toBe(after);
  });

  it("passes the check, and has nothing left to do", () => {
    const side = fc.tuple(fc.integer({ min: 1, max: 99 }), fc.constantFrom("", ",5", ".25", ",50"));
    const unit = fc.constantFrom("", "cm", " CM", " mm", "pol", " kg");
    const sign = fc.constantFrom("x", " x ", " X", "×", "*");
    let offers = 0;
    fc.assert(
      fc.property(
        fc.array(side, { minLength: 3, maxLength: 3 }),
        sign,
        unit,
        fc.boolean(),
        (sides, by, name, all) => {
          const value = sides.map((parts) => parts.join("")).join(`${all ? name : ""}${by}`) + name;
          const after = fix.apply(value);
          if (after === null) return;
          offers++;
          expect(fix.apply(after)).toBe(after);
          expect(checkOf({ type: "dimensions" }).judge(after)).toBe(null);
        },
      ),
      { seed: 45, numRuns: 1000 },
    );
    expect(offers).toBeGreaterThan(400);
  });
});
