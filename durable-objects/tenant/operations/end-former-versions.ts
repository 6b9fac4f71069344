import { backTo, isUnderWay, nextPhase } from "../../../src/domain/key-rotation";
import { ARCHIVE_SINK } from "../backlog";
import { SEALED, sealedBy } from "../seal";
import type { Stores } from "../stores";

/**
 * The end of a rotation's check, in one transaction: nothing is left that a former version seals, nobody writes by one,
 * and none opens any more. What was found sends the rotation back. False: somebody has to finish first.
 */
export function endFormerVersions(stores: Stores, nowMs: number): boolean {
  const { keyState, jobSeals, logSeals, dataKeys } = stores;
  const rotation = keyState.rotation();
  if (!isUnderWay(rotation) || rotation.phase !== "check") return true;
  const { toVersion } = rotation;
  const wanted = sealedBy(toVersion);
  if (rotation.hasLateFiles) keyState.saveRotation(backTo(rotation, "files", nowMs));
  else if (jobSeals.hasOther(wanted, SEALED) || logSeals.hasOther(wanted, SEALED))
    keyState.saveRotation(backTo(rotation, "jobs", nowMs));
  else {
    if (isStillWritten(stores, toVersion, nowMs)) return false;
    const ended = dataKeys
      .list()
      .filter(({ version, kept }) => kept !== null && version < toVersion)
      .map(({ version }) => version);
    for (const version of ended) dataKeys.destroy(version, nowMs);
    keyState.saveRotation({ ...nextPhase(rotation, nowMs), ended });
  }
  return true;
}

/** Jobs that run, uploads in parts that are open, and a segment whose writing nobody saw end, by a version before this one. */
export const isStillWritten = (
  { jobs, files, segments, sinks }: Stores,
  version: number,
  nowMs: number,
): boolean =>
  jobs.leased().some(({ lease }) => (lease?.keyVersion ?? version) < version) ||
  files.hasOpenBefore(version, nowMs) ||
  segments.isInDoubtBefore(sinks.cursor(ARCHIVE_SINK), version);
