import type { FileKeys } from "../../../src/crypto/file-keys";
import { isUnderWay, nextPhase, type KeyRotation } from "../../../src/domain/key-rotation";
import { PRIVATE_NAMES } from "../../../src/domain/job";
import type { LeftOut } from "../../../src/domain/log-segment";
import { err, ok, type Result } from "../../../src/domain/result";
import { parseKey } from "../../../src/storage/keys";
import type { TenantId } from "../../../src/domain/tenant-id";
import { FILES_LEASE_MS } from "../rotation";
import type { Stores } from "../stores";

/** The files' worker's side of a rotation: every call carries the token it was sent with, and a late one changes nothing. */
export type ResealRefusal = { readonly reason: "not_yours" };

export interface ResealKeys extends FileKeys {
  /** Of an archived segment; absent where an older object answers, which has archived nothing. */
  readonly leftOut?: readonly LeftOut[];
}

export interface ResealSpec {
  /** The last R2 key that is done; empty at the beginning. */
  readonly cursor: string;
}

export interface ResealReport {
  readonly cursor: string;
  /** Sealed anew since the last report. */
  readonly files: number;
  readonly bytes: number;
  /** R2 keys that were written. */
  readonly written: readonly string[];
  /** Every file has been looked at; the work goes on with another message while it is false and the worker stops. */
  readonly ending: "goes_on" | "stops" | "done";
}

export interface ResealAnswer {
  /** Of what was written: files that were deleted meanwhile, and must be so again. */
  readonly deleted: readonly string[];
}

export function beginReseal(stores: Stores, epoch: number, token: string): Result<ResealSpec, ResealRefusal> {
  const rotation = current(stores, token);
  if (rotation === null || epoch !== stores.log.head().epoch) return err({ reason: "not_yours" });
  return ok({ cursor: rotation.cursor });
}

export function reportReseal(
  stores: Stores,
  token: string,
  report: ResealReport,
  nowMs: number,
): Result<ResealAnswer, ResealRefusal> {
  const rotation = current(stores, token);
  if (rotation === null) return err({ reason: "not_yours" });
  const done: KeyRotation = {
    ...rotation,
    cursor: report.cursor,
    filesDone: rotation.filesDone + report.files,
    bytesDone: rotation.bytesDone + report.bytes,
    updatedAtMs: nowMs,
  };
  stores.keyState.saveRotation(after(done, report.ending, nowMs));
  stores.timers.replace("key_rotation", report.ending === "goes_on" ? nowMs + FILES_LEASE_MS : nowMs);
  const tenantId = stores.tenant.find()?.tenantId;
  return ok({ deleted: tenantId ? report.written.filter((path) => isDead(stores, tenantId, path)) : [] });
}

function after(done: KeyRotation, ending: ResealReport["ending"], nowMs: number): KeyRotation {
  switch (ending) {
    case "goes_on":
      return { ...done, leaseExpiresAtMs: nowMs + FILES_LEASE_MS };
    case "stops":
      return { ...done, token: null, leaseExpiresAtMs: null };
    case "done":
      return nextPhase(done, nowMs);
  }
}

function current({ keyState }: Stores, token: string): KeyRotation | null {
  const rotation = keyState.rotation();
  return isUnderWay(rotation) && rotation.phase === "files" && rotation.token === token ? rotation : null;
}

/** What must not stay in an archived segment: private members whose shredding waits for their older copies to go. */
export function leftOutOf(
  { shreds, segments, jobs }: Stores,
  tenantId: TenantId,
  path: string,
): readonly LeftOut[] {
  const named = parseKey(tenantId, path);
  if (named?.kind !== "segment") return [];
  const span = segments.find(named.epoch, named.firstSeq);
  return [...shreds.toErase(), ...shreds.toComplete()].flatMap(({ scope }) => {
    if (scope.type === "tenant") return [];
    const { jobId } = scope;
    // A submission is written when its job is made.
    const madeMs = jobs.find(jobId)?.createdAtMs;
    if (span && madeMs !== undefined && (madeMs < span.minMs || madeMs > span.maxMs)) return [];
    return [{ jobId, names: scope.type === "job" ? PRIVATE_NAMES : scope.fields }];
  });
}

/** Whether nothing leads to a file any more: deleted, or of a job that was shredded while it ran. */
export function isDead({ files, jobs }: Stores, tenantId: TenantId, path: string): boolean {
  const named = parseKey(tenantId, path);
  if (named === null || named.kind === "segment") return false;
  return named.kind === "file"
    ? files.find(named.fileId)?.status === "deleted"
    : jobs.find(named.jobId)?.isShredded === true;
}
