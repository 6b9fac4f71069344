/**
 * Findings, serialised straight into bytes: what every finding of one rule in one column shares is encoded once.
 * A row of 0 is the header's: its findings are counted in the total, and in no row counter.
 */

import type { ByteWriter } from "../byte-writer";
import { cut } from "../fold";
import type { Suggestion } from "../fixes/suggest";
import type { FixClass, Severity } from "../profile/profile";

const VALUE_MAX_CODE_POINTS = 256;
const LF = 0x0a;
const COMMA = 0x2c;

export const REPORT_CSV_HEADER =
  "row,line,column,byte_offset,field,rule_id,code,severity,message,value,expected," +
  "fix_before,fix_after,fix_rule,fix_class,fix_applied\n";

export interface FindingKind {
  /** 1-based; null if the whole row is meant. */
  readonly column: number | null;
  readonly field: string | null;
  readonly ruleId: string;
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly expected: string | null;
}

export interface FindingFix {
  readonly before: string;
  readonly after: string;
  readonly fixClass: FixClass;
  readonly applied: boolean;
}

/** Where the key of a duplicate was seen first. */
export interface FirstSeen {
  readonly row: number;
  readonly line: number;
}

/** Where a finding stands. */
export interface FindingPlace {
  /** 1-based data row; 0 is the header. */
  readonly row: number;
  /** 1-based physical line on which the row starts. */
  readonly line: number;
  /** Of the cell, or of the row: 0-based, in the source as it was sent, inflated. */
  readonly byteOffset: number;
}

/** A kind, encoded; `count` is how many findings of it were written. */
export interface FindingTemplate {
  readonly kind: FindingKind;
  readonly json: readonly [Uint8Array, Uint8Array, Uint8Array];
  readonly csv: readonly [Uint8Array, Uint8Array, Uint8Array];
  count: number;
}

/** What of a report's account a later run needs that goes on with it. */
export interface ReportState {
  readonly total: number;
  readonly byRule: Readonly<Record<string, number>>;
}

export class Report {
  total = 0;
  /** Of a run before this one. */
  #earlier: Readonly<Record<string, number>> = {};
  readonly #templates: FindingTemplate[] = [];

  constructor(
    private readonly ndjson: ByteWriter,
    private readonly csv: ByteWriter | null,
  ) {}

  /** What comes before any finding. */
  begin(): void {
    this.csv?.text(REPORT_CSV_HEADER);
  }

  get isFull(): boolean {
    return this.ndjson.isFull || (this.csv?.isFull ?? false);
  }

  template(kind: FindingKind): FindingTemplate {
    const template = { kind, json: jsonParts(kind), csv: csvParts(kind), count: 0 };
    this.#templates.push(template);
    return template;
  }

  write(
    place: FindingPlace,
    template: FindingTemplate,
    value: string | null,
    fix: FindingFix | null,
    first: FirstSeen | null = null,
    suggestions: readonly Suggestion[] | null = null,
  ): void {
    this.total++;
    template.count++;
    const shown = value === null ? null : cut(value, VALUE_MAX_CODE_POINTS);
    this.#writeJson(place, template, shown, fix, first, suggestions);
    if (this.csv) writeCsv(this.csv, place, template, shown, fix);
  }

  byRule(): Record<string, number> {
    const counts: Record<string, number> = { ...this.#earlier };
    for (const { kind, count } of this.#templates) {
      if (count > 0) counts[kind.ruleId] = (counts[kind.ruleId] ?? 0) + count;
    }
    return counts;
  }

  state(): ReportState {
    return { total: this.total, byRule: this.byRule() };
  }

  /** Goes on from another report's state: before anything is written. */
  restore({ total, byRule }: ReportState): void {
    this.total = total;
    this.#earlier = byRule;
  }

  async flush(): Promise<void> {
    await this.ndjson.flush();
    await this.csv?.flush();
  }

  async close(): Promise<void> {
    await this.ndjson.close();
    await this.csv?.close();
  }

  #writeJson(
    place: FindingPlace,
    template: FindingTemplate,
    value: string | null,
    fix: FindingFix | null,
    first: FirstSeen | null,
    suggestions: readonly Suggestion[] | null,
  ): void {
    const out = this.ndjson;
    out.bytes(JSON_ROW);
    out.integer(place.row);
    out.bytes(JSON_LINE);
    out.integer(place.line);
    out.bytes(template.json[0]);
    out.integer(place.byteOffset);
    out.bytes(template.json[1]);
    if (value === null) out.bytes(JSON_NULL);
    else out.json(value);
    out.bytes(template.json[2]);
    if (fix) {
      out.bytes(JSON_BEFORE);
      out.json(cut(fix.before, VALUE_MAX_CODE_POINTS));
      out.bytes(JSON_AFTER);
      out.json(cut(fix.after, VALUE_MAX_CODE_POINTS));
      out.bytes(JSON_RULE);
      out.json(template.kind.ruleId);
      out.bytes(JSON_CLASS);
      out.json(fix.fixClass);
      out.bytes(fix.applied ? JSON_APPLIED : JSON_NOT_APPLIED);
    }
    if (first) {
      out.bytes(JSON_FIRST_ROW);
      out.integer(first.row);
      out.bytes(JSON_LINE);
      out.integer(first.line);
      out.bytes(JSON_END_MEMBER);
    }
    if (suggestions) {
      out.bytes(JSON_SUGGESTIONS);
      out.text(JSON.stringify(suggestions));
    }
    out.bytes(JSON_END);
  }
}

const encoder = new TextEncoder();
const JSON_ROW = encoder.encode('{"row":');
const JSON_LINE = encoder.encode(',"line":');
const JSON_NULL = encoder.encode("null");
const JSON_BEFORE = encoder.encode(',"fix":{"before":');
const JSON_AFTER = encoder.encode(',"after":');
const JSON_RULE = encoder.encode(',"rule":');
const JSON_CLASS = encoder.encode(',"class":');
const JSON_APPLIED = encoder.encode(',"applied":true}');
const JSON_NOT_APPLIED = encoder.encode(',"applied":false}');
const JSON_FIRST_ROW = encoder.encode(',"first":{"row":');
const JSON_END_MEMBER = encoder.encode("}");
const JSON_SUGGESTIONS = encoder.encode(',"suggestions":');
const JSON_END = encoder.encode("}\n");

function jsonParts(kind: FindingKind): [Uint8Array, Uint8Array, Uint8Array] {
  const members = {
    field: kind.field,
    rule_id: kind.ruleId,
    code: kind.code,
    severity: kind.severity,
    message: kind.message,
  };
  const shared = JSON.stringify(members).slice(1, -1);
  return [
    encoder.encode(`,"column":${kind.column},"byte_offset":`),
    encoder.encode(`,${shared},"value":`),
    encoder.encode(`,"expected":${JSON.stringify(kind.expected)}`),
  ];
}

function csvParts(kind: FindingKind): [Uint8Array, Uint8Array, Uint8Array] {
  const cells = [kind.field, kind.ruleId, kind.code, kind.severity, kind.message];
  const before = cells.map((cell) => csvCell(cell ?? "")).join(",");
  return [
    encoder.encode(`,${kind.column ?? ""},`),
    encoder.encode(`,${before},`),
    encoder.encode(`,${csvCell(kind.expected ?? "")},`),
  ];
}

function writeCsv(
  out: ByteWriter,
  place: FindingPlace,
  template: FindingTemplate,
  value: string | null,
  fix: FindingFix | null,
): void {
  out.integer(place.row);
  out.byte(COMMA);
  out.integer(place.line);
  out.bytes(template.csv[0]);
  out.integer(place.byteOffset);
  out.bytes(template.csv[1]);
  out.text(csvCell(value ?? ""));
  out.bytes(template.csv[2]);
  if (!fix) out.text(",,,,");
  else {
    const before = cut(fix.before, VALUE_MAX_CODE_POINTS);
    const after = cut(fix.after, VALUE_MAX_CODE_POINTS);
    const cells = [before, after, template.kind.ruleId, fix.fixClass, String(fix.applied)];
    out.text(cells.map(csvCell).join(","));
  }
  out.byte(LF);
}

const EXECUTABLE = /^'*[=+\-@\t\r\n]/;
const NUMBER = /^[+-]?\d[\d.,]*%?$/;

/**
 * A cell that a spreadsheet will show and not run. An apostrophe goes before what it would run, and before what
 * begins with such an apostrophe already, so that it can be taken off again; numbers are left alone.
 */
export function csvCell(text: string): string {
  const guarded = EXECUTABLE.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}
