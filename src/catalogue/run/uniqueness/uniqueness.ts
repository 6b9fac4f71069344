/**
 * The rules that look at the whole file: no key twice. Each later occurrence is a finding that names the first.
 * Keys are held by fingerprint in a table of bounded size. Once it is full, keys that it does not hold are laid
 * down in the run's spill store, and what repeats among them is found after the last row; without a store they
 * pass unjudged, and one finding says from which row on.
 */

import type { CompiledProfile, CompiledRule } from "../../profile/compile";
import type { Severity } from "../../profile/profile";
import { textAt } from "../../reading/batch";
import type { BoundColumn } from "../../reading/binding";
import type { FindingKinds } from "../../report/finding-kinds";
import type { Report } from "../../report/report";
import { FinalPass, type LateFindings, PARTITION_BITS } from "./final-pass";
import { bindKey, KeyReader, type RowInHand, type UniqueKey } from "./key-reader";
import { KeyTable } from "./key-table";
import { readSnapshot, writeSnapshot } from "./snapshot";
import { SpillRecord, SpillWriter, type RowState, type SpillProgress, type SpillStore } from "./spill";

const DEFAULT_BYTES = 4 * 1024 * 1024;
const NOTHING_LATE: LateFindings = { errors: 0, warnings: 0 };

export interface UniquenessOptions {
  readonly profile: CompiledProfile;
  readonly columns: readonly BoundColumn[];
  readonly width: number;
  readonly kinds: FindingKinds;
  readonly report: Report;
  /** For the table, over all rules. */
  readonly bytes?: number | undefined;
  readonly store?: SpillStore | null | undefined;
  /** Of the fingerprints. */
  readonly salt?: string;
}

/** What only the judge of a row knows of it. */
export interface RowKnowledge {
  correctedAt(place: number): string;
  /** `place` is that of the rule's own column. */
  isActive(rule: CompiledRule, place: number): boolean;
  /** Of the row's cell in the file's column `at`. */
  byteOffset(at: number): number;
  note(severity: Severity): void;
  /** What the row counts as, as far as it has been judged. */
  state(): RowState;
}

/** A row under judgement; `number` and `line` are what findings call it. */
export interface JudgedRow extends RowInHand {
  readonly number: number;
  readonly line: number;
  readonly judge: RowKnowledge;
}

export class Uniqueness {
  readonly #table: KeyTable;
  readonly #reader: KeyReader;
  readonly #record = new SpillRecord();
  readonly #writer: SpillWriter | null;
  readonly #progress: SpillProgress = {
    firstRow: 0,
    lastRow: 0,
    counts: new Float64Array(2 ** PARTITION_BITS),
  };
  /** Keys of the row under judgement that go to the store: fingerprints, three numbers each, and their rules. */
  readonly #spilled: number[] = [];

  private constructor(
    private readonly options: UniquenessOptions,
    private readonly keys: readonly UniqueKey[],
  ) {
    this.#table = new KeyTable(options.bytes ?? DEFAULT_BYTES);
    this.#reader = new KeyReader(options.width);
    this.#writer = options.store ? new SpillWriter(options.store) : null;
  }

  /** Null if there is nothing to compare: the profile has no such rule, or the file none of its columns. */
  static of(options: UniquenessOptions): Uniqueness | null {
    const { profile, columns, salt = "" } = options;
    const keys = profile.uniqueRules
      .map((rule) => bindKey(rule, columns, `${salt} ${profile.name}`, profile.applyFixes))
      .filter((key) => key !== null);
    return keys.length === 0 ? null : new Uniqueness(options, keys);
  }

  /** Buffers wait to be flushed. */
  get isFull(): boolean {
    return this.#writer?.isFull ?? false;
  }

  /** Called last of all that judges a row: the row's state goes with its spilled keys. */
  judge(row: JudgedRow): void {
    const { keys } = this;
    const table = this.#table;
    const { print } = this.#reader;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as UniqueKey;
      const { rule } = key;
      if (rule.applies !== null && !row.judge.isActive(rule, key.place)) continue;
      if (!this.#reader.read(key, row)) continue;
      if (table.find(print.a, print.b, print.c)) this.#report(key, row);
      else if (!table.add(print.a, print.b, print.c, row.number, row.line)) this.#overflow(i, row);
    }
    if (this.#spilled.length > 0) this.#spill(row);
  }

  flush(): void | Promise<void> {
    return this.#writer?.flush();
  }

  /**
   * After the last row: finds what repeats among the spilled keys and appends it to the report, in the order of
   * rows. Answers by how much rows now count otherwise, or "stopped" if `goesOn`, asked now and then, said no.
   * No row can be judged afterwards.
   */
  async finish(goesOn: () => Promise<boolean>): Promise<LateFindings | "stopped"> {
    const { store, kinds, report } = this.options;
    if (this.#progress.firstRow === 0 || !store || !this.#writer) return NOTHING_LATE;
    await this.#writer.drain();
    const pass = new FinalPass(
      { store, table: this.#table, progress: this.#progress, keys: this.keys, kinds, report },
      goesOn,
    );
    return pass.run();
  }

  /** The state between two rows, for `restore` in a run of the same profile, columns and budget. */
  snapshot(): Uint8Array {
    return writeSnapshot(this.#identity(), this.#table, this.#progress, this.#writer?.pending() ?? new Map());
  }

  /** Expects that no row has been judged. Throws if the snapshot is not one of this run. */
  restore(snapshot: Uint8Array): void {
    readSnapshot(snapshot, this.#identity(), this.#table, this.#progress, (partition, bytes) =>
      this.#writer?.append(partition, bytes),
    );
  }

  #identity(): string {
    const { profile } = this.options;
    const keys = this.keys.map(({ rule, parts }) => [rule.id, rule.form, parts.map(({ at }) => at)]);
    return JSON.stringify([profile.name, keys, this.#table.maxKeys, this.#writer !== null]);
  }

  #report({ rule, bound }: UniqueKey, row: JudgedRow): void {
    const { kinds, report } = this.options;
    const { row: first, line } = this.#table;
    row.judge.note(rule.severity);
    report.write(
      { row: row.number, line: row.line, byteOffset: row.judge.byteOffset(bound.at) },
      kinds.ofRule(bound, rule, "DUPLICATE"),
      this.#value(bound, row),
      null,
      {
        row: first,
        line,
      },
    );
  }

  #overflow(key: number, row: JudgedRow): void {
    const { kinds, report } = this.options;
    const isFirst = this.#progress.firstRow === 0;
    if (isFirst) this.#progress.firstRow = row.number;
    if (this.#writer !== null) {
      const { a, b, c } = this.#reader.print;
      this.#spilled.push(key, a, b, c);
    } else if (isFirst) {
      const place = { row: row.number, line: row.line, byteOffset: row.judge.byteOffset(-1) };
      report.write(place, kinds.structural("uniqueness-limited"), null, null);
    }
  }

  #spill(row: JudgedRow): void {
    const spilled = this.#spilled;
    const record = this.#record;
    for (let i = 0; i < spilled.length; i += 4) {
      const [key = 0, a = 0, b = 0, c = 0] = spilled.slice(i, i + 4);
      const { bound } = this.keys[key] as UniqueKey;
      record.setKey(0, a, b, c);
      const place = { row: row.number, line: row.line, byteOffset: row.judge.byteOffset(bound.at) };
      record.setPlace(0, place, key, row.judge.state(), this.#value(bound, row));
      const partition = b >>> (32 - PARTITION_BITS);
      this.#writer?.append(partition, record.bytes.subarray(0, record.end(0)));
      this.#progress.counts[partition] = (this.#progress.counts[partition] as number) + 1;
    }
    this.#progress.lastRow = row.number;
    spilled.length = 0;
  }

  /** As the input has it. */
  #value({ at }: BoundColumn, { batch, row }: JudgedRow): string {
    if (at < 0 || at >= (batch.index.cellCounts[row] as number)) return "";
    return textAt(batch, this.options.width, row, at);
  }
}
