/** What a change of a profile weighs, and what a step from one version number to another promises. Pure. */

export const CHANGE_LEVELS = ["none", "patch", "minor", "major"] as const;
export type ChangeLevel = (typeof CHANGE_LEVELS)[number];

export const isAtLeast = (level: ChangeLevel, wanted: ChangeLevel): boolean =>
  CHANGE_LEVELS.indexOf(level) >= CHANGE_LEVELS.indexOf(wanted);

export const highest = (levels: readonly ChangeLevel[]): ChangeLevel =>
  levels.reduce((most, level) => (isAtLeast(level, most) ? level : most), "none");

/** SemVer §4: while the major version is zero, anything may change, and each step may announce anything. */
export function stepOf(from: string, to: string): ChangeLevel {
  const [left, right] = [from, to].map((version) => version.split(".").map(Number));
  if (left?.[0] !== right?.[0] || right?.[0] === 0) return from === to ? "none" : "major";
  if (left?.[1] !== right?.[1]) return "minor";
  return from === to ? "none" : "patch";
}
