/**
 * Where bytes go. What is handed to `write` belongs to the engine and is used again once `write` has returned
 * and, if it returned a promise, that promise is settled: a sink that keeps bytes longer copies them.
 * `close` is called once, only when the run succeeded.
 */
export interface ByteSink {
  write(bytes: Uint8Array): void | Promise<void>;
  close(): Promise<void>;
}

export const FLUSH_BYTES = 256 * 1024;
/** A row that is judged as the buffer gets full fits in as a rule. */
const BUFFER_BYTES = FLUSH_BYTES + 64 * 1024;
const FIRST_BYTES = 4 * 1024;
const SHORT_COPY_BYTES = 32;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const encoder = new TextEncoder();
const CONTROL_ESCAPES = Array.from({ length: 0x20 }, (_, code) =>
  encoder.encode(JSON.stringify(String.fromCharCode(code)).slice(1, -1)),
);

/** A buffer that grows as it is filled, and that one row may overfill: the row loop is synchronous, and flushes between rows once `isFull`. */
export class ByteWriter {
  flushedBytes = 0;
  #buffer = new Uint8Array(FIRST_BYTES);
  #length = 0;

  constructor(private readonly sink: ByteSink) {}

  get isFull(): boolean {
    return this.#length >= FLUSH_BYTES;
  }

  get bytesWritten(): number {
    return this.flushedBytes + this.#length;
  }

  byte(byte: number): void {
    if (this.#length === this.#buffer.length) this.#grow(1);
    this.#buffer[this.#length++] = byte;
  }

  bytes(source: Uint8Array): void {
    const { length } = source;
    const at = this.#reserve(length);
    const buffer = this.#buffer;
    if (length > SHORT_COPY_BYTES) buffer.set(source, at);
    else for (let i = 0; i < length; i++) buffer[at + i] = source[i] as number;
  }

  copy(source: Uint8Array, from: number, to: number): void {
    const length = to - from;
    if (length <= 0) return;
    const at = this.#reserve(length);
    if (length > SHORT_COPY_BYTES) {
      this.#buffer.set(source.subarray(from, to), at);
      return;
    }
    const buffer = this.#buffer;
    for (let i = 0; i < length; i++) buffer[at + i] = source[from + i] as number;
  }

  text(text: string): void {
    let at = this.#reserve(text.length * 3);
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code < 0x80) this.#buffer[at++] = code;
      else {
        at = this.#encode(text, i, code, at);
        if (isHighSurrogate(code)) i++;
      }
    }
    this.#length = at;
  }

  /** A JSON string, quotes included. */
  json(text: string): void {
    let at = this.#reserve(text.length * 6 + 2);
    const buffer = this.#buffer;
    buffer[at++] = QUOTE;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === QUOTE || code === BACKSLASH) {
        buffer[at++] = BACKSLASH;
        buffer[at++] = code;
      } else if (code < 0x20) {
        const escape = CONTROL_ESCAPES[code] as Uint8Array;
        buffer.set(escape, at);
        at += escape.length;
      } else if (code < 0x80) buffer[at++] = code;
      else {
        at = this.#encode(text, i, code, at);
        if (isHighSurrogate(code)) i++;
      }
    }
    buffer[at++] = QUOTE;
    this.#length = at;
  }

  integer(value: number): void {
    let digits = 1;
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
    let at = this.#reserve(digits) + digits;
    let rest = value;
    while (digits-- > 0) {
      const tens = Math.floor(rest / 10);
      this.#buffer[--at] = 0x30 + rest - tens * 10;
      rest = tens;
    }
  }

  flush(): void | Promise<void> {
    if (this.#length === 0) return;
    const full = this.#buffer.subarray(0, this.#length);
    this.flushedBytes += this.#length;
    this.#length = 0;
    return this.sink.write(full);
  }

  async close(): Promise<void> {
    await this.flush();
    await this.sink.close();
  }

  /** UTF-8 of the code point at `i`; answers where the next one goes. */
  #encode(text: string, i: number, code: number, at: number): number {
    const buffer = this.#buffer;
    if (code < 0x800) {
      buffer[at] = 0xc0 | (code >> 6);
      buffer[at + 1] = 0x80 | (code & 0x3f);
      return at + 2;
    }
    if (!isHighSurrogate(code)) {
      buffer[at] = 0xe0 | (code >> 12);
      buffer[at + 1] = 0x80 | ((code >> 6) & 0x3f);
      buffer[at + 2] = 0x80 | (code & 0x3f);
      return at + 3;
    }
    const full = text.codePointAt(i) as number;
    buffer[at] = 0xf0 | (full >> 18);
    buffer[at + 1] = 0x80 | ((full >> 12) & 0x3f);
    buffer[at + 2] = 0x80 | ((full >> 6) & 0x3f);
    buffer[at + 3] = 0x80 | (full & 0x3f);
    return at + 4;
  }

  #reserve(length: number): number {
    const at = this.#length;
    if (at + length > this.#buffer.length) this.#grow(length);
    this.#length = at + length;
    return at;
  }

  #grow(length: number): void {
    const { length: size } = this.#buffer;
    const next = size < BUFFER_BYTES ? Math.min(size * 4, BUFFER_BYTES) : size * 2;
    const grown = new Uint8Array(Math.max(next, this.#length + length));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}

/** Text comes from decoded UTF-8 or parsed JSON through code-point cuts: a high surrogate has its low one. */
function isHighSurrogate(code: number): boolean {
  return (code & 0xfc00) === 0xd800;
}
