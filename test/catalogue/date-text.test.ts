import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { daysIn, dayOf, isAmbiguousDate, readDate } from "../../src/catalogue/checks/date-text";
import { dateCheck } from "../../src/catalogue/checks/date-check";

const ORDERS = [null, "dmy", "mdy", "ymd"] as const;

describe("dayOf", () => {
  it.each([
    ["2024-03-12", "2024-03-12"],
    ["2024/3/12", "2024-03-12"],
    ["2024.03.12", "2024-03-12"],
    ["25/12/2024", "2024-12-25"],
    ["25-12-2024", "2024-12-25"],
    ["12.25.2024", "2024-12-25"],
    ["5/5/2024", "2024-05-05"],
    ["29/02/2024", "2024-02-29"],
    ["29/02/2000", "2000-02-29"],
    ["12 mar 2024", "2024-03-12"],
    ["12-fev-2024", "2024-02-12"],
    ["12/FEB/2024", "2024-02-12"],
    ["1º de março de 2024", "2024-03-01"],
    ["3 de enero de 2024", "2024-01-03"],
    ["Mar 3, 2024", "2024-03-03"],
    ["December 25 2024", "2024-12-25"],
    ["2024-03-12T10:20:30.123Z", "2024-03-12"],
    ["25/12/2024 23:59", "2024-12-25"],
    ["25/12/2024 0:00:00", "2024-12-25"],
    ["12/25/2024 11:59 PM", "2024-12-25"],
    [" 2024-03-12 ", "2024-03-12"],
  ])("reads %s as %s, whatever its column", (text, iso) => {
    for (const order of ORDERS) expect(dayOf(text, order)?.iso).toBe(iso);
  });

  it("reads by its column what has two readings", () => {
    const read = (text: string) => ORDERS.map((order) => dayOf(text, order)?.iso ?? null);
    expect(read("03/04/2024")).toEqual([null, "2024-04-03", "2024-03-04", null]);
    expect(read("3.4.2024 10:00")).toEqual([null, "2024-04-03", "2024-03-04", null]);
    expect(ORDERS.map((order) => isAmbiguousDate("03/04/2024", order))).toEqual([true, false, false, true]);
  });

  it.each(["25/12/24", "24-03-12", "12 mar 24", "1/2/03 10:00"])(
    "never guesses the century of %s",
    (text) => {
      for (const order of ORDERS) {
        expect(dayOf(text, order)).toBeNull();
        expect(isAmbiguousDate(text, order)).toBe(true);
      }
    },
  );

  it.each([
    "",
    "31/04/2024",
    "29/02/1900",
    "2023-02-29",
    "2024-00-10",
    "0024-03-12",
    "99/99/99",
    "25/12-2024",
    "12 xyz 2024",
    "45363",
    "2024-03-12 25:00",
    "2024-03-12 10:60",
    "2024-03",
    "x".repeat(60),
  ])("finds no day in '%s'", (text) => {
    for (const order of ORDERS)
      expect([dayOf(text, order), isAmbiguousDate(text, order)]).toEqual([null, false]);
  });

  it("tells a time of day from its beginning", () => {
    const hasTime = (text: string) => dayOf(text, null)?.hasTime;
    expect(hasTime("2024-03-12 00:00:00.000")).toBe(false);
    expect(hasTime("2024-03-12")).toBe(false);
    expect(hasTime("2024-03-12 00:00:01")).toBe(true);
    expect(hasTime("2024-03-12T00:00:00Z")).toBe(true);
  });
});

describe("readDate", () => {
  it.each([
    ["25/12/2024", "dmy"],
    ["12/25/2024", "mdy"],
    ["2024/12/25", "ymd"],
    ["2024-12-25", null],
    ["5/5/2024", null],
    ["25 dez 2024", null],
  ])("tells whose writing %s is", (text, order) => {
    expect(readDate(text)).toMatchObject({ type: "sure", order });
  });

  it("knows the calendar's days", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 9999 }), fc.integer({ min: 1, max: 12 }), (year, month) => {
        expect(daysIn(year, month)).toBe(new Date(Date.UTC(year, month, 0)).getUTCDate());
      }),
      { seed: 32 },
    );
  });
});

describe("dateCheck", () => {
  it("takes DD/MM/YYYY where it means that day", () => {
    const judge = (order: (typeof ORDERS)[number]) => dateCheck({}, order).judge("03/04/2024");
    expect(ORDERS.map(judge)).toEqual(["AMBIGUOUS", null, "INVALID_FORMAT", "AMBIGUOUS"]);
    expect(dateCheck({ max: "2024-03-31" }, "dmy").judge("03/04/2024")).toBe("TOO_HIGH");
    expect(dateCheck({ max: "2024-03-31", format: "iso" }, "mdy").judge("2024-03-04")).toBeNull();
  });
});
