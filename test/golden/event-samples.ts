/** One fixed fact of every type of event. A type, or an optional member, without one does not compile. */

import { canonicalJson, sha256Hex } from "../../src/crypto/canonical-json";
import type { EventData, EventType, Fact, LogEntry } from "../../src/domain/event";
import { chainEntry, type LogHead } from "../../src/domain/log";
import { tenantId } from "../support/tenant-id";

export const TENANT = tenantId("t_acme");
const JOB = "0199b0e4-3c00-7a10-8a6e-5d2f00000001";
const FILE = "0199b0e4-2b00-7c3d-9b7a-4e1f00000002";
const WEBHOOK = "0199b0e4-5e00-7d40-9c70-6f4b00000005";
const KEY = "k_7Qm2xLd0VbS9";
const GRANT = "k_3Rn8yTf1WcZ4";
const FILE_REF = `files/${FILE}/catalogue.csv`;
const COUNTERS = { total: 1200, processed: 1200, errors: 7, warnings: 31, corrections: 24 };
const HALFWAY = { ...COUNTERS, processed: 600 };

type OptionalKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];

/** `data` has only what must be there, `full` whatever may be. */
interface Sample<T extends EventType> {
  readonly subject: string;
  readonly data: Omit<EventData[T], OptionalKeys<EventData[T]>>;
  readonly full: OptionalKeys<EventData[T]> extends never ? null : Required<EventData[T]>;
}

const SUBMITTED = {
  job_id: JOB,
  seller_id: "seller_42",
  channel: "mercado_livre",
  type: "correction",
  file_ref: FILE_REF,
  rules_profile_id: "mercado_livre@1.0.0",
  idempotency_key: "order-2026-11-0001",
  expires_at: "2026-11-02T09:00:00.250Z",
};
const SUCCEEDED = {
  job_id: JOB,
  counters: { ...COUNTERS, corrections: 0 },
  findings_total: 52,
  duration_ms: 1834,
  completed_at: "2026-11-01T09:00:02.334Z",
  report_ref: `jobs/${JOB}/report.ndjson`,
  attempts: 1,
};

const SAMPLES: { readonly [T in EventType]: Sample<T> } = {
  "job.submitted": {
    subject: `job:${JOB}`,
    data: SUBMITTED,
    full: {
      ...SUBMITTED,
      callback_url: "https://acme.example/hooks/validahub",
      metadata: { campaign: "verão", priority: 3, tags: ["a", "b"] },
      batch_id: JOB,
      fixes: { accept: ["title_length", "price_decimal"], reject: ["category_known"] },
      retry_of: "0199b0e4-1a00-7f00-8c00-6b3a00000003",
    },
  },
  "job.started": {
    subject: `job:${JOB}`,
    data: { job_id: JOB, started_at: "2026-11-01T09:00:00.500Z" },
    full: null,
  },
  "job.progress": {
    subject: `job:${JOB}`,
    data: { job_id: JOB, counters: HALFWAY, progress: 50 },
    full: null,
  },
  "job.succeeded": {
    subject: `job:${JOB}`,
    data: SUCCEEDED,
    full: {
      ...SUCCEEDED,
      counters: COUNTERS,
      output_ref: `jobs/${JOB}/output.csv`,
      report_digest: `sha256:${"5f".repeat(32)}`,
    },
  },
  "job.failed": {
    subject: `job:${JOB}`,
    data: {
      job_id: JOB,
      error_code: "not_a_table",
      error_message: "The file has no header row.",
      retry_count: 0,
      failed_at: "2026-11-01T09:00:02.334Z",
      counters: { total: 0, processed: 0, errors: 0, warnings: 0, corrections: 0 },
      duration_ms: 1834,
      attempts: 1,
    },
    full: null,
  },
  "job.cancelled": {
    subject: `job:${JOB}`,
    data: {
      job_id: JOB,
      reason: "cancelled_by_client",
      cancelled_at: "2026-11-01T09:00:01.750Z",
      counters: HALFWAY,
    },
    full: null,
  },
  "job.retried": {
    subject: `job:${JOB}`,
    data: { job_id: JOB, original_job_id: JOB, retry_count: 1, retried_at: "2026-11-01T09:00:01.750Z" },
    full: null,
  },
  "job.expired": {
    subject: `job:${JOB}`,
    data: { job_id: JOB, ttl_seconds: 86400, expired_at: "2026-11-02T09:00:00.250Z" },
    full: null,
  },
  "file.uploaded": {
    subject: `file:${FILE}`,
    data: { file_id: FILE, file_ref: FILE_REF, size: 48213, sha256: "5c".repeat(32) },
    full: null,
  },
  "file.deleted": { subject: `file:${FILE}`, data: { file_id: FILE, file_ref: FILE_REF }, full: null },
  "tenant.provisioned": { subject: `tenant:${TENANT}`, data: { tier: "basic" }, full: null },
  "tenant.updated": {
    subject: `tenant:${TENANT}`,
    data: { changed: ["overrides", "tier"], tier: "premium" },
    full: null,
  },
  "tenant.suspended": { subject: `tenant:${TENANT}`, data: { reason: "Unpaid invoice." }, full: null },
  "tenant.resumed": { subject: `tenant:${TENANT}`, data: { reason: null }, full: null },
  "tenant.offboarded": { subject: `tenant:${TENANT}`, data: { reason: "Contract ended." }, full: null },
  "tenant.support_access_granted": {
    subject: `support_access:${GRANT}`,
    data: {
      support_access_id: GRANT,
      operator: "operator:maria",
      reason: "Ticket 4711: a job hangs.",
      scopes: ["jobs:read", "events:read"],
      expires_at: "2026-11-01T10:00:00.000Z",
    },
    full: null,
  },
  "tenant.support_access_ended": {
    subject: `support_access:${GRANT}`,
    data: { support_access_id: GRANT, ended_by: "user_1" },
    full: null,
  },
  "tenant.restored": {
    subject: `tenant:${TENANT}`,
    data: { previous_epoch: 1, previous_sequence: 4012, restored_at: "2026-11-01T09:00:00.000Z" },
    full: null,
  },
  "tenant.webhook_disabled": {
    subject: `webhook:${WEBHOOK}`,
    data: {
      webhook_id: WEBHOOK,
      reason: "failing",
      failing_since: "2026-10-27T08:59:30.000Z",
      disabled_at: "2026-11-01T09:00:02.334Z",
    },
    full: null,
  },
  "rules.published": {
    subject: "rules:acme@1.1.0",
    data: {
      rules_profile_id: "acme@1.1.0",
      channel: "acme",
      version: "1.1.0",
      checksum: "3f".repeat(32),
      rule_count: 24,
      previous_profile_id: "acme@1.0.0",
      latest_profile_id: "acme@1.1.0",
      published_at: "2026-11-01T09:00:02.334Z",
    },
    full: null,
  },
  "rules.deprecated": {
    subject: "rules:acme@1.1.0",
    data: {
      rules_profile_id: "acme@1.1.0",
      channel: "acme",
      version: "1.1.0",
      checksum: "3f".repeat(32),
      reason: "It refuses good prices",
      successor_profile_id: "acme@1.0.0",
      latest_profile_id: "acme@1.0.0",
      deprecated_at: "2026-11-01T09:00:02.334Z",
    },
    full: null,
  },
  "key.rotated": {
    subject: `key:${KEY}`,
    data: {
      key_id: KEY,
      rotated_at: "2026-11-01T09:00:00.250Z",
      previous_valid_until: "2026-11-02T09:00:00.250Z",
    },
    full: null,
  },
};

export const EVENT_TYPES = Object.keys(SAMPLES) as readonly EventType[];

const HEAD: LogHead = { epoch: 1, seq: 57, eventSeq: 41, hash: "ab".repeat(32) };
const PLACE = {
  id: "0199b0e4-4d00-7b21-8f5c-3a0e00000004",
  timeMs: Date.UTC(2026, 10, 1, 9, 0, 2, 334),
  actorId: "user_1",
  salt: "c2FsdA",
};
const TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/** The entry as a tenant's log would hold it, right after `HEAD`. */
export function entryOf(fact: Fact, traceparent: string | null): LogEntry {
  const place = { ...PLACE, traceparent };
  const whole = canonicalJson(fact.data);
  const chained = chainEntry(HEAD, fact, place, { whole, open: whole, sealed: null }, sha256Hex);
  const { salt: _salt, prevHash: _prevHash, ...entry } = chained;
  return entry;
}

/** Every golden's entry by its file's name; what may be left out, the trace included, is in the full ones alone. */
export const EVENT_ENTRIES: readonly (readonly [file: string, entry: LogEntry])[] = EVENT_TYPES.flatMap(
  (type) => {
    const { subject, data, full } = SAMPLES[type];
    const fact = (said: object) => ({ kind: "event", type, subject, data: said }) as Fact;
    const plain = [`${type}.json`, entryOf(fact(data), null)] as const;
    return full === null
      ? [plain]
      : [plain, [`${type}.full.json`, entryOf(fact(full), TRACEPARENT)] as const];
  },
);

const THIN_FILES: ReadonlySet<string> = new Set([
  "file.uploaded.json",
  "job.submitted.full.json",
  "tenant.support_access_granted.json",
]);

/** Of those that say most: a thin event has no more of it than ids. */
export const THIN_ENTRIES = EVENT_ENTRIES.filter(([file]) => THIN_FILES.has(file));
