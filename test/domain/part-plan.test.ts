import { describe, expect, it } from "vitest";
import { MAX_MULTIPART_BYTES, orderParts, partCount, partsOf, planParts } from "../../src/domain/part-plan";

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

describe("a plan of parts", () => {
  it.each([0, 1, 64 * MiB])("is not needed for %i bytes", (sizeBytes) => {
    expect(planParts(sizeBytes)).toBeNull();
  });

  it.each([
    [64 * MiB + 1, 3, 1],
    [96 * MiB, 3, 32 * MiB],
    [96 * MiB + 5, 4, 5],
    [5 * GiB, 160, 32 * MiB],
    [MAX_MULTIPART_BYTES, 10_000, 32 * MiB],
  ])("cuts %i bytes into %i equal parts, the last of %i", (sizeBytes, count, last) => {
    const plan = planParts(sizeBytes);
    if (plan === null) throw new Error("no plan");
    const parts = partsOf(plan);
    expect(plan.partBytes % (64 * 1024)).toBe(0);
    expect(partCount(plan)).toBe(count);
    expect(parts.map(({ partNumber }) => partNumber)).toEqual(parts.map((_part, index) => index + 1));
    expect(new Set(parts.slice(0, -1).map((part) => part.sizeBytes))).toEqual(new Set([plan.partBytes]));
    expect(parts.at(-1)?.sizeBytes).toBe(last);
    expect(parts.reduce((sum, part) => sum + part.sizeBytes, 0)).toBe(sizeBytes);
  });
});

describe("a client's list of parts", () => {
  const plan = { sizeBytes: 25, partBytes: 10 };
  const claim = (...numbers: number[]) =>
    numbers.map((partNumber) => ({ partNumber, etag: `e${partNumber}` }));

  it("is put in order", () => {
    expect(orderParts(plan, claim(3, 1, 2))).toEqual({ ok: true, value: claim(1, 2, 3) });
  });

  it.each([
    ["a gap", claim(1, 3), { missing: [2], repeated: [], unknown: [] }],
    ["nothing", [], { missing: [1, 2, 3], repeated: [], unknown: [] }],
    ["a part twice", claim(1, 2, 3, 2, 2), { missing: [], repeated: [2], unknown: [] }],
    ["a part too many", claim(1, 2, 3, 4), { missing: [], repeated: [], unknown: [4] }],
    ["all at once", claim(0, 1, 1, 3, 9), { missing: [2], repeated: [1], unknown: [0, 9] }],
  ])("with %s is refused by name", (_name, parts, faults) => {
    expect(orderParts(plan, parts)).toEqual({ ok: false, error: faults });
  });

  it("names ten faults of a kind and no more", () => {
    const large = { sizeBytes: 10_000, partBytes: 1 };
    const refused = orderParts(large, []);
    expect(refused.ok || refused.error.missing).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});
