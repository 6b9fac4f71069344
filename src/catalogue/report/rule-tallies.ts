/** What was found, rule by rule: exact counts, and the first few examples, in memory that a profile bounds. */

import { cut } from "../fold";
import type { FixClass, Severity } from "../profile/profile";
import type { Wording } from "./messages";
import type { FindingFix, FindingKind, FindingPlace } from "./report";

const EXAMPLES_OF_A_RULE = 5;
/** Of all rules together: a profile may have thousands, and each its own faults. */
const EXAMPLES_MAX = 2_000;
const EXAMPLE_MAX_CODE_POINTS = 100;
const FIELD_MAX_CODE_POINTS = 100;
const MESSAGE_MAX_CODE_POINTS = 500;

export interface Example {
  /** 1-based data row; 0 is the header. */
  readonly row: number;
  readonly line: number;
  readonly value: string | null;
  /** What a fix made of the value, or would. */
  readonly after?: string;
}

/** Fixes of one class that were made, and that were only offered. */
export interface FixCount {
  applied: number;
  offered: number;
}

/** All findings of one rule with one fault in one field. */
export interface RuleTally {
  readonly ruleId: string;
  readonly field: string | null;
  readonly code: string;
  readonly fault: Wording;
  readonly severity: Severity;
  readonly message: string;
  readonly expected: string | null;
  findings: number;
  /** Rows with such a finding; the header is none. */
  rows: number;
  lastRow: number;
  readonly fixes: Partial<Record<FixClass, FixCount>>;
  readonly examples: Example[];
}

export class RuleTallies {
  readonly #tallies = new Map<string, RuleTally>();
  #examples = 0;

  /** The tally that findings of this kind belong to: whatever their column. */
  of({ ruleId, field, code, fault, severity, message, expected }: FindingKind): RuleTally {
    const named = field === null ? null : cut(field, FIELD_MAX_CODE_POINTS);
    const key = keyOf(ruleId, named, code);
    let tally = this.#tallies.get(key);
    if (!tally) {
      tally = {
        ruleId,
        field: named,
        code,
        fault,
        severity,
        message: cut(message, MESSAGE_MAX_CODE_POINTS),
        expected,
        findings: 0,
        rows: 0,
        lastRow: 0,
        fixes: {},
        examples: [],
      };
      this.#tallies.set(key, tally);
    }
    return tally;
  }

  count(tally: RuleTally, { row, line }: FindingPlace, value: string | null, fix: FindingFix | null): void {
    tally.findings++;
    if (row !== tally.lastRow) {
      tally.rows++;
      tally.lastRow = row;
    }
    if (fix) {
      const counted = (tally.fixes[fix.fixClass] ??= { applied: 0, offered: 0 });
      if (fix.applied) counted.applied++;
      else counted.offered++;
    }
    if (tally.examples.length === EXAMPLES_OF_A_RULE || this.#examples === EXAMPLES_MAX) return;
    this.#examples++;
    tally.examples.push({
      row,
      line,
      value: value === null ? null : cut(value, EXAMPLE_MAX_CODE_POINTS),
      ...(fix && { after: cut(fix.after, EXAMPLE_MAX_CODE_POINTS) }),
    });
  }

  /** Goes on from another run's: before anything is counted. */
  restore(tallies: readonly RuleTally[]): void {
    for (const tally of tallies) {
      this.#tallies.set(keyOf(tally.ruleId, tally.field, tally.code), tally);
      this.#examples += tally.examples.length;
    }
  }

  all(): readonly RuleTally[] {
    return [...this.#tallies.values()].filter(({ findings }) => findings > 0);
  }
}

const keyOf = (ruleId: string, field: string | null, code: string): string =>
  JSON.stringify([ruleId, field, code]);
