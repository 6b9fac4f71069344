/** What a run found, in one small document: `summary.json`, at most 256 KiB whatever the file and the profile are. */

import type { Counters } from "../../domain/counters";
import { ENGINE_VERSION } from "../engine-version";
import { cut } from "../fold";
import type { FixClass, Locale, Profile, Severity } from "../profile/profile";
import type { Reading } from "../reading/reading";
import type { CatalogueSummary } from "../run/catalogue-run";
import type { Wording } from "./messages";
import type { Example, FixCount, RuleTally } from "./rule-tallies";

/** Leaves room for the other members. */
const RULES_MAX_BYTES = 192 * 1024;
const RULES_MAX = 500;
const COLUMNS_SHOWN = 100;
const LABEL_MAX_CODE_POINTS = 100;
const SOURCE_MAX_CODE_POINTS = 300;

export type FixCounts = Readonly<Partial<Record<FixClass, Readonly<FixCount>>>>;

/** One rule and one fault in one field. */
export interface RuleCount {
  readonly rule_id: string;
  readonly field: string | null;
  readonly code: string;
  readonly severity: Severity;
  readonly findings: number;
  /** Data rows that have it. */
  readonly rows: number;
}

export interface RuleSummary extends RuleCount {
  /** What is wrong, in a word: it has a message and advice in each language. */
  readonly fault: Wording;
  readonly message: string;
  /** The profile's own message, in the languages that it has: no other wins over it. */
  readonly messages?: Readonly<Partial<Record<Locale, string>>>;
  readonly expected: string | null;
  readonly source?: string;
  readonly checked_on?: string;
  readonly fixes: FixCounts;
  readonly examples: readonly Example[];
}

/** Rules that are not listed one by one. */
export interface OtherRules {
  readonly rules: number;
  readonly findings: number;
  readonly by_severity: Readonly<Record<Severity, number>>;
}

export interface ReportSummary {
  readonly engine_version: string;
  readonly profile: { readonly id: string; readonly checksum: string };
  readonly job_id: string;
  readonly file_ref: string;
  readonly locale: Locale;
  readonly counters: Counters;
  readonly findings_total: number;
  readonly by_severity: Readonly<Record<Severity, number>>;
  readonly corrections: Readonly<Record<FixClass, Readonly<FixCount>>>;
  /** Worst first: errors before warnings before notes, then by the number of findings. */
  readonly by_rule: readonly RuleSummary[];
  readonly others: OtherRules | null;
  readonly report_digest: string;
  readonly reading: ReturnType<typeof presentReading>;
}

export interface SummaryContext {
  readonly jobId: string;
  readonly fileRef: string;
  readonly locale: Locale;
  readonly profile: Profile;
  readonly profileChecksum: string;
  readonly reportDigest: string;
}

export function summaryOf(run: CatalogueSummary, context: SummaryContext): ReportSummary {
  const { profile } = context;
  const rules = new Map(profile.rules.map((rule) => [rule.id, rule]));
  const sorted = worstFirst(run.byRule);
  const shown = withinBytes(
    sorted.slice(0, RULES_MAX).map((tally) => ruleSummary(tally, rules.get(tally.ruleId), context.locale)),
  );
  return {
    engine_version: ENGINE_VERSION,
    profile: { id: `${profile.channel}@${profile.version}`, checksum: context.profileChecksum },
    job_id: context.jobId,
    file_ref: context.fileRef,
    locale: context.locale,
    counters: run.counters,
    findings_total: run.findingsTotal,
    by_severity: bySeverity(run.byRule),
    corrections: byClass(run.byRule),
    by_rule: shown,
    others: othersOf(sorted.slice(shown.length)),
    report_digest: context.reportDigest,
    reading: presentReading(run.reading),
  };
}

/** The `most` worst rules with their counts, and what all others come to. */
export function countsByRule(
  tallies: readonly RuleTally[],
  most: number,
): { readonly by_rule: readonly RuleCount[]; readonly others: OtherRules | null } {
  const sorted = worstFirst(tallies);
  return { by_rule: sorted.slice(0, most).map(ruleCount), others: othersOf(sorted.slice(most)) };
}

const RANKS: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** Ties stay in the order in which they were found. */
const worstFirst = (tallies: readonly RuleTally[]): readonly RuleTally[] =>
  tallies.toSorted((a, b) => RANKS[a.severity] - RANKS[b.severity] || b.findings - a.findings);

const ruleCount = ({ ruleId, field, code, severity, findings, rows }: RuleTally): RuleCount => ({
  rule_id: ruleId,
  field,
  code,
  severity,
  findings,
  rows,
});

function ruleSummary(
  tally: RuleTally,
  rule: Profile["rules"][number] | undefined,
  locale: Locale,
): RuleSummary {
  const own = rule?.message;
  return {
    ...ruleCount(tally),
    fault: tally.fault,
    message: tally.message,
    ...(own !== undefined && { messages: typeof own === "string" ? { [locale]: own } : own }),
    expected: tally.expected,
    ...(rule?.source !== undefined && { source: cut(rule.source, SOURCE_MAX_CODE_POINTS) }),
    ...(rule?.checked_on !== undefined && { checked_on: rule.checked_on }),
    fixes: tally.fixes,
    examples: tally.examples,
  };
}

/** As many of the first as fit. */
function withinBytes(rules: readonly RuleSummary[]): readonly RuleSummary[] {
  const encoder = new TextEncoder();
  let bytes = 0;
  const past = rules.findIndex((rule) => {
    bytes += encoder.encode(JSON.stringify(rule)).length + 1;
    return bytes > RULES_MAX_BYTES;
  });
  return past === -1 ? rules : rules.slice(0, past);
}

function othersOf(tallies: readonly RuleTally[]): OtherRules | null {
  if (tallies.length === 0) return null;
  const findings = tallies.reduce((sum, tally) => sum + tally.findings, 0);
  return { rules: tallies.length, findings, by_severity: bySeverity(tallies) };
}

function bySeverity(tallies: readonly RuleTally[]): Record<Severity, number> {
  const counts = { error: 0, warning: 0, info: 0 };
  for (const { severity, findings } of tallies) counts[severity] += findings;
  return counts;
}

function byClass(tallies: readonly RuleTally[]): Record<FixClass, FixCount> {
  const none = (): FixCount => ({ applied: 0, offered: 0 });
  const counts = { safe: none(), lossy: none(), invented: none() };
  for (const { fixes } of tallies)
    for (const fixClass of ["safe", "lossy", "invented"] as const) {
      counts[fixClass].applied += fixes[fixClass]?.applied ?? 0;
      counts[fixClass].offered += fixes[fixClass]?.offered ?? 0;
    }
  return counts;
}

/** How the file was read; of very many columns the first are named. */
const presentReading = (reading: Reading) => ({
  encoding: reading.encoding,
  bom: reading.bom,
  line_end: reading.lineEnd,
  delimiter: reading.delimiter,
  quote_char: reading.quoteChar,
  header_line: reading.headerLine,
  preamble_lines: reading.preambleLines,
  mixed_line_ends: reading.mixedLineEnds,
  confidence: reading.confidence,
  columns_total: reading.columns.length,
  columns: reading.columns.slice(0, COLUMNS_SHOWN).map(({ label, field, how, suggestion }) => ({
    label: cut(label, LABEL_MAX_CODE_POINTS),
    field,
    how,
    ...(suggestion !== undefined && { suggestion }),
  })),
});
