/**
 * Findings, serialised straight into bytes: what every finding of one rule in one column shares is encoded once.
 * A row of 0 is the header's: its findings are counted in the total, and in no row counter.
 */

import type { ByteWriter } from "../byte-writer";
import { cut } from "../fold";
import type { Suggestion } from "../fixes/suggest";
import type { FixClass, Severity } from "../profile/profile";
import type { Wording } from "./messages";
import { RuleTallies, type RuleTally } from "./rule-tallies";

const VALUE_MAX_CODE_POINTS = 256;

export interface FindingKind {
  /** 1-based; null if the whole row is meant. */
  readonly column: number | null;
  readonly field: string | null;
  readonly ruleId: string;
  readonly code: string;
  /** What the message says, and what there is to do about it. */
  readonly fault: Wording;
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

/** A kind, encoded. */
export interface FindingTemplate {
  readonly kind: FindingKind;
  readonly json: readonly [Uint8Array, Uint8Array, Uint8Array];
  readonly tally: RuleTally;
}

/** What of a report's account a later run needs that goes on with it. */
export interface ReportState {
  readonly total: number;
  readonly byRule: readonly RuleTally[];
}

export class Report {
  total = 0;
  readonly #tallies = new RuleTallies();

  constructor(private readonly ndjson: ByteWriter) {}

  get isFull(): boolean {
    return this.ndjson.isFull;
  }

  template(kind: FindingKind): FindingTemplate {
    return { kind, json: jsonParts(kind), tally: this.#tallies.of(kind) };
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
    this.#tallies.count(template.tally, place, value, fix);
    const shown = value === null ? null : cut(value, VALUE_MAX_CODE_POINTS);
    this.#writeJson(place, template, shown, fix, first, suggestions);
  }

  /** In the order in which each was found first. */
  byRule(): readonly RuleTally[] {
    return this.#tallies.all();
  }

  state(): ReportState {
    return { total: this.total, byRule: this.byRule() };
  }

  /** Goes on from another report's state: before anything is written. */
  restore({ total, byRule }: ReportState): void {
    this.total = total;
    this.#tallies.restore(byRule);
  }

  async flush(): Promise<void> {
    await this.ndjson.flush();
  }

  close(): Promise<void> {
    return this.ndjson.close();
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
