import { v7 as uuidV7 } from "uuid";
import { PRIVATE_NAMES, type Job } from "../../../src/domain/job";
import { fromJsonText } from "../../../src/domain/json-text";
import { isUnderWay } from "../../../src/domain/key-rotation";
import { formatFileRef, parseFileRef } from "../../../src/domain/file-ref";
import { err, ok, type Result } from "../../../src/domain/result";
import type { Shred, ShredScope } from "../../../src/domain/shred";
import type { Caller } from "../../../src/domain/tenant-context";
import { ARTEFACTS, fileKey, jobKey } from "../../../src/storage/keys";
import type { Created, Idempotency, IdempotencyRefusal } from "../answer";
import type { Seal } from "../seal";
import type { Stores } from "../stores";
import type { TenantRecord } from "../tenant-store";
import { applyStep, type UnknownJob } from "./jobs";
import { keysInForce } from "./key-standing";
import { setStatus } from "./lifecycle";
import { once, wholeAnswer } from "./once";

export interface ShredRequest {
  readonly scope: ShredScope;
  readonly reason: string;
  readonly idempotency: Idempotency;
}

export type ShredRefusal = IdempotencyRefusal | UnknownJob | { readonly reason: "shredded" };

/**
 * Destroys what the object holds at once, in one transaction, with an entry that says so; files, read model and the
 * keys of older copies follow by the alarm, again and again until each is gone. The log's chain stays whole: its
 * digests stand for what was there.
 */
export function shred(
  stores: Stores,
  caller: Caller,
  tenant: TenantRecord,
  { scope, reason, idempotency }: ShredRequest,
  /** Null for a whole tenant, for which nothing has to be opened. */
  seal: Seal | null,
  nowMs: number,
): Result<Created<Shred>, ShredRefusal> {
  return once(stores, idempotency, nowMs, wholeAnswer<Shred>(), (): Result<Shred, ShredRefusal> => {
    const keys = keysInForce(stores);
    if (keys.length === 0 && stores.dataKeys.list().length > 0) return err({ reason: "shredded" });
    const erased = eraseRows(stores, caller, tenant, scope, seal, nowMs);
    if (!erased.ok) return erased;
    const id = uuidV7({ msecs: nowMs });
    const data = { shred_id: id, ...scopeData(scope), reason };
    stores.record(caller, { kind: "audit", type: "data.shredded", subject: `shred:${id}`, data }, nowMs);
    const { epoch, seq, hash } = stores.log.head();
    const made: Shred = {
      id,
      scope,
      reason,
      requestedBy: caller.actorId,
      requestedAtMs: nowMs,
      erasedAtMs: null,
      completedAtMs: null,
      keys,
      log: { epoch, seq, hash },
      ...erased.value,
    };
    stores.shreds.save(made);
    stores.timers.set("shredding", nowMs);
    return ok(made);
  });
}

type Erased = Pick<Shred, "paths" | "entry">;

function eraseRows(
  stores: Stores,
  caller: Caller,
  tenant: TenantRecord,
  scope: ShredScope,
  seal: Seal | null,
  nowMs: number,
): Result<Erased, UnknownJob> {
  if (scope.type === "tenant") return ok(eraseTenant(stores, caller, tenant, nowMs));
  const stored = stores.jobs.findStored(scope.jobId);
  if (!stored) return err({ reason: "unknown_job" });
  let job = fromJsonText(stored.body);
  const fields = scope.type === "job" ? PRIVATE_NAMES : scope.fields;
  if (scope.type === "job") {
    const ended = applyStep(stores, caller, job, { type: "cancel", reason: "shredded" }, nowMs);
    if (ended.ok) job = ended.value;
  }
  const entry = stores.logSeals.submissionOf(job.id);
  const resealed = (sealed: string | null) =>
    sealed === null || scope.type === "job" || !seal ? NO_SEAL : seal.reseal(job.id, sealed, fields);
  stores.jobSeals.save(job.id, resealed(stored.sealed));
  if (fields.includes("callbackUrl")) stores.endpoints.endCallback(job.id);
  const erased = [...new Set([...(job.erased ?? []), ...fields])];
  stores.jobs.save({ ...job, erased, ...(scope.type === "job" && SHREDDED) });
  if (entry) stores.logSeals.save(entry, resealed(entry.sealed).sealed);
  const paths = scope.type === "job" ? eraseFiles(stores, caller, tenant, job, nowMs) : [];
  return ok({ paths, entry: entry ? { epoch: entry.epoch, seq: entry.seq } : null });
}

const SHREDDED = { isShredded: true, outputRef: null, reportRef: null, reportDigest: null } as const;
const NO_SEAL = { sealed: null, sellerIndex: null };

/** What the job made, and what it read unless another job reads it as well. */
function eraseFiles(
  stores: Stores,
  caller: Caller,
  { tenantId }: TenantRecord,
  job: Job,
  nowMs: number,
): readonly string[] {
  const made = ARTEFACTS.map((name) => jobKey(tenantId, job.id, name));
  const ref = parseFileRef(job.fileRef);
  if (!ref.ok || ref.value.form === "legacy" || stores.jobs.othersRead(job.fileRef, job.id)) return made;
  const { fileId, filename } = ref.value;
  const file = stores.files.find(fileId);
  if (file && file.status !== "deleted") {
    stores.files.save({ ...file, status: "deleted", updatedAtMs: nowMs });
    const data = { file_id: fileId, file_ref: formatFileRef(fileId, filename) };
    stores.record(caller, { kind: "event", type: "file.deleted", subject: `file:${fileId}`, data }, nowMs);
  }
  return [...made, fileKey(tenantId, fileId, filename)];
}

function eraseTenant(stores: Stores, caller: Caller, tenant: TenantRecord, nowMs: number): Erased {
  if (tenant.status !== "offboarded") setStatus(stores, caller, tenant, "offboarded", "shredded", nowMs);
  for (const { version } of stores.dataKeys.list()) stores.dataKeys.destroy(version, nowMs);
  const rotation = stores.keyState.rotation();
  if (isUnderWay(rotation)) stores.keyState.saveRotation({ ...rotation, completedAtMs: nowMs });
  stores.keyState.want(null);
  stores.keyState.saveCustomerKey(null);
  stores.jobs.eraseAll();
  stores.checkpoints.eraseAll();
  stores.files.eraseAll();
  stores.idempotency.eraseAll();
  stores.endpoints.eraseAll();
  stores.deliveries.eraseAll();
  stores.attempts.eraseAll();
  stores.profiles.eraseAll();
  stores.headers.eraseAll();
  stores.logSeals.erasePayloads();
  return { paths: [], entry: null };
}

const scopeData = (scope: ShredScope) => ({
  scope: scope.type,
  job_id: scope.type === "tenant" ? null : scope.jobId,
  fields: scope.type === "field" ? scope.fields : null,
});
