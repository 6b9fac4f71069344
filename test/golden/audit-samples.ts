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
