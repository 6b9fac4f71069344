/**
 * A shard's tables: the read model of many tenants, fed by their logs. `tenant_id` leads every key and index, so
 * that no query is served without naming its tenant. Constraints beyond keys stand in `migrations/shard`.
 */

import { index, integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { JOB_STATUSES, JOB_TYPES, type JobErrorCode } from "../domain/job";

export const jobs = sqliteTable(
  "jobs",
  {
    tenantId: text("tenant_id").notNull(),
    id: text("id").notNull(),
    epoch: integer("epoch").notNull(),
    /** `event_seq` of the last event applied; with the epoch it refuses a late write. */
    version: integer("version").notNull(),
    status: text("status", { enum: JOB_STATUSES }).notNull(),
    channel: text("channel").notNull(),
    type: text("type", { enum: JOB_TYPES }).notNull(),
    fileRef: text("file_ref").notNull(),
    rulesProfileId: text("rules_profile_id").notNull(),
    /** Private members under the tenant's key; null where there are none. */
    sealed: text("sealed"),
    idempotencyKey: text("idempotency_key").notNull(),
    retryOf: text("retry_of"),
    outputRef: text("output_ref"),
    reportRef: text("report_ref"),
    total: integer("total").notNull(),
    processed: integer("processed").notNull(),
    errors: integer("errors").notNull(),
    warnings: integer("warnings").notNull(),
    corrections: integer("corrections").notNull(),
    findingsTotal: integer("findings_total").notNull(),
    progress: real("progress").notNull(),
    errorCode: text("error_code").$type<JobErrorCode>(),
    errorMessage: text("error_message"),
    attempts: integer("attempts").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    updatedAtMs: integer("updated_at_ms").notNull(),
    startedAtMs: integer("started_at_ms"),
    completedAtMs: integer("completed_at_ms"),
    expiresAtMs: integer("expires_at_ms").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index("jobs_by_creation").on(t.tenantId, t.createdAtMs, t.id),
    index("jobs_by_status").on(t.tenantId, t.status, t.createdAtMs, t.id),
  ],
);

/** The columns of a log entry, in either of its two tables. */
const entryColumns = {
  tenantId: text("tenant_id").notNull(),
  epoch: integer("epoch").notNull(),
  seq: integer("seq").notNull(),
  id: text("id").notNull(),
  type: text("type").notNull(),
  subject: text("subject").notNull(),
  timeMs: integer("time_ms").notNull(),
  actorId: text("actor_id").notNull(),
  traceparent: text("traceparent"),
  /** Canonical JSON; null once it was destroyed. */
  payload: text("payload"),
  payloadDigest: text("payload_digest").notNull(),
  hash: text("hash").notNull(),
};

/** The client-visible half of each tenant's log. */
export const events = sqliteTable(
  "events",
  { ...entryColumns, eventSeq: integer("event_seq").notNull(), sealed: text("sealed") },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.epoch, t.seq] }),
    index("events_by_time").on(t.tenantId, t.timeMs),
    index("events_by_sequence").on(t.tenantId, t.epoch, t.eventSeq),
  ],
);

/** The other half: entries for the audit alone. */
export const auditLogs = sqliteTable("audit_logs", entryColumns, (t) => [
  primaryKey({ columns: [t.tenantId, t.epoch, t.seq] }),
  index("audit_logs_by_time").on(t.tenantId, t.timeMs),
]);

/** How far this database has followed each tenant's log: kept here, so that it is rewound together with the rows. */
export const sinkCursors = sqliteTable(
  "sink_cursors",
  {
    tenantId: text("tenant_id").notNull(),
    sink: text("sink").notNull(),
    epoch: integer("epoch").notNull(),
    seq: integer("seq").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.sink] })],
);
