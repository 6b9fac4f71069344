import { describe, expect, it } from "vitest";
import { MemoryStore } from "../../client/src/memory-store";
import { eventBody, controlBody, TestConsumer, WEBHOOK } from "./world";

const MINUTE = 60_000;
const TAKEN = { status: 204 };
const DUPLICATE = { status: 204, reason: "duplicate" };
const INCOMPLETE = { status: 204, reason: "incomplete" };

describe("an event", () => {
  it("is handed over once, however often it comes", async () => {
    const world = new TestConsumer();
    expect(await world.event("e1", "1-1")).toEqual(TAKEN);
    expect(await world.event("e1", "1-1")).toEqual(DUPLICATE);
    expect(world.handled).toEqual(["e1"]);
  });

  it("that comes twice at once is handed over once, and both are answered when it is handled", async () => {
    const world = new TestConsumer();
    const { promise, resolve } = Promise.withResolvers<void>();
    world.onEvent = () => promise;
    const all = Promise.all([world.event("e1", "1-1"), world.event("e1", "1-1")]);
    await scheduler.wait(5);
    resolve();
    expect(await all).toEqual([TAKEN, TAKEN]);
    expect(world.handled).toEqual(["e1"]);
    expect(await world.consumer.status()).toMatchObject({ provedUpTo: null, isComplete: false });
  });

  it("whose handler fails is answered 500, twice at once too, and handed over when it comes again", async () => {
    const world = new TestConsumer();
    const error = new Error("no database");
    world.onEvent = async () => {
      throw error;
    };
    const failed = { status: 500, reason: "failed", error };
    expect(await Promise.all([world.event("e1", "1-1"), world.event("e1", "1-1")])).toEqual([failed, failed]);
    expect(await world.store.has("e1")).toBe(false);
    world.onEvent = async () => undefined;
    expect(await world.event("e1", "1-1")).toEqual(TAKEN);
    expect(world.handled).toEqual(["e1"]);
  });

  it("is handed over as it was sent", async () => {
    const events: unknown[] = [];
    const world = new TestConsumer({ onEvent: (event) => void events.push(event) });
    const body = eventBody({ id: "e1", place: "1-1" });
    await world.take("e1", body);
    expect(events).toEqual([JSON.parse(body)]);
  });

  it.each([
    ["e2", eventBody({ id: "e1", place: "1-1" }), { status: 400, reason: "id_mismatch" }],
    ["e1", eventBody({ id: "e1", place: "1-1" }, "t_other"), { status: 401, reason: "wrong_tenant" }],
    ["e1", "{}", { status: 400, reason: "body_malformed" }],
  ])("that is not for it is refused: %s", async (id, body, receipt) => {
    const world = new TestConsumer();
    expect(await world.take(id, body)).toEqual(receipt);
    expect(world.handled).toEqual([]);
    expect(await world.store.load()).toBeNull();
  });

  it("is not wanted by a store that is full: it is sent again later", async () => {
    const world = new TestConsumer({ store: new MemoryStore(2) });
    await world.events(1, 2);
    expect(await world.event("e3", "1-3")).toMatchObject({ status: 500, error: expect.any(RangeError) });
    expect(await world.event("e2", "1-2")).toEqual(DUPLICATE);
    expect(world.handled).toEqual(["e1", "e2"]);
  });
});

describe("a test message", () => {
  it("is taken, and nothing else", async () => {
    const world = new TestConsumer({ webhookId: WEBHOOK });
    expect(await world.take("m1", controlBody("m1", "webhook.test", {}))).toEqual(TAKEN);
    expect(world.handled).toEqual([]);
  });
});

describe("a heartbeat", () => {
  it("proves a stretch of which everything came, in whatever order", async () => {
    const world = new TestConsumer();
    for (const n of [3, 1, 7]) await world.event(`e${n}`, `1-${n}`);
    expect(await world.heartbeat("1-0", "1-8", ["e1", "e3", "e7"])).toEqual(TAKEN);
    expect(await world.consumer.status()).toEqual({ provedUpTo: "1-8", isComplete: true, gaps: [] });
    expect(world.asked).toEqual([]);
  });

  it("shows a gap; the replay that is asked for fills it", async () => {
    const world = new TestConsumer();
    await world.events(1, 2);
    expect(await world.heartbeat("1-0", "1-2", ["e1", "e2"])).toEqual(TAKEN);
    await world.event("e4", "1-4");
    expect(await world.heartbeat("1-2", "1-4", ["e3", "e4"])).toEqual(INCOMPLETE);
    expect(world.asked).toMatchObject([{ fromSequence: "1-3" }]);
    expect(world.asked[0]?.idempotencyKey).toMatch(/^gap-1-3-1-4-\d+$/);
    expect(await world.consumer.status()).toEqual({
      provedUpTo: "1-2",
      isComplete: false,
      gaps: [{ after: "1-2", last: "1-4", replays: 1, isGivenUp: false }],
    });
    expect(await world.event("e3", "1-3")).toEqual(TAKEN);
    expect(await world.event("e4", "1-4")).toEqual(DUPLICATE);
    expect(world.handled).toEqual(["e1", "e2", "e4", "e3"]);
    expect(await world.consumer.status()).toEqual({ provedUpTo: "1-4", isComplete: true, gaps: [] });
  });

  it("shows by its digest what its number does not", async () => {
    const world = new TestConsumer();
    await world.events(1, 2);
    expect(await world.heartbeat("1-0", "1-2", ["e1", "x2"])).toEqual(INCOMPLETE);
    expect(world.asked).toMatchObject([{ fromSequence: "1-1" }]);
  });

  it("that comes again changes nothing", async () => {
    const world = new TestConsumer();
    await world.events(1, 4);
    for (const [after, last] of [
      [0, 2],
      [2, 4],
      [0, 2],
      [2, 4],
    ] as const) {
      const ids = [`e${last - 1}`, `e${last}`];
      expect(await world.heartbeat(`1-${after}`, `1-${last}`, ids)).toEqual(TAKEN);
    }
    expect(await world.consumer.status()).toMatchObject({ provedUpTo: "1-4", isComplete: true });
  });

  it("whose answer was lost comes again with more, and is compared as a whole", async () => {
    const world = new TestConsumer();
    const ids = await world.events(1, 4);
    await world.heartbeat("1-0", "1-2", ids.slice(0, 2));
    expect(await world.heartbeat("1-0", "1-4", ids)).toEqual(TAKEN);
    expect(world.asked).toEqual([]);
  });

  it("of another webhook is refused", async () => {
    const world = new TestConsumer({ webhookId: "another" });
    expect(await world.heartbeat("1-0", "1-2", [])).toEqual({ status: 401, reason: "wrong_webhook" });
  });
});

describe("a heartbeat that was lost", () => {
  async function holed() {
    const world = new TestConsumer();
    const ids = await world.events(1, 2);
    await world.heartbeat("1-0", "1-2", ids);
    // 1-2 to 1-4 was spoken of, and swallowed on its way together with e3.
    await world.events(4, 6);
    world.replay = async () => ({ to: "1-6" });
    expect(await world.heartbeat("1-4", "1-6", ["e5", "e6"])).toEqual(INCOMPLETE);
    return world;
  }

  it("leaves a hole, for which a replay is asked; it is filled when a later event was spoken of", async () => {
    const world = await holed();
    expect(world.asked).toMatchObject([{ fromSequence: "1-3" }]);
    expect(await world.consumer.status()).toMatchObject({
      provedUpTo: "1-2",
      gaps: [{ after: "1-2", last: "1-4" }],
    });
    expect(await world.event("e3", "1-3")).toEqual(INCOMPLETE);
    for (const n of [4, 5, 6]) expect(await world.event(`e${n}`, `1-${n}`)).toEqual(DUPLICATE);
    world.nowMs += 60 * MINUTE;
    // It may have been made before the replay began.
    expect(await world.heartbeat("1-4", "1-6", ["e5", "e6"])).toEqual(INCOMPLETE);
    await world.event("e7", "1-7");
    expect(await world.heartbeat("1-6", "1-7", ["e7"])).toEqual(TAKEN);
    expect(await world.consumer.status()).toMatchObject({ provedUpTo: "1-7", isComplete: true });
    expect(world.asked).toHaveLength(1);
  });

  it("and only came late proves its stretch after all", async () => {
    const world = await holed();
    expect(await world.heartbeat("1-2", "1-4", ["e3", "e4"])).toEqual(INCOMPLETE);
    await world.event("e3", "1-3");
    expect(await world.consumer.status()).toMatchObject({ provedUpTo: "1-6", isComplete: true });
  });

  it("is not made good by a replay that was cut off: heartbeats leap, and it is asked for again", async () => {
    const world = await holed();
    world.nowMs += 60 * MINUTE;
    world.replay = async () => ({ to: "1-9" });
    expect(await world.heartbeat("1-8", "1-9", [])).toEqual(INCOMPLETE);
    expect(world.asked.map(({ fromSequence }) => fromSequence)).toEqual(["1-3", "1-3"]);
    expect((await world.consumer.status()).gaps).toHaveLength(2);
  });

  it("is made good by one that speaks of the whole of it", async () => {
    const world = await holed();
    await world.event("e3", "1-3");
    expect(await world.heartbeat("1-2", "1-6", ["e3", "e4", "e5", "e6"])).toEqual(TAKEN);
  });

  it("at the very beginning shows where the beginning is known", async () => {
    const world = new TestConsumer({ startAfter: "1-0" });
    await world.event("e3", "1-3");
    expect(await world.heartbeat("1-2", "1-3", ["e3"])).toEqual(INCOMPLETE);
    expect(world.asked).toMatchObject([{ fromSequence: "1-1" }]);
    const other = new TestConsumer();
    await other.event("e3", "1-3");
    expect(await other.heartbeat("1-2", "1-3", ["e3"])).toEqual(TAKEN);
    expect(() => new TestConsumer({ startAfter: "3" })).toThrow(TypeError);
  });
});

describe("replays", () => {
  it("are asked for one at a time, ever more rarely, and no more in the end", async () => {
    const world = new TestConsumer();
    const atMinutes: number[] = [];
    for (let minute = 0; minute < 1_000; minute++) {
      const before = world.asked.length;
      const receipt = await (minute === 0 ? world.heartbeat("1-0", "1-1", ["e1"]) : world.event("x", "1-9"));
      expect(receipt.status).toBe(204);
      if (world.asked.length > before) atMinutes.push(minute);
      world.nowMs += MINUTE;
    }
    expect(atMinutes).toEqual([0, 1, 3, 7, 15, 31, 63, 123]);
    expect((await world.consumer.status()).gaps).toMatchObject([{ replays: 8, isGivenUp: true }]);
    expect(new Set(world.asked.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(8);
  });

  it("are asked for once where many messages come at once", async () => {
    const world = new TestConsumer();
    const { promise, resolve } = Promise.withResolvers<{ to: string }>();
    world.replay = () => promise;
    const all = Promise.all(
      Array.from({ length: 20 }, (_, n) => world.heartbeat(`1-${n}`, `1-${n + 1}`, ["x"])),
    );
    await scheduler.wait(10);
    resolve({ to: "1-20" });
    await all;
    expect(world.asked).toHaveLength(1);
  });

  it("begin at the earliest gap, and count for all that they bring", async () => {
    const world = new TestConsumer();
    await world.heartbeat("1-0", "1-2", ["e1"]);
    await world.heartbeat("1-2", "1-4", ["e3"]);
    world.nowMs += MINUTE;
    await world.consumer.check();
    expect(world.asked.map(({ fromSequence }) => fromSequence)).toEqual(["1-1", "1-1"]);
    expect((await world.consumer.status()).gaps).toMatchObject([{ replays: 2 }, { replays: 1 }]);
  });

  it("that were asked for are remembered when a heartbeat speaks of the gap and more", async () => {
    const world = new TestConsumer();
    await world.heartbeat("1-0", "1-2", ["e1"]);
    await world.heartbeat("1-0", "1-4", ["e1", "e3"]);
    expect((await world.consumer.status()).gaps).toMatchObject([{ last: "1-4", replays: 1 }]);
  });

  it("that fail are told of and asked for again later", async () => {
    const world = new TestConsumer();
    const error = new Error("502");
    world.replay = async () => {
      throw error;
    };
    const failed = { status: 204, reason: "replay_failed", error };
    expect(await world.heartbeat("1-0", "1-1", ["e1"])).toEqual(failed);
    world.nowMs += MINUTE;
    world.replay = async () => ({ to: "nowhere" });
    expect(await world.event("e2", "1-2")).toMatchObject({ reason: "replay_failed" });
    world.nowMs += 2 * MINUTE;
    world.replay = async () => ({ to: "1-2" });
    expect(await world.consumer.check()).toMatchObject({ isComplete: false });
    expect(world.asked).toHaveLength(3);
    expect(await world.event("e1", "1-1")).toEqual(TAKEN);
  });

  it("that bring nothing leave one gap open; later stretches are proved all the same", async () => {
    const world = new TestConsumer({ replays: { most: 1 } });
    await world.heartbeat("1-0", "1-1", ["e1"]);
    for (let n = 2; n < 50; n++) {
      await world.event(`e${n}`, `1-${n}`);
      await world.heartbeat(`1-${n - 1}`, `1-${n}`, [`e${n}`]);
    }
    expect(await world.consumer.status()).toMatchObject({
      provedUpTo: "1-0",
      gaps: [{ after: "1-0", last: "1-1", isGivenUp: true }],
    });
    expect(world.store.size).toBeLessThanOrEqual(2);
    // Should it come after all, it is no duplicate.
    expect(await world.event("e1", "1-1")).toEqual(TAKEN);
    expect(world.handled.at(-1)).toBe("e1");
    expect(await world.consumer.status()).toMatchObject({ provedUpTo: "1-49", isComplete: true });
  });

  it("are not asked for once the gap was dismissed", async () => {
    const world = new TestConsumer();
    await world.heartbeat("1-0", "1-1", ["e1"]);
    const [gap] = (await world.consumer.status()).gaps;
    await world.consumer.dismiss(gap!);
    world.nowMs += 60 * MINUTE;
    expect(await world.consumer.check()).toEqual({ provedUpTo: "1-1", isComplete: true, gaps: [] });
    expect(world.asked).toHaveLength(1);
  });

  it("that help nowhere leave heartbeats for later, before there are too many gaps to keep", async () => {
    const world = new TestConsumer({ replays: { most: 0 } });
    for (let n = 0; n < 100; n++) await world.heartbeat(`1-${n}`, `1-${n + 1}`, ["x"]);
    const refused = { status: 503, reason: "too_many_gaps" };
    expect(await world.heartbeat("1-100", "1-101", ["x"])).toEqual(refused);
    expect((await world.consumer.status()).gaps).toHaveLength(100);
    expect(await world.heartbeat("1-0", "1-101", [])).toEqual(TAKEN);
  });
});

describe("memory", () => {
  it("is bounded by what heartbeats have not yet put behind, and what they have is still known", async () => {
    const world = new TestConsumer();
    let most = 0;
    for (let n = 0; n < 30; n++) {
      const ids = await world.events(n * 20 + 1, n * 20 + 20);
      await world.heartbeat(`1-${n * 20}`, `1-${n * 20 + 20}`, ids);
      most = Math.max(most, world.store.size);
    }
    expect(most).toBeLessThanOrEqual(40);
    const handled = world.handled.length;
    for (let n = 1; n <= 600; n += 7) expect(await world.event(`e${n}`, `1-${n}`)).toEqual(DUPLICATE);
    expect(world.handled).toHaveLength(handled);
  });

  it("of what came before the first heartbeat's beginning is by id alone: history may be sent to it", async () => {
    const world = new TestConsumer();
    await world.event("e90", "1-90");
    await world.heartbeat("1-90", "1-91", []);
    await world.heartbeat("1-91", "1-92", []);
    expect(await world.event("e5", "1-5")).toEqual(TAKEN);
    expect(await world.event("e90", "1-90")).toEqual(DUPLICATE);
    expect(await world.event("e5", "1-5")).toEqual(DUPLICATE);
  });
});

describe("a new epoch", () => {
  it("is told of once, before its first event; late ones of the former are still taken", async () => {
    const order: string[] = [];
    const world = new TestConsumer({
      onEpoch: ({ from, to }) => void order.push(`${from} to ${to}`),
      onEvent: ({ id }) => void order.push(id),
    });
    await world.events(1, 2);
    await world.event("f3", "2-3");
    await world.event("e4", "1-4");
    await world.event("f4", "2-4");
    expect(order).toEqual(["e1", "e2", "1 to 2", "f3", "e4", "f4"]);
  });

  it("whose teller fails is told of again", async () => {
    let fails = true;
    const world = new TestConsumer({
      onEpoch: async () => {
        if (fails) throw new Error("not now");
      },
    });
    await world.events(1, 1);
    expect(await world.event("f2", "2-2")).toMatchObject({ status: 500 });
    fails = false;
    expect(await world.event("f2", "2-2")).toEqual(TAKEN);
    expect(world.handled).toEqual(["e1", "f2"]);
  });

  it("is proved although the end of the former one never happened", async () => {
    const world = new TestConsumer();
    await world.events(1, 6);
    await world.heartbeat("1-0", "1-2", ["e1", "e2"]);
    // Restored to 1-4: e5 and e6 are in no log any more.
    await world.event("f5", "2-5");
    expect(await world.heartbeat("1-2", "2-5", ["e3", "e4", "f5"])).toEqual(TAKEN);
    expect(world.epochs).toEqual([{ from: 1, to: 2 }]);
    expect(await world.consumer.status()).toMatchObject({ provedUpTo: "2-5", isComplete: true });
    await world.event("f6", "2-6");
    expect(await world.heartbeat("2-5", "2-7", ["f6", "f7"])).toEqual(INCOMPLETE);
    expect(world.asked).toMatchObject([{ fromSequence: "2-6" }]);
  });

  it("ends a gap of the former one when all that there is was sent again", async () => {
    const world = new TestConsumer();
    await world.heartbeat("1-0", "1-3", ["e1"]);
    expect(world.asked).toHaveLength(1);
    world.nowMs += 60 * MINUTE;
    world.replay = async () => ({ to: "2-4" });
    await world.event("f4", "2-4");
    expect(world.asked.map(({ fromSequence }) => fromSequence)).toEqual(["1-1", "1-1"]);
    await world.event("f5", "2-5");
    expect(await world.heartbeat("1-3", "2-5", ["f4", "f5"])).toEqual(TAKEN);
    expect(await world.consumer.status()).toMatchObject({ provedUpTo: "2-5", isComplete: true });
  });

  it("restored to before what is forgotten has a replay asked for", async () => {
    const world = new TestConsumer();
    const ids = await world.events(1, 6);
    await world.heartbeat("1-0", "1-4", ids.slice(0, 4));
    await world.heartbeat("1-4", "1-6", ids.slice(4));
    world.replay = async () => ({ to: "2-4" });
    await world.event("f4", "2-4");
    expect(await world.heartbeat("1-2", "2-4", ["e3", "f4"])).toEqual(INCOMPLETE);
    expect(world.asked).toMatchObject([{ fromSequence: "1-7" }]);
    await world.event("f5", "2-5");
    expect(await world.heartbeat("2-4", "2-5", ["f5"])).toEqual(TAKEN);
  });
});

describe("without a filter", () => {
  const graceMs = 10_000;

  it("a sequence that is left out shows before any heartbeat, once it had time to come", async () => {
    const world = new TestConsumer({ unfiltered: true, graceMs, startAfter: "1-0" });
    await world.event("e1", "1-1");
    expect(await world.event("e4", "1-4")).toEqual(INCOMPLETE);
    expect(world.asked).toEqual([]);
    world.nowMs += graceMs;
    expect(await world.event("e5", "1-5")).toEqual(INCOMPLETE);
    expect(world.asked).toMatchObject([{ fromSequence: "1-2" }]);
    expect(await world.event("e3", "1-3")).toEqual(INCOMPLETE);
    expect(await world.event("e2", "1-2")).toEqual(TAKEN);
    expect(await world.consumer.status()).toMatchObject({ isComplete: true });
    expect(await world.heartbeat("1-0", "1-5", ["e1", "e2", "e3", "e4", "e5"])).toEqual(TAKEN);
  });

  it("what is only out of order is not asked for", async () => {
    const world = new TestConsumer({ unfiltered: true, graceMs });
    for (const n of [1, 4, 3, 2, 7, 5, 6]) await world.event(`e${n}`, `1-${n}`);
    world.nowMs += 10 * graceMs;
    await world.consumer.check();
    expect(world.asked).toEqual([]);
  });

  it("the beginning is known where it is said, and a lost heartbeat's stretch is counted", async () => {
    const world = new TestConsumer({ unfiltered: true, graceMs, startAfter: "1-0" });
    expect(await world.event("e2", "1-2")).toEqual(INCOMPLETE);
    expect(await world.event("e1", "1-1")).toEqual(TAKEN);
    await world.event("e3", "1-3");
    expect(await world.heartbeat("1-2", "1-3", ["e3"])).toEqual(TAKEN);
    expect(await world.consumer.status()).toEqual({ provedUpTo: "1-3", isComplete: true, gaps: [] });
    expect(world.asked).toEqual([]);
  });

  it("what a heartbeat has spoken of is no gap of its own, and a new epoch counts anew", async () => {
    const world = new TestConsumer({ unfiltered: true, graceMs });
    await world.event("e1", "1-1");
    await world.heartbeat("1-1", "1-3", ["e2", "e3"]);
    await world.event("e4", "1-4");
    expect((await world.store.load())?.gaps).toMatchObject([
      { after: { sequence: 1 }, last: { sequence: 3 }, proof: { type: "digest" } },
    ]);
    await world.events(2, 3);
    await world.event("f8", "2-8");
    await world.event("e9", "1-9");
    await world.event("f9", "2-9");
    expect(await world.consumer.status()).toMatchObject({ isComplete: true });
    await world.event("f11", "2-11");
    expect((await world.consumer.status()).gaps).toMatchObject([{ after: "2-9", last: "2-10" }]);
  });

  it("nothing is counted over the end of an epoch", async () => {
    const world = new TestConsumer({ unfiltered: true, graceMs });
    await world.events(1, 4);
    await world.heartbeat("1-0", "1-4", ["e1", "e2", "e3", "e4"]);
    world.replay = async () => ({ to: "2-8" });
    expect(await world.heartbeat("2-7", "2-8", ["f8"])).toEqual(INCOMPLETE);
    for (const n of [5, 6, 7, 8]) await world.event(`f${n}`, `2-${n}`);
    expect((await world.consumer.status()).gaps).toMatchObject([{ after: "1-4", last: "2-7" }]);
    await world.event("f9", "2-9");
    expect(await world.heartbeat("2-8", "2-9", ["f9"])).toEqual(TAKEN);
  });
});
