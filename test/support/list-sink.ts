import type { Sink } from "../../durable-objects/tenant/relay/drain";

/** What goes wrong in one call: refused, never answered, or taken and then refused. */
type SinkFault = "throw" | "hang" | "crash";

/** A sink over a list, with a cursor of its own and faults by call number. */
export function listSink(entries: readonly number[], fault: (call: number) => SinkFault | null) {
  const received: number[] = [];
  const state = { cursor: 0, failures: 0, retryAtMs: null as number | null, calls: 0 };
  const sink: Sink<readonly number[]> = {
    load: () => {
      const batch = entries.slice(state.cursor, state.cursor + 2);
      return batch.length === 0 ? null : batch;
    },
    send: async (batch) => {
      const kind = fault(++state.calls);
      if (kind === "throw") throw new Error("the sink is down");
      if (kind === "hang") await new Promise(() => {});
      received.push(...batch);
      if (kind === "crash") throw new Error("killed between send and acknowledgement");
    },
    taken: async (batch) => {
      state.cursor += batch.length;
      state.failures = 0;
    },
    failed: async (_batch, _error, retryAtMs) => {
      state.failures++;
      state.retryAtMs = retryAtMs;
    },
    failures: () => state.failures,
  };
  return { sink, state, received };
}
