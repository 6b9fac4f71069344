import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fingerprint, seedOf } from "../../../src/catalogue/run/uniqueness/fingerprint";

const encoder = new TextEncoder();
const SEED = seedOf("test@1.0.0 sku_unique");

function printOf(bytes: Uint8Array, seed = SEED): readonly [number, number, number] {
  const print = new Fingerprint();
  print.of(seed, bytes, 0, bytes.length);
  return [print.a, print.b, print.c];
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

function ones(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** How many of the numbers are there already. */
function repeated(numbers: Float64Array | Int32Array): number {
  numbers.sort();
  let count = 0;
  for (let i = 1; i < numbers.length; i++) if (numbers[i] === numbers[i - 1]) count++;
  return count;
}

describe("Fingerprint", () => {
  it("is the same wherever the bytes lie", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat({ max: 7 }), (bytes, shift) => {
        const moved = new Uint8Array(shift + bytes.length + 5).fill(0x58);
        moved.set(bytes, shift);
        const print = new Fingerprint();
        print.of(SEED, moved, shift, shift + bytes.length);
        expect([print.a, print.b, print.c]).toEqual(printOf(bytes));
      }),
    );
  });

  it("tells keys apart that differ in zeros at their end", () => {
    const seen = new Set<string>();
    for (let size = 0; size <= 40; size++) seen.add(printOf(new Uint8Array(size)).join());
    expect(seen.size).toBe(41);
  });

  it("shares nothing between rules", () => {
    expect(printOf(encoder.encode("A1"), seedOf("test@1.0.0 other"))).not.toEqual(
      printOf(encoder.encode("A1")),
    );
  });

  it.each([3, 8, 12, 13, 31])(
    "turns half of its bits, each one, when one bit of a key of %i bytes turns",
    (size) => {
      const random = mulberry32(size);
      const turnedByBit = new Int32Array(96);
      let least = 96;
      let samples = 0;
      for (let i = 0; i < 60; i++) {
        const bytes = Uint8Array.from({ length: size }, () => random());
        const before = printOf(bytes);
        for (let bit = 0; bit < size * 8; bit++, samples++) {
          bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
          const turned = printOf(bytes).map((word, lane) => word ^ (before[lane] as number));
          bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
          least = Math.min(
            least,
            turned.reduce((sum, word) => sum + ones(word), 0),
          );
          turned.forEach((word, lane) => {
            for (let at = 0; at < 32; at++) turnedByBit[lane * 32 + at]! += (word >>> at) & 1;
          });
        }
      }
      // Standard deviation of a share is 0.5 / sqrt(samples); of the number of turned bits, 4.9 of 96.
      const tolerance = (5 * 0.5) / Math.sqrt(samples);
      for (const turned of turnedByBit) expect(Math.abs(turned / samples - 0.5)).toBeLessThan(tolerance);
      expect(least).toBeGreaterThan(18);
    },
  );

  it("spreads running numbers evenly, in each lane", () => {
    const buckets = [0, 1, 2].flatMap(() => [new Int32Array(256), new Int32Array(256)]);
    const count = 200_000;
    for (let i = 0; i < count; i++) {
      printOf(encoder.encode(`SKU-${String(i).padStart(8, "0")}`)).forEach((word, lane) => {
        (buckets[lane * 2] as Int32Array)[word >>> 24]!++;
        (buckets[lane * 2 + 1] as Int32Array)[word & 0xff]!++;
      });
    }
    const expected = count / 256;
    for (const bucket of buckets) {
      const chiSquare = bucket.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0);
      // 255 degrees of freedom: mean 255, standard deviation 22.6.
      expect(chiSquare).toBeGreaterThan(155);
      expect(chiSquare).toBeLessThan(370);
    }
  });

  it("has no collision among a million keys in 53 of its bits, and no more than chance in a lane", () => {
    const count = 1_000_000;
    const whole = new Float64Array(count);
    const lanes = [new Int32Array(count), new Int32Array(count), new Int32Array(count)] as const;
    for (let i = 0; i < count; i++) {
      const [a, b, c] = printOf(encoder.encode(i % 2 === 0 ? `SKU-${i}` : `789${i * 7919}-azul`));
      whole[i] = (a >>> 0) * 2 ** 21 + (b >>> 11);
      lanes[0][i] = a;
      lanes[1][i] = b;
      lanes[2][i] = c;
    }
    expect(repeated(whole)).toBe(0);
    // Chance makes n²/2^33 = 116 pairs of a million.
    for (const lane of lanes) expect(repeated(lane)).toBeLessThan(180);
  });
});
