import { fullJitterMs } from "../../../src/domain/backoff";
import { within } from "./within";

/** One sink's side of the relay. Each port does its own commit; nothing is held across a call. */
export interface Sink<Batch> {
  /** The next batch in order, or null when the sink has everything. */
  readonly load: () => Batch | null;
  /** Hands the batch over; throws when the sink did not take it. Sending twice must be harmless. */
  readonly send: (batch: Batch) => Promise<void>;
  /** Durable progress: called once a batch was taken. */
  readonly taken: (batch: Batch) => Promise<void>;
  /** Durable failure: called with when to try again. */
  readonly failed: (batch: Batch, error: unknown, retryAtMs: number) => Promise<void>;
  /** Failures in a row so far. */
  readonly failures: () => number;
}

export interface DrainLimits {
  readonly maxBatches: number;
  readonly sendTimeoutMs: number;
  readonly nowMs: () => number;
  readonly random: () => number;
}

const BACKOFF = { baseMs: 500, capMs: 60_000 };

/**
 * The relay (DESIGN §2.6): batch after batch, in order, one in flight. A crash between `send` and `taken` sends
 * the batch again. Stops at the first failure, or after `maxBatches` so that nothing else of the object waits.
 */
export async function drain<Batch>(
  sink: Sink<Batch>,
  limits: DrainLimits,
): Promise<"empty" | "more" | "failed"> {
  for (let sent = 0; sent < limits.maxBatches; sent++) {
    const batch = sink.load();
    if (batch === null) return "empty";
    try {
      // A sink that answers late is a failed one; sinks are idempotent.
      await within(limits.sendTimeoutMs, sink.send(batch));
    } catch (error) {
      const waitMs = fullJitterMs(sink.failures() + 1, BACKOFF, limits.random());
      await sink.failed(batch, error, limits.nowMs() + waitMs);
      return "failed";
    }
    await sink.taken(batch);
  }
  return "more";
}
