import { expect } from "vitest";
import type { Sink } from "../../durable-objects/tenant/relay/drain";
import type { Contract } from "./contract";

/** Both sides of a sink: what waits here, and what has arrived over there. */
export interface SinkWorld<Batch> {
  /** A sink as the next alarm makes it, once an alarm: whatever it knows, it reads. */
  readonly open: () => Promise<Sink<Batch>>;
  readonly idsOf: (batch: Batch) => readonly string[];
  /** What waits at the beginning, in order; more than one batch where batches are bounded. */
  readonly waiting: readonly string[];
  /** Something new to send. */
  readonly add: () => Promise<string>;
  /** What has had an effect at the other side, in order; what came twice shows twice if it had two. */
  readonly arrived: () => Promise<readonly string[]>;
  /** Makes the other side refuse everything, or take it again. */
  readonly refuse: (isDown: boolean) => void;
  /** The object is thrown away, and comes back so late that whatever it had promised has lapsed. */
  readonly crash: () => Promise<void>;
  /** When the object will try again; null if it does not know. */
  readonly retryAtMs: () => number | null;
}

const RETRY_AT_MS = 4_000_000_000_000;
const DOWN = new Error("the other side is down");

/** The next batch, which must be there. */
function loaded<Batch>(sink: Sink<Batch>): Batch {
  const batch = sink.load();
  if (batch === null) throw new Error("Nothing is to be sent.");
  return batch;
}

/** Sends all there is, alarm after alarm, and says what every batch was. */
async function sendAll<Batch>({ open, idsOf }: SinkWorld<Batch>): Promise<readonly string[]> {
  const sent: string[] = [];
  for (let alarms = 0; alarms < 20; alarms++) {
    const sink = await open();
    const batch = sink.load();
    if (batch === null) return sent;
    await sink.send(batch);
    await sink.taken(batch);
    sent.push(...idsOf(batch));
  }
  throw new Error("The sink never comes to an end.");
}

/** What `drain` relies on, clause by clause (relay/drain.ts). */
export const sinkContract = <Batch>(): Contract<SinkWorld<Batch>> => ({
  "loads the same batch until it is taken or has failed": async ({ open, idsOf, waiting }) => {
    const sink = await open();
    const ids = idsOf(loaded(sink));
    expect(ids.length).toBeGreaterThan(0);
    expect(ids).toEqual(waiting.slice(0, ids.length));
    expect(idsOf(loaded(sink))).toEqual(ids);
    await sink.send(loaded(sink));
    expect(idsOf(loaded(sink))).toEqual(ids);
  },

  "is past a batch once it was taken": async ({ open, idsOf, waiting }) => {
    const sink = await open();
    const batch = loaded(sink);
    await sink.send(batch);
    await sink.taken(batch);
    const rest = waiting.slice(idsOf(batch).length);
    for (const next of [sink, await open()]) {
      const following = next.load();
      const ids = following === null ? [] : idsOf(following);
      expect(ids).toEqual(rest.slice(0, ids.length));
    }
  },

  "brings everything over, in order and once": async (world) => {
    expect(await sendAll(world)).toEqual(world.waiting);
    expect(await world.arrived()).toEqual(world.waiting);
  },

  "has nothing to load when all was taken": async (world) => {
    await sendAll(world);
    expect((await world.open()).load()).toBeNull();
  },

  "throws when the batch was not taken, and nothing arrives": async ({ open, refuse, arrived }) => {
    const sink = await open();
    refuse(true);
    await expect(sink.send(loaded(sink))).rejects.toThrow();
    expect(await arrived()).toEqual([]);
  },

  "keeps a batch that failed for the next alarm": async (world) => {
    const sink = await world.open();
    const batch = loaded(sink);
    await sink.failed(batch, DOWN, RETRY_AT_MS);
    const again = await world.open();
    expect(world.idsOf(loaded(again))).toEqual(world.idsOf(batch));
    await again.send(loaded(again));
    await again.taken(loaded(again));
    await sendAll(world);
    expect(await world.arrived()).toEqual(world.waiting);
  },

  "remembers when to try again": async ({ open, retryAtMs }) => {
    const sink = await open();
    await sink.failed(loaded(sink), DOWN, RETRY_AT_MS);
    expect(retryAtMs()).toBe(RETRY_AT_MS);
  },

  "counts failures in a row, whoever asks": async ({ open }) => {
    for (const failures of [0, 1, 2]) {
      const sink = await open();
      expect(sink.failures()).toBe(failures);
      await sink.failed(loaded(sink), DOWN, RETRY_AT_MS);
      expect(sink.failures()).toBe(failures + 1);
    }
  },

  "forgets its failures once a batch is taken": async ({ open }) => {
    const failing = await open();
    await failing.failed(loaded(failing), DOWN, RETRY_AT_MS);
    const sink = await open();
    const batch = loaded(sink);
    await sink.send(batch);
    await sink.taken(batch);
    expect(sink.failures()).toBe(0);
    expect((await open()).failures()).toBe(0);
  },

  "may be sent a batch twice": async (world) => {
    const sink = await world.open();
    const batch = loaded(sink);
    await sink.send(batch);
    await sink.send(batch);
    await sink.taken(batch);
    await sendAll(world);
    expect(await world.arrived()).toEqual(world.waiting);
  },

  "may have been heard although it was given up as too late": async (world) => {
    const sink = await world.open();
    const batch = loaded(sink);
    await sink.send(batch);
    await sink.failed(batch, DOWN, RETRY_AT_MS);
    await sendAll(world);
    expect(await world.arrived()).toEqual(world.waiting);
  },

  "may lose its object before the sending": async (world) => {
    loaded(await world.open());
    await world.crash();
    await sendAll(world);
    expect(await world.arrived()).toEqual(world.waiting);
  },

  "may lose its object between the sending and the acknowledgement": async (world) => {
    const sink = await world.open();
    await sink.send(loaded(sink));
    await sendAll(world);
    expect(await world.arrived()).toEqual(world.waiting);
  },

  "holds nothing while a batch is on its way: what is added meanwhile comes behind": async (world) => {
    const sink = await world.open();
    const batch = loaded(sink);
    const before = await world.add();
    await sink.send(batch);
    const after = await world.add();
    await sink.taken(batch);
    const added = [before, after];
    expect(await sendAll(world)).toEqual([...world.waiting.slice(world.idsOf(batch).length), ...added]);
    expect(await world.arrived()).toEqual([...world.waiting, ...added]);
  },
});
