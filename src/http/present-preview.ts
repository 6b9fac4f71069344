import { cut } from "../catalogue/fold";
import type { Preview, PreviewedRow } from "../catalogue/preview/preview";
import type { RuleTally } from "../catalogue/report/rule-tallies";
import type { CellChange, ObservedFinding } from "../catalogue/run/observed";

/** As much of a value as a report shows. */
const FINDING_MAX_CODE_POINTS = 256;
const CELL_MAX_CODE_POINTS = 1_000;

export const presentPreview = ({ rows, byRule, correctedCells, counters, findingsTotal }: Preview) => ({
  counters,
  findings_total: findingsTotal,
  by_rule: presentRules(byRule, correctedCells),
  rows: rows.map(presentRow),
});

const presentRow = ({ row, line, changes, changesTotal, findings, findingsTotal }: PreviewedRow) => ({
  row,
  line,
  changes: changes.map(presentChange),
  changes_total: changesTotal,
  findings: findings.map(presentFinding),
  findings_total: findingsTotal,
});

/** Of a cell too long to be shown whole, the beginning: `cut` says so. */
function presentChange({ column, field, before, after, steps }: CellChange) {
  const shown = { before: cut(before, CELL_MAX_CODE_POINTS), after: cut(after, CELL_MAX_CODE_POINTS) };
  const isCut = shown.before.length < before.length || shown.after.length < after.length;
  return {
    column,
    field,
    ...shown,
    ...(isCut && { cut: true }),
    rules: steps.map(({ ruleId, fixClass }) => ({ rule_id: ruleId, class: fixClass })),
  };
}

/** As a report's line has it. */
function presentFinding({ place, kind, value, fix, first, suggestions }: ObservedFinding) {
  const shown = (text: string) => cut(text, FINDING_MAX_CODE_POINTS);
  return {
    row: place.row,
    line: place.line,
    column: kind.column,
    byte_offset: place.byteOffset,
    field: kind.field,
    rule_id: kind.ruleId,
    code: kind.code,
    severity: kind.severity,
    message: kind.message,
    value: value === null ? null : shown(value),
    expected: kind.expected,
    ...(fix && {
      fix: {
        before: shown(fix.before),
        after: shown(fix.after),
        rule: kind.ruleId,
        class: fix.fixClass,
        applied: fix.applied,
      },
    }),
    ...(first && { first }),
    ...(suggestions && { suggestions }),
  };
}

interface RuleSum {
  readonly rule_id: string;
  findings: number;
  corrected_cells: number;
  readonly fixes: Record<string, { applied: number; offered: number }>;
}

/** A rule may have several faults, and be about several columns: told as one. The order is that of the first finding. */
function presentRules(
  byRule: readonly RuleTally[],
  correctedCells: ReadonlyMap<string, number>,
): readonly RuleSum[] {
  const sums = new Map<string, RuleSum>();
  for (const { ruleId, findings, fixes } of byRule) {
    let sum = sums.get(ruleId);
    if (!sum) {
      sum = { rule_id: ruleId, findings: 0, corrected_cells: correctedCells.get(ruleId) ?? 0, fixes: {} };
      sums.set(ruleId, sum);
    }
    sum.findings += findings;
    for (const [fixClass, { applied, offered }] of Object.entries(fixes)) {
      const before = sum.fixes[fixClass] ?? { applied: 0, offered: 0 };
      sum.fixes[fixClass] = { applied: before.applied + applied, offered: before.offered + offered };
    }
  }
  return [...sums.values()];
}
