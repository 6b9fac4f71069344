import { sealedSize } from "../crypto/file-codec";
import type { FileSealer } from "../crypto/file-sealer";

/** A plain read of a request's body yields 4 KiB, and each read costs a turn: this halves the time of a part. */
const PIECE_BYTES = 256 * 1024;

/** What became of a source sent on: the taker's own outcome, and that of reading and sealing. */
export interface Sent<T> {
  readonly taken: PromiseSettledResult<T>;
  readonly pumped: PromiseSettledResult<void>;
  /** Why the source was not taken: null where it was, or where only the taker failed. */
  readonly refusal: SourceRefusal | null;
}

/** `size`: it had more bytes than announced, or ended or broke off before it had them all. `unwanted`: `mayEnd` said no. */
export type SourceRefusal = "size" | "unwanted";

/** Plaintext of exactly `sizeBytes`, a whole file or a part of one, and what seals it. */
export interface ExactSource {
  readonly pieces: AsyncIterable<Uint8Array>;
  readonly sizeBytes: number;
  readonly sealer: FileSealer;
  readonly see?: (piece: Uint8Array) => void;
  /** Asked once all bytes are seen; where it says no, the taker is not given the last chunk. */
  readonly mayEnd?: () => boolean;
}

/**
 * Seals a source on its way to `take`, as a stream of the known length that R2 asks for. The sealer holds the last
 * chunk back until the end, so that of a source too long, too short or unwanted the taker never has all the bytes it
 * waits for.
 */
export async function sendSealed<T>(
  { pieces, sizeBytes, sealer, see, mayEnd }: ExactSource,
  take: (exact: ReadableStream) => Promise<T>,
): Promise<Sent<T>> {
  const stream = new FixedLengthStream(sealedSize(sizeBytes));
  let seenBytes = 0;
  let refusal: SourceRefusal | null = null;
  const pump = async (): Promise<void> => {
    const writer = stream.writable.getWriter();
    let isSending = false;
    const send = async (chunks: readonly Uint8Array[]): Promise<void> => {
      if (chunks.length === 0) return;
      isSending = true;
      // One write: each costs more than copying the chunks together.
      await writer.write(Buffer.concat(chunks));
      isSending = false;
    };
    try {
      for await (const piece of pieces) {
        seenBytes += piece.length;
        if (seenBytes > sizeBytes) throw new Error("The source is longer than announced.");
        see?.(piece);
        await send(await sealer.push(piece));
      }
      if (seenBytes < sizeBytes) throw new Error("The source is shorter than announced.");
      if (mayEnd?.() === false) {
        refusal = "unwanted";
        throw new Error("The source is not what was announced.");
      }
      await send(await sealer.finish());
      await writer.close();
    } catch (error) {
      if (!isSending && seenBytes !== sizeBytes) refusal = "size";
      await writer.abort(error).catch(() => undefined);
      throw error;
    }
  };
  const pumping = pump();
  const [taken, pumped] = await Promise.allSettled([take(stream.readable), pumping]);
  return { taken, pumped, refusal };
}

/**
 * A stream in pieces, each good until the next is asked for: large ones where it is a byte stream. One that is left
 * early is cancelled, as its own iterator would.
 */
export async function* piecesOf(stream: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (stream === null) return;
  const reader = byteReaderOf(stream);
  if (reader === null) {
    yield* stream;
    return;
  }
  let buffer = new ArrayBuffer(PIECE_BYTES);
  try {
    for (;;) {
      const { done, value } = await reader.readAtLeast(PIECE_BYTES, new Uint8Array(buffer));
      if (value && value.length > 0) yield value;
      if (value) buffer = value.buffer as ArrayBuffer;
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Only a byte stream, as R2 and requests give, has one. */
function byteReaderOf(stream: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | null {
  try {
    return stream.getReader({ mode: "byob" });
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** Whether a request's Content-Length, where it has one, says another size: then no byte need be read. */
export const declaresOther = (declaredBytes: string | undefined, sizeBytes: number): boolean =>
  declaredBytes !== undefined && Number(declaredBytes) !== sizeBytes;
