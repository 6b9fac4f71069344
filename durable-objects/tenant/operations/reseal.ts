import type { LogPosition } from "../../../src/shards/shard-projection";
import type { EntrySealRow, JobSealRow, StaleRows } from "../../../src/shards/shard-seals";
import { PRIVATE_NAMES, type PrivateName } from "../../../src/domain/job";
import { sealedBy, type Seal } from "../seal";
import type { Stores } from "../stores";
import { resealEndpoints } from "./endpoint-secrets";

/** Rows that one transaction seals anew at most. */
const STEP_MAX = 100;

export interface ResealedRows {
  readonly jobs: readonly JobSealRow[];
  readonly entries: readonly EntrySealRow[];
  /** The last row that was done; null: there are no more. */
  readonly cursor: string | null;
}

/** Seals the next rows after `cursor` by the current key; inside a command. What already is comes along unchanged. */
export const resealStep = (
  stores: Stores,
  seal: Seal,
  phase: "jobs" | "log",
  cursor: string,
): ResealedRows => (phase === "jobs" ? resealJobs(stores, seal, cursor) : resealLog(stores, seal, cursor));

function resealJobs(stores: Stores, seal: Seal, cursor: string): ResealedRows {
  const { jobSeals } = stores;
  if (cursor === "") resealEndpoints(stores, seal, sealedBy(seal.version));
  const rows = jobSeals.after(cursor, STEP_MAX);
  const done = rows.map(({ id, sealed }) => {
    if (seal.isCurrent(sealed)) return { id, sealed };
    const anew = seal.reseal(id, sealed);
    jobSeals.save(id, anew);
    return { id, sealed: anew.sealed };
  });
  return { jobs: done, entries: [], cursor: rows.length < STEP_MAX ? null : (rows.at(-1)?.id ?? null) };
}

/** What of the log, from the cursor on, is in the shard alone by now; null for nothing. */
export function trimmedFrom(
  { history }: Stores,
  cursor: string,
): { readonly after: LogPosition; readonly upTo: LogPosition; readonly limit: number } | null {
  const floor = history.floor();
  const after = positionAt(cursor);
  const isBehind =
    floor && (after.epoch < floor.epoch || (after.epoch === floor.epoch && after.seq < floor.seq));
  return isBehind ? { after, upTo: floor, limit: STEP_MAX } : null;
}

export const cursorAt = ({ epoch, seq }: LogPosition): string => `${epoch}-${seq}`;

function positionAt(cursor: string): LogPosition {
  const [epoch = 0, seq = 0] = cursor === "" ? [] : cursor.split("-").map(Number);
  return { epoch, seq };
}

function resealLog({ logSeals }: Stores, seal: Seal, cursor: string): ResealedRows {
  const { epoch, seq } = positionAt(cursor);
  const rows = logSeals.after(epoch, seq, STEP_MAX);
  const done = rows.map((row) => {
    if (seal.isCurrent(row.sealed)) return row;
    const { sealed } = seal.reseal(row.subject.slice("job:".length), row.sealed);
    logSeals.save(row, sealed);
    return { ...row, sealed };
  });
  const last = rows.length < STEP_MAX ? undefined : rows.at(-1);
  return { jobs: [], entries: done, cursor: last ? cursorAt(last) : null };
}

/** Rows of the shard that a late write has left behind: as the object has them, or sealed anew where it alone has them. */
export function resealStale(
  { jobs, logSeals }: Stores,
  seal: Seal,
  stale: StaleRows,
): { jobs: readonly JobSealRow[]; entries: readonly EntrySealRow[] } {
  return {
    jobs: stale.jobs.map(({ id, sealed }) => {
      const own = jobs.findStored(id);
      return { id, sealed: own ? own.sealed : anew(seal, id, sealed) };
    }),
    entries: stale.entries.map(({ epoch, seq, subject, payload, sealed }) => {
      const own = logSeals.at(epoch, seq);
      const jobId = subject.slice("job:".length);
      return {
        epoch,
        seq,
        ...(own ?? { payload, sealed: anew(seal, jobId, sealed, jobs.find(jobId)?.erased) }),
      };
    }),
  };
}

/** Without what was shredded since the row left the object. */
function anew(
  seal: Seal,
  jobId: string,
  sealed: string | null,
  erased: readonly PrivateName[] = [],
): string | null {
  if (sealed === null || PRIVATE_NAMES.every((name) => erased.includes(name))) return null;
  return seal.reseal(jobId, sealed, erased).sealed;
}
