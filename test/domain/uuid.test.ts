import fc from "fast-check";
import { v4, v7 } from "uuid";
import { describe, expect, it } from "vitest";
import { isUuid, isUuidV7, uuidV7LowerBound, uuidV7TimeMs } from "../../src/domain/uuid";

const SEEDED = { seed: 1 };
const V7 = "0192f0c1-2a3b-7c4d-8e5f-0123456789ab";
const times = fc.integer({ min: 0, max: 2 ** 48 - 2 });

describe("isUuid and isUuidV7", () => {
  it.each([
    [V7, true, true],
    [V7.toUpperCase(), true, false],
    [v4(), true, false],
    [v7(), true, true],
    ["00000000-0000-0000-0000-000000000000", false, false],
    [`${V7} `, false, false],
    [`${V7}\n`, false, false],
    [`{${V7}}`, false, false],
    [V7.replaceAll("-", ""), false, false],
    ["0192f0c1-2a3b-7c4d-ce5f-0123456789ab", false, false],
    ["", false, false],
  ])("%j is a UUID: %j, of version 7: %j", (text, uuid, seven) => {
    expect([isUuid(text), isUuidV7(text)]).toEqual([uuid, seven]);
  });
});

describe("uuidV7TimeMs", () => {
  it("reads the time that an id was made at", () => {
    fc.assert(
      fc.property(times, (ms) => {
        expect(uuidV7TimeMs(v7({ msecs: ms }))).toBe(ms);
      }),
      SEEDED,
    );
  });

  it.each([v4(), "", V7.toUpperCase()])("reads nothing from %j", (text) => {
    expect(uuidV7TimeMs(text)).toBeNull();
  });
});

describe("uuidV7LowerBound", () => {
  it("sorts before every id of its millisecond and after every earlier one", () => {
    fc.assert(
      fc.property(times, fc.uint8Array({ minLength: 16, maxLength: 16 }), (ms, random) => {
        const bound = uuidV7LowerBound(ms + 1);
        expect(isUuidV7(bound)).toBe(true);
        expect(v7({ msecs: ms, random }) < bound).toBe(true);
        expect(v7({ msecs: ms + 1, random, seq: 0 }) >= bound).toBe(true);
      }),
      SEEDED,
    );
  });

  it.each([
    [-1, 0],
    [1.9, 1],
    [2 ** 48, 2 ** 48 - 1],
    [Number.MAX_SAFE_INTEGER, 2 ** 48 - 1],
  ])("clamps %d to %d", (ms, expected) => {
    expect(uuidV7TimeMs(uuidV7LowerBound(ms))).toBe(expected);
  });
});
