import { describe, expect, it } from "vitest";
import {
  isAfter,
  laneKey,
  placeText,
  planPass,
  settlePass,
  type FreshEvent,
  type ItemOutcome,
  type Lane,
  type Pass,
  type WaitingEvent,
} from "../../src/domain/delivery-plan";

const NOW_MS = 1_790_000_000_000;
const DONE: ItemOutcome = { type: "done" };
const PARKED: ItemOutcome = { type: "parked" };
const later = (ms: number): ItemOutcome => ({ type: "waits", dueMs: NOW_MS + ms });

const at = (eventSeq: number, key: string): FreshEvent => ({
  epoch: 1,
  eventSeq,
  id: `e${eventSeq}`,
  type: "job.started",
  laneKey: key,
});
const waits = (eventSeq: number, key: string, dueMs: number, attempts = 1): WaitingEvent => ({
  ...at(eventSeq, key),
  attempts,
  dueMs,
});
/** `1a` is event 1 of key a. */
const named = (events: readonly FreshEvent[]): string =>
  events.map((event) => `${event.eventSeq}${event.laneKey}`).join(" ");
const shown = ({ groups, held, isCut }: Pass): string =>
  `${groups.map(named).join(" | ")} / ${named(held)}${isCut ? " ..." : ""}`;
const outcomesOf = (outcomes: Readonly<Record<number, ItemOutcome>>): ReadonlyMap<string, ItemOutcome> =>
  new Map(Object.entries(outcomes).map(([seq, outcome]) => [`1-${seq}`, outcome]));

describe("places", () => {
  it.each([
    [1, 2, 1, 1, true],
    [1, 1, 1, 1, false],
    [1, 1, 1, 2, false],
    [2, 1, 1, 9, true],
    [1, 9, 2, 1, false],
  ])("%i-%i is after %i-%i: %s", (epoch, eventSeq, otherEpoch, otherSeq, expected) => {
    expect(isAfter({ epoch, eventSeq }, { epoch: otherEpoch, eventSeq: otherSeq })).toBe(expected);
  });

  it.each<[Lane, string]>([
    ["fifo", ""],
    ["per_job", "job:7"],
    ["parallel", "2-5"],
  ])("the key of lane %s is %j", (lane, key) => {
    expect(laneKey(lane, { epoch: 2, eventSeq: 5, subject: "job:7" })).toBe(key);
  });
});

describe("planPass", () => {
  const past = NOW_MS - 1;
  const future = NOW_MS + 1;
  it.each<[string, WaitingEvent[], FreshEvent[], number, string]>([
    ["nothing for nothing", [], [], 9, " / "],
    ["fresh ones by their keys", [], [at(1, "a"), at(2, "b"), at(3, "a")], 9, "1a 3a | 2b / "],
    ["what waits before what is fresh", [waits(1, "a", past)], [at(2, "a"), at(3, "b")], 9, "1a 2a | 3b / "],
    ["what is due this very moment", [waits(1, "a", NOW_MS)], [], 9, "1a / "],
    ["nothing behind one that backs off", [waits(1, "a", future)], [at(2, "a"), at(3, "b")], 9, "3b / 2a"],
    [
      "nothing of a key whose first one backs off, though the second is due",
      [waits(1, "a", future), waits(2, "a", 0, 0), waits(3, "b", past)],
      [],
      9,
      "3b / ",
    ],
    [
      "the due ones up to one of the same key that backs off",
      [waits(1, "a", past), waits(2, "a", future), waits(3, "a", past)],
      [at(4, "a")],
      9,
      "1a / 4a",
    ],
    ["no more than there is room for", [], [at(1, "a"), at(2, "b"), at(3, "c")], 2, "1a | 2b /  ..."],
    [
      "no fresh ones where those that wait take all the room",
      [waits(1, "a", past), waits(2, "b", past)],
      [at(3, "c")],
      2,
      "1a | 2b /  ...",
    ],
    [
      "a fresh one behind one that waits and had no room either",
      [waits(1, "a", past), waits(2, "b", past)],
      [at(3, "b"), at(4, "c")],
      1,
      "1a / 3b ...",
    ],
    ["all, where there is just enough room", [waits(1, "a", past)], [at(2, "b")], 2, "1a | 2b / "],
  ])("sends %s", (_what, waiting, fresh, max, expected) => {
    expect(shown(planPass(waiting, fresh, NOW_MS, max))).toBe(expected);
  });
});

describe("settlePass", () => {
  const past = NOW_MS - 1;
  const settled = (pass: Pass, outcomes: Readonly<Record<number, ItemOutcome>>) => {
    const { removed, waiting, parked, cursor } = settlePass(pass, outcomesOf(outcomes), NOW_MS);
    return {
      removed: removed.map(placeText),
      waiting: waiting.map(({ eventSeq, attempts, dueMs }) => [eventSeq, attempts, dueMs]),
      parked: parked.map(({ eventSeq, attempts }) => [eventSeq, attempts]),
      cursor: cursor === null || cursor === "all" ? cursor : placeText(cursor),
    };
  };
  const fifo = planPass([], [at(1, ""), at(2, ""), at(3, "")], NOW_MS, 9);

  it("passes all of it when all of it went out", () => {
    expect(settled(fifo, { 1: DONE, 2: DONE, 3: DONE })).toEqual({
      removed: [],
      waiting: [],
      parked: [],
      cursor: "all",
    });
  });

  it("keeps no row for what comes behind the one that failed", () => {
    expect(settled(fifo, { 1: DONE, 2: later(5) })).toEqual({
      removed: [],
      waiting: [[2, 1, NOW_MS + 5]],
      parked: [],
      cursor: "1-2",
    });
  });

  it("stays where it is when nothing was tried", () => {
    expect(settled(fifo, {})).toEqual({ removed: [], waiting: [], parked: [], cursor: null });
  });

  it("parks what is given up, and goes on behind it", () => {
    expect(settled(fifo, { 1: PARKED })).toEqual({
      removed: [],
      waiting: [],
      parked: [[1, 1]],
      cursor: "1-1",
    });
  });

  it("never passes an event for which there was no room", () => {
    const cut = planPass([waits(1, "a", past)], [at(2, "b"), at(3, "c")], NOW_MS, 2);
    expect(settled(cut, { 1: DONE, 2: DONE })).toMatchObject({ removed: ["1-1"], cursor: "1-2" });
    const full = planPass([waits(1, "a", past)], [at(2, "b")], NOW_MS, 1);
    expect(settled(full, { 1: DONE })).toMatchObject({ removed: ["1-1"], cursor: null });
  });

  it("keeps a row for a fresh one that was not tried, where a later one was", () => {
    const pass = planPass([], [at(1, "a"), at(2, "a"), at(3, "b")], NOW_MS, 9);
    expect(settled(pass, { 1: later(5), 3: DONE })).toEqual({
      removed: [],
      waiting: [
        [1, 1, NOW_MS + 5],
        [2, 0, 0],
      ],
      parked: [],
      cursor: "all",
    });
  });

  it("keeps a row for what is held, and counts the attempts of what waited", () => {
    const pass = planPass(
      [waits(1, "a", NOW_MS + 9), waits(2, "b", past, 3), waits(3, "c", past, 2)],
      [at(4, "a")],
      NOW_MS,
      9,
    );
    expect(settled(pass, { 2: later(7), 3: PARKED })).toEqual({
      removed: [],
      waiting: [
        [2, 4, NOW_MS + 7],
        [4, 0, 0],
      ],
      parked: [[3, 3]],
      cursor: "all",
    });
  });

  it("passes what is held even where nothing could go out", () => {
    const pass = planPass([waits(1, "a", NOW_MS + 9)], [at(2, "a")], NOW_MS, 9);
    expect(settled(pass, {})).toMatchObject({ waiting: [[2, 0, 0]], cursor: "all" });
  });
});
