/** Whatever a source is encoded in, the window holds UTF-8: here one becomes the other. */

import { ok, type Result } from "../../domain/result";
import { detectEncoding, type DetectedEncoding, type Encoding, type Unreadable } from "./encoding";
import { WINDOW_BYTES } from "./input-window";
import type { SourceReader } from "./source-reader";
import { decoderOf, type PieceDecoder } from "./text-decoder";

const PIECE_BYTES = 64 * 1024;
/** For a source that ends within them. */
const FIRST_BYTES = 8 * 1024;

export interface OpenedText {
  readonly reader: SourceReader;
  readonly detected: DetectedEncoding;
}

/** Judges the encoding on the first bytes, as many whatever the source's chunks are, and reads them again. */
export async function openText(
  source: SourceReader,
  asked: Encoding | undefined,
): Promise<Result<OpenedText, Unreadable>> {
  let bytes = new Uint8Array(FIRST_BYTES);
  let length = 0;
  let rest: Uint8Array | null = new Uint8Array(0);
  while (length < WINDOW_BYTES && (rest = await source.read())) {
    const taken = rest.subarray(0, WINDOW_BYTES - length);
    if (length + taken.length > bytes.length) bytes = widened(bytes, length);
    bytes.set(taken, length);
    length += taken.length;
    rest = rest.subarray(taken.length);
  }
  const detected = detectEncoding({ bytes, length, isWhole: rest === null }, asked);
  if (!detected.ok) return detected;
  const { encoding } = detected.value;
  const whole = new RewoundReader(source, [bytes.subarray(0, length), rest ?? new Uint8Array(0)]);
  return ok({ reader: decodedReader(whole, encoding), detected: detected.value });
}

function widened(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const window = new Uint8Array(WINDOW_BYTES);
  window.set(bytes.subarray(0, length));
  return window;
}

/** The source as UTF-8; it begins where a character does. */
export function decodedReader(source: SourceReader, encoding: Encoding): SourceReader {
  return encoding === "utf-8" ? source : new DecodedReader(source, decoderOf(encoding));
}

class RewoundReader implements SourceReader {
  constructor(
    private readonly source: SourceReader,
    private readonly heads: Uint8Array[],
  ) {}

  get bytesRead(): number {
    return this.source.bytesRead;
  }

  async read(): Promise<Uint8Array | null> {
    return this.heads.shift() ?? this.source.read();
  }

  cancel(): Promise<void> {
    return this.source.cancel();
  }
}

class DecodedReader implements SourceReader {
  readonly #out: Uint8Array;
  #chunk: Uint8Array = new Uint8Array(0);
  #hasEnded = false;

  constructor(
    private readonly source: SourceReader,
    private readonly decoder: PieceDecoder,
  ) {
    // What a decoder held back comes on top.
    this.#out = new Uint8Array(PIECE_BYTES * decoder.growth + 8);
  }

  get bytesRead(): number {
    return this.source.bytesRead;
  }

  async read(): Promise<Uint8Array | null> {
    if (this.#hasEnded) return null;
    while (this.#chunk.length === 0) {
      const chunk = await this.source.read();
      if (!chunk) {
        this.#hasEnded = true;
        return this.#out.subarray(0, this.decoder.end(this.#out));
      }
      this.#chunk = chunk;
    }
    const piece = this.#chunk.subarray(0, PIECE_BYTES);
    this.#chunk = this.#chunk.subarray(piece.length);
    return this.#out.subarray(0, this.decoder.decode(piece, this.#out));
  }

  cancel(): Promise<void> {
    return this.source.cancel();
  }
}
