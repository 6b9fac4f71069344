import type { ShadowInput } from "../../durable-objects/tenant/operations/shadow";
import type { Shadow, ShadowExample, ShadowRule } from "../catalogue/preview/shadow";

export interface FileShadow {
  readonly input: ShadowInput;
  /** Or why the file was not looked at. */
  readonly shadow: Shadow | "not_there" | "not_a_table" | "out_of_time";
}

/** Of all files together. */
const EXAMPLES_OF_A_RULE = 5;

export function presentShadows(files: readonly FileShadow[]) {
  const shown = files.map(({ input: { jobId, fileRef }, shadow }) => {
    const named = { job_id: jobId, file_ref: fileRef };
    return typeof shadow === "string" ? { ...named, skipped: shadow } : { ...named, ...presentSides(shadow) };
  });
  const seen = files.flatMap(({ input, shadow }) =>
    typeof shadow === "string" ? [] : [{ jobId: input.jobId, shadow }],
  );
  const sum = (of: (shadow: Shadow) => number) => seen.reduce((total, { shadow }) => total + of(shadow), 0);
  return {
    rows: sum(({ rows }) => rows),
    becomes_error: sum(({ becomesError }) => becomesError),
    stops_being_error: sum(({ stopsBeingError }) => stopsBeingError),
    newly_failing: presentRules(seen.map(({ jobId, shadow }) => ({ jobId, rules: shadow.newlyFailing }))),
    newly_passing: presentRules(seen.map(({ jobId, shadow }) => ({ jobId, rules: shadow.newlyPassing }))),
    files: shown,
  };
}

const presentSides = ({ rows, isWhole, becomesError, stopsBeingError }: Shadow) => ({
  rows,
  truncated: !isWhole,
  becomes_error: becomesError,
  stops_being_error: stopsBeingError,
});

interface RuleSum {
  readonly rule_id: string;
  rows: number;
  readonly examples: (ShadowExample & { readonly job_id: string })[];
}

/** The rule that changes most comes first. */
function presentRules(
  byFile: readonly { readonly jobId: string; readonly rules: ReadonlyMap<string, ShadowRule> }[],
): readonly RuleSum[] {
  const sums = new Map<string, RuleSum>();
  for (const { jobId, rules } of byFile) {
    for (const [ruleId, { rows, examples }] of rules) {
      let sum = sums.get(ruleId);
      if (!sum) sums.set(ruleId, (sum = { rule_id: ruleId, rows: 0, examples: [] }));
      sum.rows += rows;
      const room = EXAMPLES_OF_A_RULE - sum.examples.length;
      sum.examples.push(...examples.slice(0, room).map((example) => ({ job_id: jobId, ...example })));
    }
  }
  return [...sums.values()].toSorted((a, b) => b.rows - a.rows);
}
