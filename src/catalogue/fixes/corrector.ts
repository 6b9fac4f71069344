/** Writes the corrected file: runs of unchanged bytes as they are, and between them the cells that changed. */

import { ByteWriter, type ByteSink } from "../byte-writer";
import type { Dialect } from "../reading/dialect";
import { QUOTED } from "../reading/row-index";

const QUOTE = 0x22;
const SPACE = 0x20;
const TAB = 0x09;

export class Corrector {
  readonly #out: ByteWriter;
  readonly #delimiter: number;
  /** Null: quotes are text, and nothing can be quoted. */
  readonly #mustQuote: RegExp | null;
  /** Offset in the window up to which it has been written. */
  #copied = 0;

  constructor(sink: ByteSink, { delimiter, quoteChar }: Pick<Dialect, "delimiter" | "quoteChar">) {
    this.#out = new ByteWriter(sink);
    this.#delimiter = delimiter.charCodeAt(0);
    this.#mustQuote = quoteChar === null ? null : new RegExp(`["\\r\\n${delimiter}]`);
  }

  get isFull(): boolean {
    return this.#out.isFull;
  }

  get bytesWritten(): number {
    return this.#out.bytesWritten;
  }

  /** Goes on behind what another run has written. */
  restore(bytesWritten: number): void {
    this.#out.flushedBytes = bytesWritten;
  }

  /** A new window: `from` is where what was not yet written begins in it. */
  moveTo(from: number): void {
    this.#copied = from;
  }

  copyUntil(bytes: Uint8Array, to: number): void {
    this.#out.copy(bytes, this.#copied, to);
    this.#copied = to;
  }

  /** Puts `text` in the place of the cell whose content is `bytes[start, end)`. A quoted cell stays quoted. */
  replace(bytes: Uint8Array, start: number, end: number, flags: number, rowEnd: number, text: string): void {
    const isQuoted = (flags & QUOTED) !== 0;
    this.copyUntil(bytes, isQuoted ? start - 1 : start);
    this.#cell(text, isQuoted);
    this.#copied = isQuoted ? this.#behindQuote(bytes, end + 1, rowEnd) : end;
  }

  /** Puts new cells where the row's content ends, at `at`, behind as many blank ones as `missing` says. */
  append(bytes: Uint8Array, at: number, missing: number, texts: readonly string[]): void {
    this.copyUntil(bytes, at);
    for (let i = 0; i < missing; i++) this.#out.byte(this.#delimiter);
    for (const text of texts) {
      this.#out.byte(this.#delimiter);
      this.#cell(text, false);
    }
  }

  flush(): void | Promise<void> {
    return this.#out.flush();
  }

  close(): Promise<void> {
    return this.#out.close();
  }

  #cell(text: string, isQuoted: boolean): void {
    if (!isQuoted && !(this.#mustQuote?.test(text) ?? false)) {
      this.#out.text(text);
      return;
    }
    this.#out.byte(QUOTE);
    this.#out.text(text.includes('"') ? text.replaceAll('"', '""') : text);
    this.#out.byte(QUOTE);
  }

  /** Blanks between a closing quote and its delimiter belong to the cell that is replaced. */
  #behindQuote(bytes: Uint8Array, from: number, rowEnd: number): number {
    let at = from;
    while (at < rowEnd && bytes[at] !== this.#delimiter && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
    return at;
  }
}
