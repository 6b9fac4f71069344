import { describe, expect, it } from "vitest";
import { stretchAfter, type Stretch } from "../../src/domain/log-line";

/** Epoch 2 began after 40 events, 3 in the past of that, and 4 where 3 had got to 60. */
const STARTS = [
  { epoch: 1, eventsBefore: 0 },
  { epoch: 2, eventsBefore: 40 },
  { epoch: 3, eventsBefore: 30 },
  { epoch: 4, eventsBefore: 60 },
];
const HEAD = { epoch: 4, eventSeq: 75 };

describe("the stretch after a place", () => {
  it.each<readonly [epoch: number, eventSeq: number, stretch: Stretch | null]>([
    [0, 0, { epoch: 1, after: 0, to: 30 }],
    [1, 12, { epoch: 1, after: 12, to: 30 }],
    [1, 30, { epoch: 3, after: 30, to: 60 }],
    [1, 35, { epoch: 3, after: 30, to: 60 }],
    [2, 50, { epoch: 3, after: 30, to: 60 }],
    [3, 59, { epoch: 3, after: 59, to: 60 }],
    [3, 60, { epoch: 4, after: 60, to: 75 }],
    [4, 0, { epoch: 4, after: 60, to: 75 }],
    [4, 75, null],
    [4, 99, null],
    [5, 0, null],
  ])("of %d-%d", (epoch, eventSeq, stretch) => {
    expect(stretchAfter(STARTS, { epoch, eventSeq }, HEAD)).toEqual(stretch);
  });

  it("is nothing of a log without events", () => {
    expect(
      stretchAfter([{ epoch: 1, eventsBefore: 0 }], { epoch: 0, eventSeq: 0 }, { epoch: 1, eventSeq: 0 }),
    ).toBeNull();
    expect(stretchAfter([], { epoch: 0, eventSeq: 0 }, { epoch: 1, eventSeq: 0 })).toBeNull();
  });
});
