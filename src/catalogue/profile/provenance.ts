/** Where a profile's rules come from: a marketplace changes its rules, and who copied them has to look again. */

const DAY_MS = 86_400_000;
/** What was checked longer ago may not be true any more. */
export const STALE_AFTER_DAYS = 180;

export interface Sourced {
  readonly id: string;
  readonly source?: string | undefined;
  readonly checked_on?: string | undefined;
}

export interface Provenance {
  readonly rules: number;
  readonly with_source: number;
  /** Null if no rule says when it was checked. */
  readonly oldest_checked_on: string | null;
  readonly stale: readonly StaleRule[];
}

export interface StaleRule {
  readonly id: string;
  readonly checked_on: string;
  readonly days: number;
}

export function provenanceOf(rules: readonly Sourced[], nowMs: number): Provenance {
  const dates = rules.flatMap(({ checked_on }) => (checked_on === undefined ? [] : [checked_on]));
  return {
    rules: rules.length,
    with_source: rules.filter(({ source }) => source !== undefined && source.trim() !== "").length,
    oldest_checked_on: dates.toSorted()[0] ?? null,
    stale: rules.flatMap((rule) => staleness(rule, nowMs)),
  };
}

function staleness({ id, checked_on }: Sourced, nowMs: number): readonly StaleRule[] {
  if (checked_on === undefined) return [];
  const days = Math.floor((nowMs - Date.parse(checked_on)) / DAY_MS);
  return days > STALE_AFTER_DAYS ? [{ id, checked_on, days }] : [];
}

export interface ProfileWarning {
  /** A JSON pointer into the profile. */
  readonly path: string;
  readonly message: string;
}

/** What is no fault of a profile and should be looked at before it is published. */
export function provenanceWarnings(rules: readonly Sourced[], nowMs: number): readonly ProfileWarning[] {
  return rules.flatMap((rule, i): readonly ProfileWarning[] => {
    const [stale] = staleness(rule, nowMs);
    if (stale)
      return [
        {
          path: `/rules/${i}/checked_on`,
          message: `"${rule.id}" was last checked on ${stale.checked_on}, ${stale.days} days ago: look at its source again.`,
        },
      ];
    if (rule.source !== undefined && rule.checked_on === undefined)
      return [
        { path: `/rules/${i}`, message: `"${rule.id}" has a source, and does not say when it was checked.` },
      ];
    return [];
  });
}
