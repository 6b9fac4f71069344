/** What a rule rests on, and the day on which it was compared with that. */
export interface Provenance {
  readonly source: string;
  readonly checked_on: string;
}

const CHECKED_ON = "2026-11-24";

/** The project's own record of what a marketplace asks; its live pages were not looked at. */
export function recorded(whose: string): Provenance {
  return {
    source: `${whose}, as recorded in the project's domain facts, section 3`,
    checked_on: CHECKED_ON,
  };
}

/** A page of the marketplace's public documentation, read in a stored copy. */
export function documented(page: string): Provenance {
  return { source: `${page}, in a stored copy`, checked_on: CHECKED_ON };
}

/** What any catalogue wants, whether or not a page or the record says so. */
export const OWN: Provenance = {
  source: "ValidaHub's own check, beyond what the marketplace's rules are recorded to ask",
  checked_on: CHECKED_ON,
};
