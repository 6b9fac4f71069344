import { isUnderWay, type KeyRotation } from "../domain/key-rotation";
import { optionalTime, rfc3339 } from "./present";

export const presentRotation = (rotation: KeyRotation) => ({
  to_version: rotation.toVersion,
  reason: rotation.reason,
  status: isUnderWay(rotation) ? "under_way" : "complete",
  phase: isUnderWay(rotation) ? rotation.phase : null,
  progress: {
    jobs: { done: rotation.jobsDone, total: rotation.jobsTotal },
    log_entries: { done: rotation.entriesDone, total: rotation.entriesTotal },
    files: { done: rotation.filesDone, bytes: rotation.bytesDone },
  },
  started_at: rfc3339(rotation.startedAtMs),
  updated_at: rfc3339(rotation.updatedAtMs),
  completed_at: optionalTime(rotation.completedAtMs),
});
