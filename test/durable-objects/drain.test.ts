import { describe, expect, it } from "vitest";
import { drain, type DrainLimits } from "../../durable-objects/tenant/relay/drain";
import { listSink } from "../support/list-sink";

const limits: DrainLimits = { maxBatches: 3, sendTimeoutMs: 20, nowMs: () => 1000, random: () => 0.5 };

describe("drain", () => {
  it("sends every batch in order and says that nothing is left", async () => {
    const { sink, received } = listSink([1, 2, 3], () => null);
    expect(await drain(sink, limits)).toBe("empty");
    expect(received).toEqual([1, 2, 3]);
  });

  it("stops after its share, so that nothing else of the object waits", async () => {
    const { sink, received } = listSink([1, 2, 3, 4, 5, 6, 7], () => null);
    expect(await drain(sink, limits)).toBe("more");
    expect(received).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it.each(["throw", "hang"] as const)("keeps the batch and backs off when the sink does %s", async (kind) => {
    const { sink, state, received } = listSink([1, 2, 3], (call) => (call === 1 ? kind : null));
    expect(await drain(sink, limits)).toBe("failed");
    expect(state).toMatchObject({ cursor: 0, failures: 1, retryAtMs: 1250 });
    expect(await drain(sink, limits)).toBe("empty");
    expect(received).toEqual([1, 2, 3]);
  });

  it("sends a batch again when it never learnt that it was taken: at least once, never out of order", async () => {
    const { sink, received } = listSink([1, 2, 3], (call) => (call === 1 ? "crash" : null));
    await drain(sink, limits);
    await drain(sink, limits);
    expect(received).toEqual([1, 2, 1, 2, 3]);
  });

  it("backs off longer with every failure in a row, up to a cap", async () => {
    const { sink, state } = listSink([1], () => "throw");
    const waits: number[] = [];
    for (let n = 0; n < 10; n++) {
      await drain(sink, limits);
      waits.push((state.retryAtMs ?? 0) - 1000);
    }
    expect(waits.slice(0, 4)).toEqual([250, 500, 1000, 2000]);
    expect(waits.at(-1)).toBe(30_000);
  });
});
