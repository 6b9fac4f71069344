/**
 * Finds rows and cells in a window of bytes, as offsets in typed arrays that are used again for every batch.
 *
 * Reading always goes on. A quote that closes nothing is text if the cell is closed on the same line. Otherwise
 * it is the opening quote that was wrong, as it is if nothing closes it within MAX_ROW_BYTES: the line is read
 * again from there with quotes as text. So a bad quote costs its own line, never the rest of the file.
 */

export const MAX_ROW_BYTES = 1024 * 1024;

/** Room that an indexed buffer has behind what it holds: the end's mark is read in a word of four bytes. */
export const INDEX_ROOM_BYTES = 4;

/** Flags in the low bits of `ends`; a row's flags are those of its cells, joined. */
export const QUOTED = 1;
/** Quoted, with doubled quotes inside. */
export const ESCAPED = 2;
/** Not quoted, with a quote inside: `6.4"`. */
export const STRAY = 4;
/** Quoted, with a quote inside that is neither doubled nor closing: `"6.4" TV"`. */
export const BROKEN = 8;
/** Row flag: opened a quote that was never closed; from there on the line was read with quotes as text. */
export const UNCLOSED = 16;
/** Row flags: how the row ends; LF sets none of them, and the end of the file both. */
export const CR_END = 32;
export const CRLF_END = 64;
export const LINE_END_FLAGS = CR_END | CRLF_END;

/** Rows whose bytes have no sure reading: no cell of theirs is rewritten. */
export const UNSOUND = BROKEN | UNCLOSED;

export const FLAG_BITS = 4;
export const CELL_FLAGS = (1 << FLAG_BITS) - 1;

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;
const TAB = 0x09;
const SPACE = 0x20;
const STARVED = -1;
const ONES = 0x01010101;
const QUOTES = 0x22222222;
const CONTROLS = 0x0e0e0e0e;
const HIGHS = 0x80808080 | 0;
export const CELLS_PER_BATCH = 32 * 1024;

/** What stopped the index: a full batch or the end of the window, a row that needs more bytes, or one too long. */
export type IndexStop = "indexed" | "starved" | "overlong";

export class RowIndex {
  readonly maxRows: number;
  /** Offset of a cell's first byte of content (behind the opening quote), at `row * width + column`. */
  readonly starts: Int32Array;
  /** `end << FLAG_BITS | flags`, where `end` is the offset behind the last byte of content. */
  readonly ends: Int32Array;
  readonly rowStarts: Int32Array;
  /** Offset behind the row's line end. */
  readonly rowEnds: Int32Array;
  readonly cellCounts: Int32Array;
  readonly rowFlags: Uint8Array;
  /** Physical lines a row spans: 1, or more if a quoted cell holds line ends. */
  readonly lineSpans: Int32Array;
  rowCount = 0;
  /** Where the next batch begins. */
  end = 0;
  /** Some of the batch's rows may hold a NUL: the search for ends of cells stops there anyway. */
  hasNul = false;

  readonly #delimiter: number;
  readonly #width: number;
  readonly #quotesAreText: boolean;
  /** The delimiter in each byte of a word. */
  readonly #delimiters: number;
  #indexed: Uint8Array = new Uint8Array(0);
  #words: DataView = new DataView(new ArrayBuffer(0));

  constructor(delimiter: number, width: number, cellsPerBatch = CELLS_PER_BATCH, quotesAreText = false) {
    this.#delimiter = delimiter;
    this.#width = width;
    this.#quotesAreText = quotesAreText;
    this.maxRows = Math.max(1, Math.floor(cellsPerBatch / width));
    this.starts = new Int32Array(this.maxRows * width);
    this.ends = new Int32Array(this.maxRows * width);
    this.rowStarts = new Int32Array(this.maxRows);
    this.rowEnds = new Int32Array(this.maxRows);
    this.cellCounts = new Int32Array(this.maxRows);
    this.rowFlags = new Uint8Array(this.maxRows);
    this.lineSpans = new Int32Array(this.maxRows);
    this.#delimiters = Math.imul(delimiter, ONES);
  }

  get delimiter(): number {
    return this.#delimiter;
  }

  /**
   * Indexes whole rows of `bytes[from, to)`, at most a batch. Behind `to` there must be room: `bytes[to]` is
   * overwritten by a line feed, so that the inner loops need no test for the end. `final`: nothing follows `to`.
   */
  index(bytes: Uint8Array, from: number, to: number, final: boolean): IndexStop {
    bytes[to] = LF;
    if (this.#indexed !== bytes) {
      this.#indexed = bytes;
      this.#words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    let at = from;
    let row = 0;
    let stop: IndexStop = "indexed";
    this.hasNul = false;
    while (row < this.maxRows && at < to) {
      const next = this.#row(bytes, at, to, final, row);
      if (next === STARVED || next - at > MAX_ROW_BYTES) {
        stop = to - at > MAX_ROW_BYTES ? "overlong" : "starved";
        break;
      }
      this.rowStarts[row] = at;
      this.rowEnds[row] = next;
      at = next;
      row++;
    }
    this.rowCount = row;
    this.end = at;
    return stop;
  }

  /** The offset behind the row's line end, or STARVED if the window ends first. */
  #row(bytes: Uint8Array, start: number, to: number, final: boolean, row: number): number {
    const { starts, ends } = this;
    const delimiter = this.#delimiter;
    const delimiters = this.#delimiters;
    const words = this.#words;
    const first = row * this.#width;
    const limit = first + this.#width;
    let slot = first;
    let at = start;
    let lines = 1;
    let quotesAreText = this.#quotesAreText;
    let rowFlags = 0;

    for (;;) {
      let from = at;
      let end = at;
      let flags = 0;
      let byte = bytes[at] as number;
      if (byte === QUOTE && !quotesAreText) {
        const firstLine = lines;
        from = ++at;
        flags = QUOTED;
        for (;;) {
          at = nextQuotedStop(words, at);
          byte = bytes[at] as number;
          if (at >= to && !final && to - start <= MAX_ROW_BYTES) return STARVED;
          const isEnd = at >= to || at - start > MAX_ROW_BYTES;
          if (isEnd || ((byte === LF || byte === CR) && (flags & BROKEN) !== 0)) {
            quotesAreText = true;
            break;
          }
          if (byte !== QUOTE) {
            if (byte !== LF && byte !== CR) {
              if (byte === 0) this.hasNul = true;
              at++;
              continue;
            }
            if (byte === LF || bytes[at + 1] !== LF) lines++;
            at++;
            continue;
          }
          let after = at + 1;
          if (bytes[after] === QUOTE && after < to) {
            flags |= ESCAPED;
            at += 2;
            continue;
          }
          while (isBlank(bytes[after] as number, delimiter)) after++;
          if (after >= to && !final) return STARVED;
          if (after >= to || endsCell(bytes[after] as number, delimiter)) {
            end = at;
            at = after < to ? after : to;
            break;
          }
          flags |= BROKEN;
          if (lines > firstLine) {
            quotesAreText = true;
            break;
          }
          at++;
        }
        if (quotesAreText) {
          at = from - 1;
          lines = firstLine;
          rowFlags |= UNCLOSED;
          continue;
        }
      } else {
        at = nextStop(words, at, delimiters);
        byte = bytes[at] as number;
        while (!endsCell(byte, delimiter)) {
          if (byte === 0) this.hasNul = true;
          else if (byte === QUOTE && !this.#quotesAreText) flags = STRAY;
          at = nextStop(words, at + 1, delimiters);
          byte = bytes[at] as number;
        }
        end = at;
      }
      if (slot < limit) {
        starts[slot] = from;
        ends[slot] = (end << FLAG_BITS) | flags;
      }
      slot++;
      rowFlags |= flags;
      if (at >= to) {
        if (!final) return STARVED;
        rowFlags |= LINE_END_FLAGS;
        break;
      }
      byte = bytes[at] as number;
      if (byte === delimiter) {
        at++;
        continue;
      }
      at++;
      if (byte === CR) {
        if (at >= to && !final) return STARVED;
        if (at < to && bytes[at] === LF) {
          at++;
          rowFlags |= CRLF_END;
        } else rowFlags |= CR_END;
      }
      break;
    }
    this.cellCounts[row] = slot - first;
    this.rowFlags[row] = rowFlags;
    this.lineSpans[row] = lines;
    return at;
  }
}

/**
 * The first byte from `from` on that is a delimiter, a quote or below 0x0e, four bytes at a time. A word w has a
 * zero byte if `(w - ONES) & ~w & HIGHS` has a bit, and the lowest such bit is never a false one.
 */
function nextStop(words: DataView, from: number, delimiters: number): number {
  for (let at = from; ; at += 4) {
    const word = words.getInt32(at, true);
    const delimiter = word ^ delimiters;
    const quote = word ^ QUOTES;
    const hits =
      (((delimiter - ONES) & ~delimiter) | ((quote - ONES) & ~quote) | ((word - CONTROLS) & ~word)) & HIGHS;
    if (hits !== 0) return at + ((31 - Math.clz32(hits & -hits)) >> 3);
  }
}

/** `nextStop` inside quotes, where delimiters are text. */
function nextQuotedStop(words: DataView, from: number): number {
  for (let at = from; ; at += 4) {
    const word = words.getInt32(at, true);
    const quote = word ^ QUOTES;
    const hits = (((quote - ONES) & ~quote) | ((word - CONTROLS) & ~word)) & HIGHS;
    if (hits !== 0) return at + ((31 - Math.clz32(hits & -hits)) >> 3);
  }
}

function isBlank(byte: number, delimiter: number): boolean {
  return (byte === SPACE || byte === TAB) && byte !== delimiter;
}

function endsCell(byte: number, delimiter: number): boolean {
  return byte === delimiter || byte === LF || byte === CR;
}
