/** How one version of a tenant's key takes the place of those before it. Pure: callers pass the clock. */

/** Why a new version was made. */
export type RotationReason =
  /** Its time had come, by the tenant's tier. */
  | "scheduled"
  /** An operator asked for it. */
  | "requested"
  /** Something was shredded: older copies of it become unreadable with the key they are sealed by. */
  | "shredded"
  /** Somebody else wraps the tenant's keys now. */
  | "custody_changed"
  /** The tenant is older than sealing: what lies in the clear is sealed. */
  | "first_sealing";

/** In this order; what was written meanwhile under a former version is found by the check, which may go back. */
export type RotationPhase = "jobs" | "log" | "files" | "check" | "destroy";

export interface KeyRotation {
  readonly reason: RotationReason;
  readonly toVersion: number;
  readonly phase: RotationPhase;
  /** How far the phase has come: the last row or R2 key that is done; empty at its beginning. */
  readonly cursor: string;
  readonly jobsDone: number;
  readonly entriesDone: number;
  readonly filesDone: number;
  readonly bytesDone: number;
  /** What there was to do when it began; more may have come since. */
  readonly jobsTotal: number;
  readonly entriesTotal: number;
  /** The files' worker holds it; a report with another is late and changes nothing. */
  readonly token: string | null;
  readonly leaseExpiresAtMs: number | null;
  /** A file was written by a former version after this one began: the files are gone through once more. */
  readonly hasLateFiles: boolean;
  /** Former versions that nothing opens any more, and whose halves are to be destroyed. */
  readonly ended: readonly number[];
  readonly startedAtMs: number;
  readonly updatedAtMs: number;
  readonly completedAtMs: number | null;
}

export const beginRotation = (
  reason: RotationReason,
  toVersion: number,
  totals: Pick<KeyRotation, "jobsTotal" | "entriesTotal">,
  nowMs: number,
): KeyRotation => ({
  reason,
  toVersion,
  phase: "jobs",
  cursor: "",
  jobsDone: 0,
  entriesDone: 0,
  filesDone: 0,
  bytesDone: 0,
  ...totals,
  token: null,
  leaseExpiresAtMs: null,
  hasLateFiles: false,
  ended: [],
  startedAtMs: nowMs,
  updatedAtMs: nowMs,
  completedAtMs: null,
});

export const isUnderWay = (rotation: KeyRotation | null): rotation is KeyRotation =>
  rotation !== null && rotation.completedAtMs === null;

const NEXT: Readonly<Record<RotationPhase, RotationPhase | null>> = {
  jobs: "log",
  log: "files",
  files: "check",
  check: "destroy",
  destroy: null,
};

/** The phase is done: on to the next one, or the end. */
export function nextPhase(rotation: KeyRotation, nowMs: number): KeyRotation {
  const phase = NEXT[rotation.phase];
  const rest = { cursor: "", token: null, leaseExpiresAtMs: null, updatedAtMs: nowMs } as const;
  return phase === null ? { ...rotation, ...rest, completedAtMs: nowMs } : { ...rotation, ...rest, phase };
}

/** The check has found what a former version still seals: once more from that phase on. */
export const backTo = (rotation: KeyRotation, phase: "jobs" | "files", nowMs: number): KeyRotation => ({
  ...rotation,
  phase,
  cursor: "",
  hasLateFiles: false,
  token: null,
  leaseExpiresAtMs: null,
  updatedAtMs: nowMs,
});
