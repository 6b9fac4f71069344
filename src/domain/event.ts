/** The vocabulary of the log (CONTRACT §5). A type is API: add freely, never rename. */

import type { Counters } from "./counters";
import type { FixChoice } from "./fix-choice";
import type { JobErrorCode } from "./job";

/** What each event says beside `tenant_id`; times are RFC 3339. Members may be added, never removed or retyped. */
export interface EventData {
  "job.submitted": {
    job_id: string;
    seller_id: string | null;
    channel: string;
    type: string;
    file_ref: string;
    rules_profile_id: string;
    idempotency_key: string;
    callback_url?: string;
    metadata?: Readonly<Record<string, unknown>>;
    fixes?: FixChoice;
    batch_id?: string;
    retry_of?: string;
    expires_at: string;
  };
  "job.started": { job_id: string; started_at: string };
  "job.progress": { job_id: string; counters: Counters; progress: number };
  "job.succeeded": {
    job_id: string;
    counters: Counters;
    findings_total: number;
    duration_ms: number;
    completed_at: string;
    output_ref?: string;
    report_ref: string;
    report_digest?: string;
    attempts: number;
  };
  "job.failed": {
    job_id: string;
    error_code: JobErrorCode;
    error_message: string;
    retry_count: number;
    failed_at: string;
    counters: Counters;
    duration_ms: number;
    attempts: number;
  };
  "job.cancelled": { job_id: string; reason: string; cancelled_at: string; counters: Counters };
  "job.retried": { job_id: string; original_job_id: string; retry_count: number; retried_at: string };
  "job.expired": { job_id: string; ttl_seconds: number; expired_at: string };
  "file.uploaded": { file_id: string; file_ref: string; size: number; sha256: string };
  "file.deleted": { file_id: string; file_ref: string };
  "tenant.provisioned": { tier: string };
  "tenant.updated": { changed: readonly string[]; tier: string };
  "tenant.suspended": { reason: string | null };
  "tenant.resumed": { reason: string | null };
  "tenant.offboarded": { reason: string | null };
  "tenant.support_access_granted": {
    support_access_id: string;
    operator: string;
    reason: string;
    scopes: readonly string[];
    expires_at: string;
  };
  "tenant.support_access_ended": { support_access_id: string; ended_by: string };
  /** The object was put back to an earlier state: what came after `previous_sequence` in that epoch never was. */
  "tenant.restored": { previous_epoch: number; previous_sequence: number; restored_at: string };
  /** Nothing more is sent to it until somebody enables it again. */
  "tenant.webhook_disabled": {
    webhook_id: string;
    reason: string;
    failing_since: string | null;
    disabled_at: string;
  };
  /** From now on it never changes; `latest_profile_id` is what `channel@latest` means afterwards. */
  "rules.published": {
    rules_profile_id: string;
    channel: string;
    version: string;
    checksum: string;
    rule_count: number;
    previous_profile_id: string | null;
    latest_profile_id: string | null;
    published_at: string;
  };
  "rules.deprecated": {
    rules_profile_id: string;
    channel: string;
    version: string;
    checksum: string;
    reason: string | null;
    successor_profile_id: string | null;
    latest_profile_id: string | null;
    deprecated_at: string;
  };
  "key.rotated": { key_id: string; rotated_at: string; previous_valid_until: string | null };
}

export type EventType = keyof EventData;

/** An entry of the audit chain that is no client-visible event: access, refusal, key use, administration. */
export interface AuditData {
  "key.created": { key_id: string; name: string; scopes: readonly string[]; expires_at: string | null };
  "key.updated": { key_id: string; changed: readonly string[] };
  "key.revoked": { key_id: string };
  "token.revoked": { token_id: string };
  "webhook.created": { webhook_id: string; event_types: readonly string[]; lane: string };
  "webhook.updated": { webhook_id: string; changed: readonly string[] };
  "webhook.deleted": { webhook_id: string };
  "webhook.secret_rotated": { webhook_id: string; former_valid_until: string | null };
  "webhook.replayed": {
    webhook_id: string;
    after_epoch: number;
    after_sequence: number;
    dead_letters: number;
  };
  "rules.saved": { rules_profile_id: string; checksum: string };
  "rules.validated": { rules_profile_id: string; checksum: string };
  "rules.deleted": { rules_profile_id: string; checksum: string };
  "headers.saved": { channel: string; labels: number };
  "headers.deleted": { channel: string };
  "operator.access": { operation: string; target: string; request_id: string };
  /** A version of the tenant's own key, which seals its data. */
  "data_key.created": { version: number; reason: string; wrapper: string };
  "data_key.recovery_exported": { version: number };
  "data_key.rewrapped": { version: number; wrapper: string };
  /** Everything is sealed by `version`; those before it are destroyed. */
  "data_key.rotated": {
    version: number;
    reason: string;
    destroyed: readonly number[];
    jobs: number;
    entries: number;
    files: number;
    bytes: number;
  };
  "data.shredded": {
    shred_id: string;
    scope: string;
    job_id: string | null;
    fields: readonly string[] | null;
    reason: string;
  };
  /** Older copies of it cannot be read any more either. */
  "data.shred_completed": { shred_id: string; destroyed_key_versions: readonly number[] };
  /** Something that rests sealed did not open. */
  "seal.broken": { place: string; reason: string };
  "support.access": { operation: string; target: string; request_id: string };
}

export type AuditType = keyof AuditData;

/** Something a command wants in the log; the log adds its place, its time and its digests. */
export type Fact =
  | { [T in EventType]: { kind: "event"; type: T; subject: string; data: EventData[T] } }[EventType]
  | { [T in AuditType]: { kind: "audit"; type: T; subject: string; data: AuditData[T] } }[AuditType];

/** One row of a tenant's log: an event (with its gapless `eventSeq`) or an audit-only entry. */
export interface LogEntry {
  readonly epoch: number;
  readonly seq: number;
  readonly kind: "event" | "audit";
  readonly eventSeq: number | null;
  readonly id: string;
  readonly type: EventType | AuditType;
  readonly subject: string;
  readonly timeMs: number;
  readonly actorId: string;
  readonly traceparent: string | null;
  /** RFC 8785 canonical JSON of the data, without the members that rest sealed. */
  readonly payload: string;
  /** The members that rest sealed, with the salt of the digest; null where there are none. */
  readonly sealed: string | null;
  /** Salted SHA-256 of the whole data: it stays when the data is sealed anew, or destroyed. */
  readonly payloadDigest: string;
  readonly hash: string;
}
