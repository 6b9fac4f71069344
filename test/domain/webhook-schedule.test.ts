import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DEFAULT_WEBHOOK_SCHEDULE,
  type DeliveryOutcome,
  isDisabledByAge,
  nextAttempt,
  parseWebhookSchedule,
  pauseUntilMs,
  retryAfterMs,
  type WebhookSchedule,
} from "../../src/domain/webhook-schedule";

const NOW_MS = Date.UTC(2026, 10, 24, 12, 0, 0);
const DAY_MS = 86_400_000;
const WEEK_SECONDS = 604_800;
/** ECMA-262 §21.4.1.1. */
const EARLIEST_MS = -8.64e15;

const answered = (status: number, retryAfter: string | null = null): DeliveryOutcome => ({
  type: "answered",
  status,
  retryAfter,
});
const after = (attempt: number, outcome: DeliveryOutcome, random = 0, schedule = DEFAULT_WEBHOOK_SCHEDULE) =>
  nextAttempt({ attempt, schedule, outcome, nowMs: NOW_MS, random });
const retryIn = (ms: number) => ({ type: "retry", atMs: NOW_MS + ms });

describe("the default schedule", () => {
  it("is the contract's", () => {
    expect(DEFAULT_WEBHOOK_SCHEDULE.join(",")).toBe("0,5,300,1800,7200,18000,36000,50400,72000,86400");
  });

  it("gives ten attempts over three days, and then parks", () => {
    const waits = Array.from({ length: 10 }, (_, index) => after(index + 1, answered(500)));
    expect(waits).toEqual([
      ...[5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400].map((seconds) =>
        retryIn(seconds * 1000),
      ),
      { type: "parked" },
    ]);
    expect(after(11, answered(500))).toEqual({ type: "parked" });
  });
});

describe("parseWebhookSchedule", () => {
  it.each<[string, WebhookSchedule]>([
    ["0", [0]],
    ["0,5,300", [0, 5, 300]],
    ["300,5,0", [300, 5, 0]],
    ["604800", [WEEK_SECONDS]],
    [Array.from({ length: 30 }, () => "1").join(","), [1, ...Array.from({ length: 29 }, () => 1)]],
    [DEFAULT_WEBHOOK_SCHEDULE.join(","), DEFAULT_WEBHOOK_SCHEDULE],
  ])("reads %j", (text, expected) => {
    expect(parseWebhookSchedule(text)).toEqual({ ok: true, value: expected });
  });

  it.each([
    "",
    " ",
    ",",
    "0,",
    ",0",
    "0,,5",
    "0, 5",
    " 0,5",
    "0,5\n",
    "0;5",
    "-1",
    "-0",
    "+5",
    "05",
    "00",
    "5.0",
    "0.5",
    "1e3",
    "0x10",
    "١",
    "NaN",
    "Infinity",
    "[0,5]",
    "604801",
    "0,604801",
    "9999999",
    Array.from({ length: 31 }, () => "1").join(","),
  ])("refuses %j by a sentence that names the variable", (text) => {
    expect(parseWebhookSchedule(text)).toEqual({
      ok: false,
      error: expect.stringMatching(/^Configuration WEBHOOK_SCHEDULE_SECONDS must be .*\.$/),
    });
  });

  it("reads back what it was written from, and what it reads is within its bounds", () => {
    const delays = fc.array(fc.nat(WEEK_SECONDS), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(delays, (schedule) => {
        expect(parseWebhookSchedule(schedule.join(","))).toEqual({ ok: true, value: schedule });
      }),
      { seed: 1 },
    );
    const texts = fc.string({ unit: fc.constantFrom(..."0123456789,,, .-e"), maxLength: 12 });
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseWebhookSchedule(text);
        const canonical = /^(?:0|[1-9]\d*)(?:,(?:0|[1-9]\d*))*$/.test(text);
        const small = text.split(",").every((part) => Number(part) <= WEEK_SECONDS);
        expect(parsed.ok).toBe(canonical && small);
        if (parsed.ok) expect(parsed.value.join(",")).toBe(text);
      }),
      { seed: 2, numRuns: 3000 },
    );
  });
});

describe("nextAttempt", () => {
  it.each([200, 201, 202, 204, 226, 299])("takes %d for delivered, even at the last attempt", (status) => {
    expect(after(1, answered(status, "60"))).toEqual({ type: "delivered" });
    expect(after(10, answered(status))).toEqual({ type: "delivered" });
  });

  it("takes 410 for the end of the endpoint, whatever else it says and whenever", () => {
    for (const attempt of [1, 9, 10, 11])
      expect(after(attempt, answered(410, "60"))).toEqual({ type: "disabled", reason: "gone" });
  });

  it.each([
    0, 100, 101, 199, 300, 301, 302, 303, 304, 307, 308, 400, 401, 404, 408, 409, 411, 418, 425, 429, 500,
    502, 503, 504, 599, 999,
  ])("takes %d for a failure", (status) => {
    expect(after(1, answered(status))).toEqual(retryIn(5000));
    expect(after(10, answered(status, "1"))).toEqual({ type: "parked" });
  });

  it.each<DeliveryOutcome>([{ type: "timeout" }, { type: "network_error" }])(
    "takes a $type for a failure",
    (outcome) => {
      expect(after(1, outcome)).toEqual(retryIn(5000));
      expect(after(10, outcome)).toEqual({ type: "parked" });
    },
  );

  it.each([
    ["0", 5_000],
    ["4", 5_000],
    ["5", 5_000],
    ["6", 6_000],
    ["0090", 90_000],
    ["86400", DAY_MS],
    ["86401", DAY_MS],
    ["99999999999999999999", DAY_MS],
    ["9".repeat(400), DAY_MS],
    ["Tue, 24 Nov 2026 12:01:30 GMT", 90_000],
    ["Tue, 24 Nov 2026 12:00:03 GMT", 5_000],
    ["Tue, 24 Nov 2026 11:59:00 GMT", 5_000],
    ["Wed, 25 Nov 2026 12:00:00 GMT", DAY_MS],
    ["Wed, 25 Nov 2026 12:00:01 GMT", DAY_MS],
    ["Fri, 31 Dec 9999 23:59:59 GMT", DAY_MS],
    ["soon", 5_000],
    ["-60", 5_000],
    ["", 5_000],
  ])("asked by Retry-After %.40j waits %d ms at least", (header, waitMs) => {
    for (const status of [429, 503, 500, 404, 302])
      expect(after(1, answered(status, header))).toEqual(retryIn(waitMs));
    expect(after(1, answered(503, header), 0.5)).toEqual(retryIn(waitMs * 1.1));
  });

  it("draws up to a fifth of the delay in addition", () => {
    expect(after(2, answered(500), 0)).toEqual(retryIn(300_000));
    expect(after(2, answered(500), 0.5)).toEqual(retryIn(330_000));
    expect(after(2, answered(500), 0.999_999_9)).toEqual(retryIn(359_999));
    expect(after(1, answered(500), 0.9, [0, 0])).toEqual(retryIn(0));
  });

  const schedules = fc
    .array(fc.nat(WEEK_SECONDS), { minLength: 1, maxLength: 30 })
    .map(([first = 0, ...others]): WebhookSchedule => [first, ...others]);
  const draws = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const clocks = fc.integer({ min: 0, max: Date.UTC(2100, 0) });
  const statuses = fc.integer({ min: 100, max: 599 });

  it("keeps between the delay and a fifth more, in whole milliseconds, later with a higher draw", () => {
    fc.assert(
      fc.property(schedules, fc.nat(40), draws, draws, clocks, (schedule, index, one, two, nowMs) => {
        const attempt = index + 1;
        const [sooner, later] = [Math.min(one, two), Math.max(one, two)].map((random) =>
          nextAttempt({ attempt, schedule, outcome: { type: "timeout" }, nowMs, random }),
        );
        const delaySeconds = schedule[attempt];
        expect(sooner?.type).toBe(delaySeconds === undefined ? "parked" : "retry");
        if (sooner?.type !== "retry" || later?.type !== "retry" || delaySeconds === undefined) return;
        expect(Number.isInteger(sooner.atMs)).toBe(true);
        expect(sooner.atMs - nowMs).toBeGreaterThanOrEqual(delaySeconds * 1000);
        expect(later.atMs - nowMs).toBeLessThanOrEqual(delaySeconds * 1200);
        expect(sooner.atMs).toBeLessThanOrEqual(later.atMs);
      }),
      { seed: 3, numRuns: 1000 },
    );
  });

  it("grows with the schedule: a longer delay never comes sooner", () => {
    fc.assert(
      fc.property(fc.nat(WEEK_SECONDS), fc.nat(WEEK_SECONDS), draws, clocks, (one, two, random, nowMs) => {
        const schedule: WebhookSchedule = [0, Math.min(one, two), Math.max(one, two)];
        const [first, second] = [1, 2].map((attempt) => {
          const next = nextAttempt({ attempt, schedule, outcome: answered(500), nowMs, random });
          return next.type === "retry" ? next.atMs : Number.NaN;
        });
        expect(first).toBeLessThanOrEqual(second ?? Number.NaN);
      }),
      { seed: 4, numRuns: 500 },
    );
  });

  it("is never earlier than asked up to a day, nor later than the cap allows, asked in either form", () => {
    const asked = fc.oneof(fc.nat(200), fc.nat(2 * 86_400), fc.nat(100 * 86_400));
    fc.assert(
      fc.property(schedules, asked, draws, clocks, statuses, (schedule, seconds, random, nowMs, status) => {
        const [delaySeconds] = schedule;
        const ask = (header: string) => {
          const outcome = answered(status, header);
          return nextAttempt({ attempt: 1, schedule: [0, delaySeconds], outcome, nowMs, random });
        };
        const date = new Date(nowMs + seconds * 1000).toUTCString();
        for (const [next, askedMs] of [
          [ask(String(seconds)), seconds * 1000],
          [ask(date), Date.parse(date) - nowMs],
        ] as const) {
          const failed = (status < 200 || status > 299) && status !== 410;
          expect(next.type === "retry").toBe(failed);
          if (next.type !== "retry") continue;
          const waitMs = next.atMs - nowMs;
          expect(waitMs).toBeGreaterThanOrEqual(Math.max(delaySeconds * 1000, Math.min(askedMs, DAY_MS)));
          expect(waitMs).toBeLessThanOrEqual(1.2 * Math.max(delaySeconds * 1000, Math.min(askedMs, DAY_MS)));
        }
      }),
      { seed: 5, numRuns: 1000 },
    );
  });

  it("makes as many attempts as the schedule has entries, none before its time", () => {
    fc.assert(
      fc.property(schedules, draws, clocks, (schedule, random, startMs) => {
        let atMs = startMs;
        let attempt = 1;
        for (; attempt < 100; attempt++) {
          const next = nextAttempt({ attempt, schedule, outcome: answered(503, "0"), nowMs: atMs, random });
          if (next.type !== "retry") break;
          expect(next.atMs).toBeGreaterThanOrEqual(atMs);
          atMs = next.atMs;
        }
        expect(attempt).toBe(schedule.length);
        const totalMs = schedule.slice(1).reduce((sum, seconds) => sum + seconds * 1000, 0);
        expect(atMs - startMs).toBeGreaterThanOrEqual(totalMs);
        expect(atMs - startMs).toBeLessThanOrEqual(totalMs * 1.2);
      }),
      { seed: 6, numRuns: 500 },
    );
  });
});

describe("retryAfterMs", () => {
  it.each([
    ["0", 0],
    ["120", 120_000],
    ["007", 7_000],
    ["9".repeat(400), Number.POSITIVE_INFINITY],
    ["Sun, 06 Nov 1994 08:49:37 GMT", 0],
    ["Tue, 24 Nov 2026 12:00:01 GMT", 1000],
    ["Tue, 29 Feb 2028 00:00:00 GMT", Date.UTC(2028, 1, 29) - NOW_MS],
    ["Fri, 31 Dec 9999 23:59:59 GMT", Date.UTC(9999, 11, 31, 23, 59, 59) - NOW_MS],
  ])("reads %.40j as %d", (header, expected) => {
    expect(retryAfterMs(header, NOW_MS)).toBe(expected);
  });

  it.each([
    null,
    "",
    " ",
    " 120",
    "120 ",
    "120\n",
    "+120",
    "-1",
    "1.5",
    "1e3",
    "0x78",
    "١٢",
    "120, 60",
    "soon",
    "NaN",
    "Infinity",
    // The two obsolete forms of RFC 9110 §5.6.7, and what only resembles a date.
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
    "2026-11-24T12:01:30Z",
    "2026-11-24T12:01:30.00000GMT",
    "tue, 24 nov 2026 12:01:30 gmt",
    "Tue, 24 Nov 2026 12:01:30 UTC",
    "Tue, 24 Nov 2026 12:01:30 EST",
    "Tue, 24 Nov 2026 12:01:30 +0000",
    "Tue, 24 Nov 2026 12:01:30",
    "Tue 24 Nov 2026 12:01:30 GMT",
    "Tue,  4 Nov 2026 12:01:30 GMT",
    "Mon, 24 Nov 2026 12:01:30 GMT",
    "Mon, 30 Feb 2026 12:01:30 GMT",
    "Sun, 29 Feb 2027 12:01:30 GMT",
    "Tue, 24 Nov 2026 24:00:00 GMT",
    "Tue, 24 Nov 2026 12:60:00 GMT",
    "Tue, 24 Nov 2026 12:01:60 GMT",
    "Sat, 01 Jan 10000 00:00:00 GMT",
  ])("takes %j for no Retry-After", (header) => {
    expect(retryAfterMs(header, NOW_MS)).toBeNull();
  });

  it("reads every date that is written as RFC 9110 writes it, and none with a character changed", () => {
    const seconds = fc.integer({ min: Date.UTC(1000, 0) / 1000, max: Date.UTC(9999, 11, 31) / 1000 });
    const replacement = fc.constantFrom(..."0159 ,:aZ");
    fc.assert(
      fc.property(seconds, fc.nat(28), replacement, (at, index, character) => {
        const date = imfFixdate(at);
        expect(retryAfterMs(date, 0)).toBe(Math.max(0, at * 1000));
        const changed = date.slice(0, index) + character + date.slice(index + 1);
        const read = retryAfterMs(changed, EARLIEST_MS);
        // Another digit may make another date, of the same weekday.
        if (read !== null) expect(imfFixdate((EARLIEST_MS + read) / 1000)).toBe(changed);
        else expect(changed).not.toBe(date);
      }),
      { seed: 7, numRuns: 1000 },
    );
  });
});

describe("isDisabledByAge", () => {
  it.each([
    [null, false],
    [NOW_MS, false],
    [NOW_MS + 1, false],
    [NOW_MS - 5 * DAY_MS + 1, false],
    [NOW_MS - 5 * DAY_MS, true],
    [0, true],
  ])("with a first failure at %s is %s", (firstFailureMs, expected) => {
    expect(isDisabledByAge({ firstFailureMs, nowMs: NOW_MS })).toBe(expected);
  });

  it("leaves one message's whole default schedule its time, jitter included", () => {
    const totalMs = DEFAULT_WEBHOOK_SCHEDULE.reduce((sum, seconds) => sum + seconds * 1200, 0);
    expect(isDisabledByAge({ firstFailureMs: 0, nowMs: totalMs })).toBe(false);
  });
});

/** RFC 9110 §5.6.7, written out by hand. */
function imfFixdate(seconds: number): string {
  const date = new Date(seconds * 1000);
  const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${days[date.getUTCDay()]}, ${two(date.getUTCDate())} ${months[date.getUTCMonth()]}`;
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(":");
  return `${day} ${String(date.getUTCFullYear()).padStart(4, "0")} ${time} GMT`;
}

describe("pauseUntilMs", () => {
  it.each<[number, string | null, number | null]>([
    [429, "60", 60_000],
    [503, "60", 60_000],
    [503, "Tue, 24 Nov 2026 12:00:30 GMT", 30_000],
    [503, "99999999", DAY_MS],
    // Only who asks is left alone: one event that is refused again and again pauses no other.
    [429, null, null],
    [503, null, null],
    [503, "0", null],
    [503, "soon", null],
    [500, "60", null],
    [410, "60", null],
    [302, "60", null],
  ])("after %i with Retry-After %j: %j ms", (status, retryAfter, expected) => {
    const untilMs = pauseUntilMs(answered(status, retryAfter), NOW_MS);
    expect(untilMs).toBe(expected === null ? null : NOW_MS + expected);
  });

  it.each<DeliveryOutcome>([{ type: "timeout" }, { type: "network_error" }])("is none for %j", (outcome) => {
    expect(pauseUntilMs(outcome, NOW_MS)).toBeNull();
  });
});
