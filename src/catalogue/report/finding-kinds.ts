/** The kinds of finding that this file can have, encoded the first time each is found. */

import type { BoundColumn } from "../reading/binding";
import type { Fault } from "../checks/checks";
import type { CompiledRule } from "../profile/compile";
import { cut } from "../fold";
import { findingCode } from "./finding-code";
import { filledIn, messageFor, type StructuralFault, type Wording } from "./messages";
import type { Locale, Severity } from "../profile/profile";
import type { FindingTemplate, Report } from "./report";

/** error: cells may have been read wrongly, or not at all. warning: the reading is sure, the file is untidy. */
const SEVERITIES: Readonly<Record<StructuralFault, Severity>> = {
  "blank-row": "warning",
  "extra-cell": "error",
  "missing-cell": "warning",
  "blank-label": "warning",
  "duplicate-label": "error",
  "missing-label": "error",
  "stray-quote": "warning",
  "unclosed-quote": "error",
  "row-too-long": "error",
  "encoding-error": "error",
  "mixed-convention": "warning",
  "uniqueness-limited": "warning",
  "nul-byte": "warning",
  "mixed-line-ends": "warning",
  "ambiguous-dialect": "warning",
  "blank-header": "error",
};

const EXPECTED_MAX_CODE_POINTS = 256;

export class FindingKinds {
  readonly #structural = new Map<string, FindingTemplate>();
  readonly #ofRules = new Map<CompiledRule, Map<Fault, FindingTemplate>>();

  constructor(
    private readonly report: Report,
    private readonly locale: Locale,
    private readonly labels: readonly string[],
  ) {}

  ofRule(bound: BoundColumn, rule: CompiledRule, fault: Fault): FindingTemplate {
    let byFault = this.#ofRules.get(rule);
    if (!byFault) this.#ofRules.set(rule, (byFault = new Map()));
    let template = byFault.get(fault);
    if (!template) {
      const expected = cut(rule.check.expected, EXPECTED_MAX_CODE_POINTS);
      const own = typeof rule.message === "string" ? rule.message : rule.message?.[this.locale];
      const wording = wordingOf(rule, fault);
      const names = { field: bound.label, expected };
      template = this.report.template({
        column: bound.at >= 0 ? bound.at + 1 : null,
        field: rule.field,
        ruleId: rule.id,
        code: findingCode(rule.field, fault),
        fault: wording,
        severity: rule.severity,
        message:
          own === undefined ? messageFor(this.locale, wording, names) : filledIn(this.locale, own, names),
        expected,
      });
      byFault.set(fault, template);
    }
    return template;
  }

  extraCell(): FindingTemplate {
    const width = this.labels.length;
    return this.structural("extra-cell", width + 1, null, `${width} cells`);
  }

  missingCell(cells: number): FindingTemplate {
    const width = this.labels.length;
    return this.structural("missing-cell", cells + 1, this.labels[cells] ?? null, `${width} cells`);
  }

  inCell(fault: StructuralFault, at: number): FindingTemplate {
    return this.structural(fault, at + 1, this.labels[at] ?? null);
  }

  mixedConvention({ at, label, column }: BoundColumn): FindingTemplate {
    const { numbers, dates } = column.conventions;
    const expected = [numbers, dates].filter((convention) => convention !== null).join(", ");
    return this.structural("mixed-convention", at + 1, label, expected);
  }

  structural(
    fault: StructuralFault,
    column: number | null = null,
    field: string | null = null,
    expected: string | null = null,
  ): FindingTemplate {
    const key = `${fault} ${column} ${field}`;
    let template = this.#structural.get(key);
    if (!template) {
      const message = messageFor(this.locale, fault, { field: field ?? "", expected: expected ?? "" });
      const severity = SEVERITIES[fault];
      template = this.report.template({
        column,
        field,
        ruleId: fault,
        code: fault,
        fault,
        severity,
        message,
        expected,
      });
      this.#structural.set(key, template);
    }
    return template;
  }
}

function wordingOf({ check }: CompiledRule, fault: Fault): Wording {
  return fault === "AMBIGUOUS" && check.reads === "dates" ? "AMBIGUOUS_DATE" : fault;
}
