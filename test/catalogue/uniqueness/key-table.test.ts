import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KeyTable } from "../../../src/catalogue/run/uniqueness/key-table";

const MIB = 1024 ** 2;
/** Few values a lane, so that keys crowd in few slots and differ in one lane only. */
const lane = fc.constantFrom(0, 1, -1, 7, -2147483648, 2147483647, 123456789);

describe("KeyTable", () => {
  it("finds what a Map finds, until it is full", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(lane, lane, lane), { maxLength: 300 }),
        fc.integer({ min: 0, max: 6000 }),
        (keys, limit) => {
          const table = new KeyTable(limit);
          const oracle = new Map<string, number>();
          keys.forEach(([a, b, c], i) => {
            const row = i * 2 ** 31 + 1;
            const known = oracle.get(`${a} ${b} ${c}`);
            expect(table.find(a, b, c)).toBe(known !== undefined);
            if (known !== undefined) expect([table.row, table.line]).toEqual([known, known + 5]);
            else if (table.add(a, b, c, row, row + 5)) oracle.set(`${a} ${b} ${c}`, row);
            else expect(oracle.size).toBe(table.maxKeys);
          });
          expect(table.count).toBe(oracle.size);
        },
      ),
    );
  });

  it("takes little for few keys, holds 35,746 in each MiB and never takes more than its limit", () => {
    const table = new KeyTable(2 * MIB);
    expect(table.bytes).toBeLessThan(32 * 1024);
    let key = 0;
    let most = 0;
    for (let isAdded = true; isAdded; key++) {
      const a = Math.imul(key, 0x9e3779b1);
      table.find(a, key, 1);
      isAdded = table.add(a, key, 1, key + 1, key + 2);
      most = Math.max(most, table.bytes);
    }
    expect(most).toBeLessThanOrEqual(2 * MIB);
    expect(table.count).toBe(table.maxKeys);
    expect(table.count).toBe(Math.floor(2 * 35_746.9));
    expect(table.find(Math.imul(5, 0x9e3779b1), 5, 1)).toBe(true);
    expect([table.row, table.line]).toEqual([6, 7]);
  });

  it("is empty after starting over, and then refuses no key", () => {
    const table = new KeyTable(1000);
    for (let round = 0; round < 2; round++) {
      for (let key = 1; key <= 500; key++) {
        table.find(key, key, key);
        table.add(key, key, key, key, key);
      }
      table.startOver();
      expect(table.find(1, 1, 1)).toBe(false);
    }
    for (let key = 1; key <= 500; key++) {
      expect(table.find(key, key, key)).toBe(false);
      expect(table.add(key, key, key, key, key)).toBe(true);
    }
    expect(table.count).toBe(500);
  });
});
