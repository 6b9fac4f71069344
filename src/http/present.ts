import type { TenantRecord } from "../../durable-objects/tenant/tenant-store";
import type { StoredFile } from "../domain/file";
import { formatFileRef } from "../domain/file-ref";
import { PRIVATE_NAMES, type OpenJob, type PrivateName } from "../domain/job";
import type { Overrides } from "../domain/tier";

/** Times on the wire: RFC 3339, UTC, milliseconds. */
export const rfc3339 = (ms: number): string => new Date(ms).toISOString();
export const optionalTime = (ms: number | null): string | null => (ms === null ? null : rfc3339(ms));

/** A Job as CONTRACT §4 names its fields. */
export const presentJob = (tenantId: string, job: OpenJob) => ({
  id: job.id,
  tenant_id: tenantId,
  seller_id: job.sellerId,
  channel: job.channel,
  type: job.type,
  status: job.status,
  file_ref: job.fileRef,
  output_ref: job.outputRef,
  report_ref: job.reportRef,
  report_digest: job.reportDigest ?? null,
  counters: job.counters,
  findings_total: job.findingsTotal,
  progress: job.progress,
  idempotency_key: job.idempotencyKey,
  rules_profile_id: job.rulesProfileId,
  fixes: job.fixes ?? null,
  callback_url: job.callbackUrl,
  metadata: job.metadata,
  retry_of: job.retryOf,
  batch_id: job.batch?.id ?? null,
  error: job.error,
  attempts: job.attempts,
  created_at: rfc3339(job.createdAtMs),
  updated_at: rfc3339(job.updatedAtMs),
  started_at: optionalTime(job.startedAtMs),
  completed_at: optionalTime(job.completedAtMs),
  expires_at: rfc3339(job.expiresAtMs),
  ...unreadableFields(job),
});

const WIRE_NAMES = {
  sellerId: "seller_id",
  callbackUrl: "callback_url",
  metadata: "metadata",
} as const satisfies Record<PrivateName, string>;

/** Fields that are null because they were shredded, or because what rests sealed did not open; not there where all is well. */
function unreadableFields({ unreadable, erased = [] }: OpenJob) {
  const names = PRIVATE_NAMES.filter((name) => unreadable || erased.includes(name));
  return names.length === 0 ? {} : { unreadable_fields: names.map((name) => WIRE_NAMES[name]) };
}

export const presentFile = (file: StoredFile) => ({
  file_id: file.id,
  file_ref: formatFileRef(file.id, file.name),
  filename: file.name,
  content_type: file.contentType,
  status: file.status,
  size: file.sizeBytes,
  sha256: file.sha256,
  created_at: rfc3339(file.createdAtMs),
  updated_at: rfc3339(file.updatedAtMs),
});

export const presentTenant = (tenant: Omit<TenantRecord, "linkEpoch">) => ({
  tenant_id: tenant.tenantId,
  name: tenant.name,
  tier: tenant.tier,
  status: tenant.status,
  overrides: presentOverrides(tenant.overrides),
  shard: tenant.shard,
  created_at: rfc3339(tenant.createdAtMs),
  updated_at: rfc3339(tenant.updatedAtMs),
});

const presentOverrides = (overrides: Overrides) => ({
  ...(overrides.rate && { rate: overrides.rate }),
  ...(overrides.runningJobs !== undefined && { running_jobs: overrides.runningJobs }),
  ...(overrides.rowsPerDay !== undefined && { rows_per_day: overrides.rowsPerDay }),
  ...(overrides.storageBytes !== undefined && { storage_bytes: overrides.storageBytes }),
  ...(overrides.fileBytes !== undefined && { file_bytes: overrides.fileBytes }),
  ...(overrides.signedUrlSeconds !== undefined && { signed_url_seconds: overrides.signedUrlSeconds }),
  ...(overrides.expiresAtMs !== undefined && { expires_at: rfc3339(overrides.expiresAtMs) }),
});
