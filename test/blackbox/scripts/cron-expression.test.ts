import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDue } from "../../../scripts/edge/cron-expression.ts";

const SUNDAY = "2026-11-01T06:30:00Z";

describe("isDue", () => {
  const cases: [string, string, boolean][] = [
    ["* * * * *", SUNDAY, true],
    ["30 6 1 11 0", SUNDAY, true],
    ["30 6 1 11 7", SUNDAY, true],
    ["* * * * 5-7", SUNDAY, true],
    ["* * * * 1-6", SUNDAY, false],
    ["17 * * * *", SUNDAY, false],
    ["*/15 * * * *", SUNDAY, true],
    ["*/20 * * * *", SUNDAY, false],
    ["10-50/20 * * * *", SUNDAY, true],
    ["0,30 6,18 * * *", SUNDAY, true],
    ["30 7 * * *", SUNDAY, false],
  ];
  for (const [expression, at, expected] of cases) {
    it(`"${expression}" is ${expected ? "" : "not "}due at ${at}`, () =>
      assert.equal(isDue(expression, Date.parse(at)), expected));
  }

  it("throws for what it does not understand", () => {
    for (const expression of ["* * * *", "* * L * *", "* * * * MON"]) {
      assert.throws(() => isDue(expression, 0), /cron expression/);
    }
  });
});
