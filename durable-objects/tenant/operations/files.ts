import type { FileKeys } from "../../../src/crypto/file-keys";
import type { StoredFile } from "../../../src/domain/file";
import { formatFileRef } from "../../../src/domain/file-ref";
import { err, ok, type Result } from "../../../src/domain/result";
import type { Caller } from "../../../src/domain/tenant-context";
import { requireTenant } from "../../../src/domain/tenant-isolation";
import type { Admitted } from "../admission";
import { fileKey } from "../../../src/storage/keys";
import type { Created, Idempotency, IdempotencyRefusal, TenantRefusal } from "../answer";
import type { KeyRing } from "../key-ring";
import { noteLateFile } from "../key-state-store";
import type { Seal } from "../seal";
import type { Stores } from "../stores";
import type { TenantRecord } from "../tenant-store";
import { linkExpiresAtMs } from "./link-life";
import { once, wholeAnswer } from "./once";

export interface AnnounceFile {
  /** Minted by the Worker, which opens R2's upload under the file's key before it asks. */
  readonly id: string;
  readonly name: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly sha256: string | null;
  readonly parts: AnnouncedParts | null;
  readonly idempotency: Idempotency;
}

/** R2's upload that takes a large file in parts, each of `partBytes` but the last. */
export interface AnnouncedParts {
  readonly uploadId: string;
  readonly partBytes: number;
  /** How it is sealed: fixed when R2 opens it, whatever version of the key comes to be current meanwhile. */
  readonly version: number;
  readonly writingId: string;
}

/** What the Worker needs to sign the upload's links; kept for replays, so that they carry the same ones. */
export interface AnnouncedFile {
  readonly file: StoredFile;
  readonly parts: AnnouncedParts | null;
  readonly linkExpiresAtMs: number;
  readonly linkEpoch: number;
}

export type UnknownFile = { readonly reason: "unknown_file" };
export type AnnounceRefusal =
  IdempotencyRefusal | { readonly reason: "file_too_large"; readonly maxBytes: number };
export type UploadRefusal =
  | UnknownFile
  | { readonly reason: "already_uploaded" }
  | { readonly reason: "link_revoked" }
  /** The key that the bytes were sealed by was replaced and destroyed while they came. */
  | { readonly reason: "key_replaced" };

export interface AdmittedUpload {
  readonly file: StoredFile;
  readonly keys: FileKeys;
  /** Null for a file that comes whole. */
  readonly sealing: Omit<AnnouncedParts, "uploadId"> | null;
}

/** What a worker has stored. */
export interface Uploaded {
  readonly fileId: string;
  readonly sha256: string;
  /** Of the tenant's key that it is sealed by; 0 where it lies in the clear. */
  readonly keyVersion: number;
}

export interface DownloadLink {
  /** The R2 key. */
  readonly path: string;
  readonly fileId: string | null;
  readonly epoch: number;
}

/** Of an upload that was admitted before its bytes came. */
export type UploadedOutcome = Result<StoredFile, UploadRefusal | TenantRefusal>;

export function announceFile(
  stores: Stores,
  admitted: Admitted,
  input: AnnounceFile,
  nowMs: number,
): Result<Created<AnnouncedFile>, AnnounceRefusal> {
  return once(stores, input.idempotency, nowMs, wholeAnswer<AnnouncedFile>(), () => {
    const { fileBytes } = admitted.limits;
    if (input.sizeBytes > fileBytes) return err({ reason: "file_too_large", maxBytes: fileBytes });
    const file: StoredFile = {
      id: input.id,
      name: input.name,
      status: "awaiting_upload",
      contentType: input.contentType,
      sizeBytes: input.sizeBytes,
      sha256: input.sha256,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    };
    const untilMs = linkExpiresAtMs(admitted, nowMs);
    stores.files.save(file);
    if (input.parts) {
      const { version, writingId, partBytes } = input.parts;
      stores.files.saveSealing(file.id, { version, writingId, partBytes, untilMs });
    }
    const { linkEpoch } = admitted.tenant;
    return ok({ file, parts: input.parts, linkExpiresAtMs: untilMs, linkEpoch });
  });
}

export function findFile(stores: Stores, fileId: string): Result<StoredFile, UnknownFile> {
  const file = stores.files.find(fileId);
  return file && file.status !== "deleted" ? ok(file) : err({ reason: "unknown_file" });
}

/** Before the bytes: may they come, and what are they sealed with? */
export function mayUpload(
  stores: Stores,
  tenant: TenantRecord,
  link: { readonly fileId: string; readonly epoch: number },
  seal: Seal,
): Result<AdmittedUpload, UploadRefusal> {
  if (link.epoch !== tenant.linkEpoch) return err({ reason: "link_revoked" });
  const found = findFile(stores, link.fileId);
  if (!found.ok) return found;
  const file = found.value;
  if (file.status === "uploaded") return err({ reason: "already_uploaded" });
  const keys = seal.fileKeys(fileKey(tenant.tenantId, file.id, file.name));
  return ok({ file, keys, sealing: stores.files.sealing(file.id) });
}

/** Before bytes go out: the link is not revoked, and the file it may name is there. A job's artefact names none. */
export function openLink(
  stores: Stores,
  tenant: TenantRecord,
  link: DownloadLink,
  seal: Seal,
): Result<FileKeys, UploadRefusal> {
  if (link.epoch !== tenant.linkEpoch) return err({ reason: "link_revoked" });
  requireTenant(tenant.tenantId, link.path.split("/")[0] ?? "", "a signed link");
  if (link.fileId !== null && stores.files.find(link.fileId)?.status !== "uploaded")
    return err({ reason: "unknown_file" });
  return ok(seal.fileKeys(link.path));
}

/** After the bytes. Of two uploads of one file the first to get here counts; R2 keeps only the first as well. */
export function completeUpload(
  stores: Stores,
  caller: Caller,
  { fileId, sha256, keyVersion }: Uploaded,
  ring: KeyRing,
  nowMs: number,
): Result<StoredFile, UploadRefusal> {
  const found = findFile(stores, fileId);
  if (!found.ok) return found;
  const file = found.value;
  if (file.status === "uploaded") return err({ reason: "already_uploaded" });
  if (!ring.opens(keyVersion)) return err({ reason: "key_replaced" });
  noteLateFile(stores.keyState, keyVersion);
  const uploaded: StoredFile = { ...file, status: "uploaded", sha256, updatedAtMs: nowMs };
  stores.files.save(uploaded);
  const data = {
    file_id: file.id,
    file_ref: formatFileRef(file.id, file.name),
    size: file.sizeBytes,
    sha256,
  };
  stores.record(caller, { kind: "event", type: "file.uploaded", subject: `file:${file.id}`, data }, nowMs);
  return ok(uploaded);
}

export function deleteFile(
  stores: Stores,
  { caller }: Admitted,
  fileId: string,
  nowMs: number,
): Result<StoredFile, UnknownFile> {
  const found = findFile(stores, fileId);
  if (!found.ok) return found;
  const file = found.value;
  const deleted: StoredFile = { ...file, status: "deleted", updatedAtMs: nowMs };
  stores.files.save(deleted);
  const data = { file_id: file.id, file_ref: formatFileRef(file.id, file.name) };
  stores.record(caller, { kind: "event", type: "file.deleted", subject: `file:${file.id}`, data }, nowMs);
  return ok(deleted);
}
