/**
 * After the last row: finds what repeats among the spilled keys, a partition at a time, and lays the findings down
 * again by ranges of rows, so that they can be sorted a range at a time. A resumed run may have spilled records
 * twice: row and rule tell them.
 */

import type { FindingKinds } from "../../report/finding-kinds";
import type { Report } from "../../report/report";
import type { UniqueKey } from "./key-reader";
import type { KeyTable } from "./key-table";
import {
  HEAD_BYTES,
  readRecords,
  SpillRecord,
  SpillWriter,
  VALUE_BYTES,
  type RowState,
  type SpillProgress,
  type SpillStore,
} from "./spill";

/** Spilled keys are parted by so many bits of their hash; ranges of rows are the partitions behind those. */
export const PARTITION_BITS = 6;
const PARTITIONS = 2 ** PARTITION_BITS;
/** So much of its room is planned for a table whose share of keys is a matter of chance. */
const PLANNED_LOAD = 0.9;
const SORTED_BYTES = 4 * 1024 * 1024;
const RANGES_MAX = 1024;
const RANGE_BUFFERS_BYTES = 2 * 1024 * 1024;
const RANGE_BUFFER_MAX_BYTES = 16 * 1024;
/** So much is read between two questions whether to go on. */
const STEP_BYTES = 256 * 1024;
const WARNING: RowState = 1;
const ERROR: RowState = 2;

/** By how much the counters change: a row that counted as a warning may turn out to have an error. */
export interface LateFindings {
  readonly errors: number;
  readonly warnings: number;
}

interface Spilled {
  readonly store: SpillStore;
  /** Its keys are none of the spilled ones: it is emptied and used again. */
  readonly table: KeyTable;
  readonly progress: SpillProgress;
  readonly keys: readonly UniqueKey[];
  readonly kinds: FindingKinds;
  readonly report: Report;
}

export class FinalPass {
  #errors = 0;
  #warnings = 0;
  #unasked = 0;
  readonly #rangeRows: number;
  readonly #late: SpillWriter;
  readonly #ranges = new Set<number>();

  constructor(
    private readonly spilled: Spilled,
    private readonly goesOn: () => Promise<boolean>,
  ) {
    const { firstRow, lastRow } = spilled.progress;
    const rows = lastRow - firstRow + 1;
    const rowBytes = spilled.keys.length * (HEAD_BYTES + VALUE_BYTES);
    this.#rangeRows = Math.ceil(Math.max(SORTED_BYTES / rowBytes, rows / RANGES_MAX));
    const ranges = Math.ceil(rows / this.#rangeRows);
    this.#late = new SpillWriter(
      spilled.store,
      Math.min(RANGE_BUFFER_MAX_BYTES, Math.floor(RANGE_BUFFERS_BYTES / ranges)),
    );
  }

  async run(): Promise<LateFindings | "stopped"> {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const count = this.spilled.progress.counts[partition] as number;
      const passes = Math.ceil(count / (this.spilled.table.maxKeys * PLANNED_LOAD));
      for (let pass = 0; pass < passes; pass++) {
        if (!(await this.#sift(partition, pass, passes))) return "stopped";
      }
    }
    await this.#late.drain();
    for (const range of [...this.#ranges].sort((a, b) => a - b)) {
      if (!(await this.#report(range))) return "stopped";
    }
    return { errors: this.#errors, warnings: this.#warnings };
  }

  /** Lays down what repeats among the partition's keys of one pass; false if the run is to stop. */
  async #sift(partition: number, pass: number, passes: number): Promise<boolean> {
    const { store, table } = this.spilled;
    table.startOver();
    let seen = 0;
    for await (const records of readRecords(store.read(partition))) {
      for (let at = 0; at < records.bytes.length; at = records.end(at)) {
        const c = records.c(at);
        seen++;
        if (passes > 1 && (c >>> 0) % passes !== pass) continue;
        const [a, b, row] = [records.a(at), records.b(at), records.row(at)];
        if (!table.find(a, b, c)) table.add(a, b, c, row, records.line(at));
        else if (table.row !== row) this.#layDown(records, at, row);
      }
      if (this.#late.isFull) await this.#late.flush();
      if (!(await this.#step(records.bytes.length))) return false;
    }
    const count = this.spilled.progress.counts[partition] as number;
    if (seen < count) throw new Error(`of ${count} spilled keys ${seen} are there`);
    return true;
  }

  #layDown(records: SpillRecord, at: number, row: number): void {
    const { table, progress } = this.spilled;
    records.setFirst(at, table.row, table.line);
    const range = PARTITIONS + Math.floor((row - progress.firstRow) / this.#rangeRows);
    this.#ranges.add(range);
    this.#late.append(range, records.bytes.subarray(at, records.end(at)));
  }

  /** Sorts one range's findings and writes them; false if the run is to stop. */
  async #report(range: number): Promise<boolean> {
    const { store, keys, kinds, report } = this.spilled;
    const records = await readWhole(store.read(range));
    let lastRow = 0;
    let lastRule = -1;
    let state: RowState = 0;
    for (const at of sorted(records)) {
      const [row, rule] = [records.row(at), records.rule(at)];
      if (row === lastRow && rule === lastRule) continue;
      if (row !== lastRow) state = records.state(at);
      [lastRow, lastRule] = [row, rule];
      const { rule: compiled, bound } = keys[rule] as UniqueKey;
      state = this.#count(state, compiled.severity);
      const template = kinds.ofRule(bound, compiled, "DUPLICATE");
      const place = { row, line: records.line(at), byteOffset: records.byteOffset(at) };
      report.write(place, template, records.value(at), null, records.first(at));
      if (report.isFull) await report.flush();
      if (!(await this.#step(HEAD_BYTES))) return false;
    }
    return true;
  }

  #count(state: RowState, severity: "error" | "warning" | "info"): RowState {
    if (severity === "error" && state !== ERROR) {
      this.#errors++;
      if (state === WARNING) this.#warnings--;
      return ERROR;
    }
    if (severity === "warning" && state === 0) {
      this.#warnings++;
      return WARNING;
    }
    return state;
  }

  async #step(bytes: number): Promise<boolean> {
    this.#unasked += bytes;
    if (this.#unasked < STEP_BYTES) return true;
    this.#unasked = 0;
    return this.goesOn();
  }
}

async function readWhole(stream: ReadableStream<Uint8Array>): Promise<SpillRecord> {
  return new SpillRecord(new Uint8Array(await new Response(stream).arrayBuffer()));
}

/** Where the records begin, in the order of rows, then of rules. */
function sorted(records: SpillRecord): Float64Array {
  const starts: number[] = [];
  for (let at = 0; at < records.bytes.length; at = records.end(at)) starts.push(at);
  return Float64Array.from(starts).sort(
    (x, y) => records.row(x) - records.row(y) || records.rule(x) - records.rule(y),
  );
}
