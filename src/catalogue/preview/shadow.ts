/** What another version of a profile would newly refuse, and no longer refuse, of a file: both judge the same rows. */

import { ok, type Result } from "../../domain/result";
import { cut } from "../fold";
import type { CompiledProfile } from "../profile/compile";
import type { CatalogueFailure } from "../run/catalogue-run";
import type { ObservedFinding, RunObserver } from "../run/observed";
import { runCatalogue } from "../run/run";

export interface ShadowRun {
  /** The file from its beginning: it is read two or three times. */
  readonly open: () => Promise<ReadableStream<Uint8Array>>;
  readonly compressed: boolean;
  readonly maxInflatedBytes: number;
  readonly published: CompiledProfile;
  readonly draft: CompiledProfile;
  readonly bytesMax: number;
}

export interface ShadowExample {
  readonly row: number;
  readonly line: number;
  readonly field: string | null;
  readonly code: string;
  readonly value: string | null;
  readonly message: string;
}

export interface ShadowRule {
  /** Rows that change sides and in which the rule is an error. */
  rows: number;
  readonly examples: ShadowExample[];
}

export interface Shadow {
  /** That both have judged. */
  readonly rows: number;
  readonly isWhole: boolean;
  readonly becomesError: number;
  readonly stopsBeingError: number;
  /** By the draft's rules. */
  readonly newlyFailing: ReadonlyMap<string, ShadowRule>;
  /** By the published rules. */
  readonly newlyPassing: ReadonlyMap<string, ShadowRule>;
}

const EXAMPLES_OF_A_RULE = 5;
const VALUE_MAX_CODE_POINTS = 256;
/** Rows more would not change what is thought of a draft. */
const ERRORS_MAX = 500_000;

export async function shadowCatalogue(run: ShadowRun): Promise<Result<Shadow, CatalogueFailure>> {
  const before = await judged(run, run.published, null);
  if (!before.ok) return before;
  const after = await judged(run, run.draft, before.value);
  if (!after.ok) return after;
  const rows = Math.min(before.value.rows, after.value.rows);
  // The published rules are asked again, for what they said of rows that the draft lets through.
  const again = await judged(run, run.published, after.value);
  if (!again.ok) return again;
  return ok({
    rows,
    isWhole: before.value.isWhole && after.value.isWhole,
    becomesError: after.value.changed,
    stopsBeingError: again.value.changed,
    newlyFailing: after.value.rules,
    newlyPassing: again.value.rules,
  });
}

/** Errors by row, as one pass has found them, and those that another pass has not. */
interface Judged {
  readonly rows: number;
  readonly isWhole: boolean;
  readonly errors: RowSet;
  readonly changed: number;
  readonly rules: ReadonlyMap<string, ShadowRule>;
}

async function judged(
  { open, compressed, maxInflatedBytes, bytesMax }: ShadowRun,
  profile: CompiledProfile,
  other: Judged | null,
): Promise<Result<Judged, CatalogueFailure>> {
  const watch = new ErrorWatch(other);
  const outcome = await runCatalogue({
    source: await open(),
    compressed,
    maxInflatedBytes,
    profile,
    mode: "validate",
    output: null,
    report: NOWHERE,
    observer: watch,
    onProgress: ({ bytesJudged }) => (bytesJudged >= bytesMax || watch.found >= ERRORS_MAX ? "enough" : "go"),
  });
  if (!outcome.ok) return outcome;
  const { counters, isWhole } = outcome.value;
  const { errors, changed, rules } = watch;
  return ok({ rows: counters.total, isWhole, errors, changed, rules });
}

const NOWHERE = { write: () => undefined, close: () => Promise.resolve() };

class ErrorWatch implements RunObserver {
  readonly errors = new RowSet();
  readonly rules = new Map<string, ShadowRule>();
  changed = 0;
  found = 0;
  #ofRow: ObservedFinding[] = [];

  constructor(private readonly other: Pick<Judged, "rows" | "errors"> | null) {}

  finding(finding: ObservedFinding): void {
    this.found++;
    if (finding.kind.severity === "error" && finding.place.row > 0) this.#ofRow.push(finding);
  }

  change(): void {}

  rowEnd(row: number): void {
    const found = this.#ofRow;
    if (found.length === 0) return;
    this.#ofRow = [];
    this.errors.add(row);
    const { other } = this;
    if (other === null || row > other.rows || other.errors.has(row)) return;
    this.changed++;
    for (const ruleId of new Set(found.map(({ kind }) => kind.ruleId))) {
      const rule = this.#rule(ruleId);
      rule.rows++;
      const example = found.find(({ kind }) => kind.ruleId === ruleId);
      if (example && rule.examples.length < EXAMPLES_OF_A_RULE) rule.examples.push(exampleOf(example));
    }
  }

  #rule(ruleId: string): ShadowRule {
    const known = this.rules.get(ruleId);
    if (known) return known;
    const rule = { rows: 0, examples: [] };
    this.rules.set(ruleId, rule);
    return rule;
  }
}

const exampleOf = ({ place, kind, value }: ObservedFinding): ShadowExample => ({
  row: place.row,
  line: place.line,
  field: kind.field,
  code: kind.code,
  value: value === null ? null : cut(value, VALUE_MAX_CODE_POINTS),
  message: kind.message,
});

/** A bit a row: a few hundred KiB for as many rows as a few MiB can hold. */
class RowSet {
  #bits = new Uint8Array(4096);

  add(row: number): void {
    const at = row >> 3;
    if (at >= this.#bits.length) {
      const grown = new Uint8Array(Math.max(at + 1, this.#bits.length * 2));
      grown.set(this.#bits);
      this.#bits = grown;
    }
    this.#bits[at] = (this.#bits[at] ?? 0) | (1 << (row & 7));
  }

  has(row: number): boolean {
    return ((this.#bits[row >> 3] ?? 0) & (1 << (row & 7))) !== 0;
  }
}
