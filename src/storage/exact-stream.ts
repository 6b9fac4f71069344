/** A plain read of a request's body yields 4 KiB, and each read costs a turn: this halves the time of a part. */
const CHUNK_BYTES = 256 * 1024;

/** What became of a body sent on: the taker's own outcome, and how many bytes the sender had. */
export interface Sent<T> {
  readonly taken: PromiseSettledResult<T>;
  readonly pumped: PromiseSettledResult<void>;
  /** Up to the point where it was clear that there are too many. */
  readonly seenBytes: number;
}

/**
 * Streams a body of exactly `sizeBytes` to `take`, which R2 asks for. The newest chunk is held back until the next one
 * or the end is seen, so that of a body too long the taker never has all the bytes it waits for.
 */
export async function sendExactly<T>(
  body: ReadableStream<Uint8Array> | null,
  sizeBytes: number,
  take: (exact: ReadableStream) => Promise<T>,
  see: (chunk: Uint8Array) => void = () => undefined,
): Promise<Sent<T>> {
  const stream = new FixedLengthStream(sizeBytes);
  const seen = { bytes: 0 };
  const pump = async (): Promise<void> => {
    const writer = stream.writable.getWriter();
    try {
      let held: Uint8Array | null = null;
      for await (const chunk of body ? chunksOf(body) : []) {
        seen.bytes += chunk.length;
        if (seen.bytes > sizeBytes) throw new Error("The body is longer than announced.");
        see(chunk);
        if (held) await writer.write(held);
        held = chunk;
      }
      if (held) await writer.write(held);
      await writer.close();
    } catch (error) {
      await writer.abort(error).catch(() => undefined);
      throw error;
    }
  };
  const pumping = pump();
  const [taken, pumped] = await Promise.allSettled([take(stream.readable), pumping]);
  return { taken, pumped, seenBytes: seen.bytes };
}

/** A body that is left early is cancelled, as its own iterator would. */
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader({ mode: "byob" });
  try {
    for (;;) {
      const { done, value } = await reader.readAtLeast(CHUNK_BYTES, new Uint8Array(CHUNK_BYTES));
      if (value && value.length > 0) yield value;
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Whether a request's Content-Length, where it has one, says another size: then no byte need be read. */
export const declaresOther = (declaredBytes: string | undefined, sizeBytes: number): boolean =>
  declaredBytes !== undefined && Number(declaredBytes) !== sizeBytes;
