/**
 * The key that a row has under a rule: the corrected values of the rule's fields, trimmed, in the form in which
 * they are compared. A cell that no fix can change, or that its screens clear, is hashed where it lies.
 */

import { passesAll, type Screen } from "../../checks/screens";
import type { CompiledRule, KeyForm, UniqueRule } from "../../profile/compile";
import type { FixClass } from "../../profile/profile";
import type { Batch } from "../../reading/batch";
import type { BoundColumn } from "../../reading/binding";
import { CELL_FLAGS, FLAG_BITS, QUOTED } from "../../reading/row-index";
import { firstInvalidUtf8 } from "../../reading/utf8";
import { Fingerprint, type Seed, seedOf } from "./fingerprint";

/** A row under judgement. */
export interface RowInHand {
  readonly batch: Batch;
  /** In the batch. */
  readonly row: number;
  readonly isUtf8: boolean;
  readonly judge: {
    /** The corrected text of the column at `place` among the bound ones. */
    correctedAt(place: number): string;
  };
}

interface KeyPart {
  readonly place: number;
  /** 0-based place in the file. */
  readonly at: number;
  readonly canChange: boolean;
  /** What passes them all cannot change; null if something else may change it. */
  readonly screens: readonly Screen[] | null;
}

export interface UniqueKey {
  readonly rule: UniqueRule;
  readonly bound: BoundColumn;
  /** Of `bound` among the bound columns. */
  readonly place: number;
  readonly seed: Seed;
  readonly parts: readonly KeyPart[];
}

/** Null if the file has none of the rule's columns: then there is nothing to compare. */
export function bindKey(
  rule: UniqueRule,
  columns: readonly BoundColumn[],
  profileName: string,
  applyFixes: ReadonlySet<FixClass>,
): UniqueKey | null {
  const places = rule.fields.map((field) => columns.findIndex(({ column }) => column.field === field));
  const place = places[0] ?? -1;
  const bound = columns[place];
  const parts = places.flatMap((each): KeyPart[] => {
    const of = columns[each];
    if (!of) return [];
    const { rules, screens, unscreened } = of.column;
    const changes = ({ fixes, mayFix }: CompiledRule) =>
      mayFix && fixes.some(({ fixClass }) => applyFixes.has(fixClass));
    const isScreened = !unscreened.some(changes);
    return [{ place: each, at: of.at, canChange: rules.some(changes), screens: isScreened ? screens : null }];
  });
  if (!bound || parts.every(({ at }) => at < 0)) return null;
  return { rule, bound, place, seed: seedOf(`${profileName} ${rule.id}`), parts };
}

const LENGTH_BYTES = 4;
const ZERO = 0x30;
const GTIN_DIGITS = 14;
const encoder = new TextEncoder();

type Located = typeof BLANK | typeof UNSURE | typeof SURE;
const BLANK = 0;
/** It takes the text to know the value. */
const UNSURE = 1;
const SURE = 2;

export class KeyReader {
  readonly print = new Fingerprint();
  /** Of the part located last. */
  #start = 0;
  #end = 0;
  #buffer = new Uint8Array(256);
  #length = 0;
  readonly #width: number;

  constructor(width: number) {
    this.#width = width;
  }

  /** Leaves the key's fingerprint in `print`; false if the key is wholly blank. */
  read({ seed, parts, rule: { form } }: UniqueKey, row: RowInHand): boolean {
    this.#length = 0;
    if (parts.length === 1) {
      const part = parts[0] as KeyPart;
      const found = this.#locate(part, row);
      if (found === SURE && form === "exact") {
        this.print.of(seed, row.batch.bytes, this.#start, this.#end);
        return true;
      }
      if (found === BLANK || !this.#append(found, part, form, row)) return false;
      this.print.of(seed, this.#buffer, 0, this.#length);
      return true;
    }
    let isBlank = true;
    for (const part of parts) {
      const from = this.#length;
      this.#reserve(LENGTH_BYTES);
      const found = this.#locate(part, row);
      if (found !== BLANK && this.#append(found, part, form, row)) isBlank = false;
      const size = this.#length - from - LENGTH_BYTES;
      for (let i = 0; i < LENGTH_BYTES; i++) this.#buffer[from + i] = size >>> (i * 8);
    }
    if (isBlank) return false;
    this.print.of(seed, this.#buffer, 0, this.#length);
    return true;
  }

  /** Finds the part's trimmed bytes and how sure they are to be its value. */
  #locate({ at, canChange, screens }: KeyPart, { batch: { index, bytes }, row }: RowInHand): Located {
    if (at < 0 || at >= (index.cellCounts[row] as number)) return BLANK;
    const slot = row * this.#width + at;
    const packed = index.ends[slot] as number;
    let start = index.starts[slot] as number;
    let end = packed >> FLAG_BITS;
    const isSettled =
      (packed & CELL_FLAGS) <= QUOTED &&
      (!canChange || (screens !== null && passesAll(screens, bytes, start, end)));
    while (start < end && isSpace(bytes[start] as number)) start++;
    while (start < end && isSpace(bytes[end - 1] as number)) end--;
    this.#start = start;
    this.#end = end;
    if (!isSettled) return UNSURE;
    if (start === end) return BLANK;
    // What is not ASCII may be a space at the edge that only text knows how to trim.
    return ((bytes[start] as number) | (bytes[end - 1] as number)) < 0x80 ? SURE : UNSURE;
  }

  /** False, and nothing appended, if the located part turns out to be blank. */
  #append(found: Located, { place }: KeyPart, form: KeyForm, row: RowInHand): boolean {
    const { bytes } = row.batch;
    const [start, end] = [this.#start, this.#end];
    if (found === SURE && this.#appendBytes(bytes, start, end, form)) return true;
    if (!row.isUtf8 && firstInvalidUtf8(bytes, start, end) >= 0) {
      this.#copy(bytes, start, end);
      return true;
    }
    const text = row.judge.correctedAt(place).trim();
    if (text !== "") this.#appendText(text, form);
    return text !== "";
  }

  /** False, and nothing appended, if it takes text to find the form. */
  #appendBytes(bytes: Uint8Array, start: number, end: number, form: KeyForm): boolean {
    if (form === "gtin" && isGtin(bytes, start, end)) {
      const zeros = GTIN_DIGITS - (end - start);
      const at = this.#reserve(zeros);
      this.#buffer.fill(ZERO, at, at + zeros);
    }
    const at = this.#copy(bytes, start, end);
    if (form !== "any_case") return true;
    const buffer = this.#buffer;
    for (let i = at; i < this.#length; i++) {
      const byte = buffer[i] as number;
      if (byte >= 0x80) {
        this.#length = at;
        return false;
      }
      if (byte >= 0x61 && byte <= 0x7a) buffer[i] = byte - 0x20;
    }
    return true;
  }

  #appendText(text: string, form: KeyForm): void {
    const formed = formOf(text, form);
    const at = this.#reserve(formed.length * 3);
    this.#length = at + encoder.encodeInto(formed, this.#buffer.subarray(at)).written;
  }

  #copy(bytes: Uint8Array, start: number, end: number): number {
    const at = this.#reserve(end - start);
    const buffer = this.#buffer;
    for (let i = start, to = at; i < end; i++, to++) buffer[to] = bytes[i] as number;
    return at;
  }

  #reserve(length: number): number {
    const at = this.#length;
    if (at + length > this.#buffer.length) {
      const grown = new Uint8Array((at + length) * 2);
      grown.set(this.#buffer.subarray(0, at));
      this.#buffer = grown;
    }
    this.#length = at + length;
    return at;
  }
}

/** Lower case, then upper: both sigmas, and ß and SS, come out as one. */
function formOf(text: string, form: KeyForm): string {
  switch (form) {
    case "exact":
      return text;
    case "any_case":
      return text.toLowerCase().toUpperCase();
    case "gtin":
      return /^(?:\d{8}|\d{12,14})$/.test(text) ? text.padStart(GTIN_DIGITS, "0") : text;
  }
}

function isGtin(bytes: Uint8Array, start: number, end: number): boolean {
  const size = end - start;
  if (size !== 8 && (size < 12 || size > GTIN_DIGITS)) return false;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte < ZERO || byte > 0x39) return false;
  }
  return true;
}

/** What `trim` takes for a space, of ASCII. */
function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
