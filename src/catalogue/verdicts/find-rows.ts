/** Where a catalogue has the rows of certain products: one pass, in memory that does not depend on the file. */

import { err, ok, type Result } from "../../domain/result";
import type { CompiledProfile } from "../profile/compile";
import type { TableDialect } from "../profile/profile";
import { textAt } from "../reading/batch";
import type { Unreadable } from "../reading/encoding";
import type { LabelMemory } from "../reading/header-names";
import { behindLineEnd, lineEnd } from "../reading/line-end";
import { openTable, type OpenedTable } from "../reading/open-table";
import { RowIndex } from "../reading/row-index";
import { CorruptGzip, DecompressionBomb, readerOf, type SourceReader } from "../reading/source-reader";

export interface RowSearch {
  readonly source: ReadableStream<Uint8Array>;
  readonly compressed: boolean;
  /** Of the table, inflated; what comes behind is not looked at. */
  readonly maxBytes: number;
  readonly profile: CompiledProfile;
  readonly dialect?: TableDialect;
  readonly labelMemory?: LabelMemory;
  /** The profile's field that says which product a row is. */
  readonly field: string;
  readonly wanted: ReadonlySet<string>;
}

export interface RowPlace {
  /** 1-based data row. */
  readonly row: number;
  /** 1-based physical line on which it starts. */
  readonly line: number;
}

export interface FoundRows {
  /** The first row of each that there is. */
  readonly places: ReadonlyMap<string, RowPlace>;
  readonly rowsRead: number;
  /** The file is longer than was looked at, and not all was found. */
  readonly truncated: boolean;
  /** The file was read to its end. */
  readonly isWhole: boolean;
}

export async function findRows(search: RowSearch): Promise<Result<FoundRows, Unreadable>> {
  const { maxBytes } = search;
  const source = readerOf(search.source, search.compressed ? { maxInflatedBytes: maxBytes * 2 } : null);
  try {
    const found = await searched(search, source);
    if (!found.ok || !found.value.isWhole) await source.cancel();
    return found;
  } catch (error) {
    if (error instanceof DecompressionBomb || error instanceof CorruptGzip)
      return err({ reason: "not_a_table", detail: error.message });
    throw error;
  }
}

async function searched(search: RowSearch, source: SourceReader): Promise<Result<FoundRows, Unreadable>> {
  const opened = await openTable(source, search.profile, search.dialect, search.labelMemory);
  return opened.ok ? ok(await new Search(search, opened.value).run()) : opened;
}

class Search {
  readonly #places = new Map<string, RowPlace>();
  readonly #index: RowIndex;
  readonly #width: number;
  readonly #at: number;
  #row = 0;
  #line: number;

  constructor(
    private readonly search: RowSearch,
    private readonly table: OpenedTable,
  ) {
    const { dialect, dataLine } = table.sniffed;
    this.#width = dialect.labels.length;
    this.#index = new RowIndex(
      dialect.delimiter.charCodeAt(0),
      this.#width,
      undefined,
      dialect.quoteChar === null,
    );
    this.#line = dataLine;
    this.#at = table.binding.columns.find(({ column }) => column.field === search.field)?.at ?? -1;
  }

  async run(): Promise<FoundRows> {
    const { window, sniffed } = this.table;
    let at = sniffed.dataStart;
    let isSkipping = false;
    let truncated = false;
    let isWhole = false;
    while (this.#at >= 0) {
      if (isSkipping) {
        const end = lineEnd(window.bytes, at, window.length);
        isSkipping = end + 1 >= window.length && !window.isLast;
        if (!isSkipping) this.#line++;
        at = isSkipping ? end : behindLineEnd(window.bytes, end, window.length);
      }
      if (!isSkipping && at < window.length) {
        const stop = this.#index.index(window.bytes, at, window.length, window.isLast);
        this.#takeBatch();
        at = this.#index.end;
        if (stop === "overlong") {
          this.#row++;
          isSkipping = true;
          continue;
        }
        if (stop === "indexed" && at < window.length) continue;
      }
      isWhole = window.isLast && at === window.length;
      if (isWhole || this.#places.size === this.search.wanted.size) break;
      truncated = window.offset + at >= this.search.maxBytes;
      if (truncated) break;
      await window.refill(at);
      at = 0;
    }
    return { places: this.#places, rowsRead: this.#row, truncated, isWhole };
  }

  #takeBatch(): void {
    const index = this.#index;
    const batch = { bytes: this.table.window.bytes, index };
    for (let row = 0; row < index.rowCount; row++) {
      this.#row++;
      if ((index.cellCounts[row] as number) > this.#at) {
        const text = textAt(batch, this.#width, row, this.#at).trim();
        if (this.search.wanted.has(text) && !this.#places.has(text))
          this.#places.set(text, { row: this.#row, line: this.#line });
      }
      this.#line += index.lineSpans[row] as number;
    }
  }
}
