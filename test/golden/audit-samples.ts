/** One fixed fact of every type of audit entry. A type without one does not compile. */

import type { AuditData, AuditType, Fact, LogEntry } from "../../src/domain/event";
import { entryOf } from "./event-samples";

const KEY = "k_7Qm2xLd0VbS9";
const REQUEST = "5f0c7c2e-6f0a-4d5e-9b1a-0123456789ab";

const SAMPLES: {
  readonly [T in AuditType]: { readonly subject: string; readonly data: Required<AuditData[T]> };
} = {
  "key.created": {
    subject: `key:${KEY}`,
    data: { key_id: KEY, name: "Import robot", scopes: ["jobs:read", "jobs:write"], expires_at: null },
  },
  "key.updated": { subject: `key:${KEY}`, data: { key_id: KEY, changed: ["name", "scopes"] } },
  "key.revoked": { subject: `key:${KEY}`, data: { key_id: KEY } },
  "token.revoked": { subject: "token:jti-0001", data: { token_id: "jti-0001" } },
  "webhook.created": {
    subject: "webhook:0199b0e4-5e00-7c30-8c00-8d5c00000005",
    data: { webhook_id: "0199b0e4-5e00-7c30-8c00-8d5c00000005", event_types: ["job.*"], lane: "fifo" },
  },
  "webhook.updated": {
    subject: "webhook:0199b0e4-5e00-7c30-8c00-8d5c00000005",
    data: { webhook_id: "0199b0e4-5e00-7c30-8c00-8d5c00000005", changed: ["url"] },
  },
  "webhook.deleted": {
    subject: "webhook:0199b0e4-5e00-7c30-8c00-8d5c00000005",
    data: { webhook_id: "0199b0e4-5e00-7c30-8c00-8d5c00000005" },
  },
  "webhook.secret_rotated": {
    subject: "webhook:0199b0e4-5e00-7c30-8c00-8d5c00000005",
    data: {
      webhook_id: "0199b0e4-5e00-7c30-8c00-8d5c00000005",
      former_valid_until: "2026-11-02T09:00:00.000Z",
    },
  },
  "webhook.replayed": {
    subject: "webhook:0199b0e4-5e00-7c30-8c00-8d5c00000005",
    data: {
      webhook_id: "0199b0e4-5e00-7c30-8c00-8d5c00000005",
      after_epoch: 1,
      after_sequence: 41,
      dead_letters: 0,
    },
  },
  "data_key.created": {
    subject: "data_key:2",
    data: { version: 2, reason: "scheduled", wrapper: "root:0123456789abcdef" },
  },
  "data_key.recovery_exported": { subject: "data_key:1", data: { version: 1 } },
  "data_key.rewrapped": { subject: "data_key:1", data: { version: 1, wrapper: "root:0123456789abcdef" } },
  "data_key.rotated": {
    subject: "data_key:2",
    data: {
      version: 2,
      reason: "scheduled",
      destroyed: [1],
      jobs: 40,
      entries: 40,
      files: 120,
      bytes: 1_048_576,
    },
  },
  "data.shredded": {
    subject: "shred:0199b0e4-4d00-7b20-8b00-7c4b00000004",
    data: {
      shred_id: "0199b0e4-4d00-7b20-8b00-7c4b00000004",
      scope: "field",
      job_id: "0199b0e4-3c00-7a10-8a6e-5d2f00000001",
      fields: ["metadata"],
      reason: "Request 4711 of the seller",
    },
  },
  "data.shred_completed": {
    subject: "shred:0199b0e4-4d00-7b20-8b00-7c4b00000004",
    data: { shred_id: "0199b0e4-4d00-7b20-8b00-7c4b00000004", destroyed_key_versions: [1] },
  },
  "seal.broken": {
    subject: "sealed:job:0199b0e4-3c00-7a10-8a6e-5d2f00000001",
    data: { place: "job:0199b0e4-3c00-7a10-8a6e-5d2f00000001", reason: "altered" },
  },
  "rules.saved": {
    subject: "rules:acme@1.1.0",
    data: { rules_profile_id: "acme@1.1.0", checksum: "3f".repeat(32) },
  },
  "rules.validated": {
    subject: "rules:acme@1.1.0",
    data: { rules_profile_id: "acme@1.1.0", checksum: "3f".repeat(32) },
  },
  "rules.deleted": {
    subject: "rules:acme@1.1.0",
    data: { rules_profile_id: "acme@1.1.0", checksum: "3f".repeat(32) },
  },
  "headers.saved": { subject: "headers:acme", data: { channel: "acme", labels: 12 } },
  "headers.deleted": { subject: "headers:acme", data: { channel: "acme" } },
  "operator.access": {
    subject: "operation:inspectTenant",
    data: { operation: "inspectTenant", target: "/admin/v1/tenants/t_acme", request_id: REQUEST },
  },
  "support.access": {
    subject: "operation:getJob",
    data: { operation: "getJob", target: "/v1/jobs/0192", request_id: REQUEST },
  },
};

const AUDIT_TYPES = Object.keys(SAMPLES) as readonly AuditType[];

export const AUDIT_ENTRIES: readonly (readonly [file: string, entry: LogEntry])[] = AUDIT_TYPES.map(
  (type) => {
    const { subject, data } = SAMPLES[type];
    return [`${type}.json`, entryOf({ kind: "audit", type, subject, data } as Fact, null)];
  },
);
