import { AUDIT_ROW, EVENT_ROW, JOB_CHANGE, NEW_JOB_ROW } from "./projection-rows";

/**
 * The projection's SQL. In each statement `?1` is the tenant, `?2` a JSON array of rows and `(?3, ?4)` the place in
 * the log at which the sink's cursor must stand: a batch that does not attach there writes nothing.
 */

export const SINK = "read_model";

const AT_CURSOR = `EXISTS (SELECT 1 FROM sink_cursors
  WHERE tenant_id = ?1 AND sink = '${SINK}' AND epoch = ?3 AND seq = ?4)`;

export const ENSURE_CURSOR = `INSERT INTO sink_cursors (tenant_id, sink, epoch, seq)
  VALUES (?1, '${SINK}', 0, 0) ON CONFLICT DO NOTHING`;

export const READ_CURSOR = `SELECT tenant_id AS "tenantId", epoch, seq FROM sink_cursors
  WHERE tenant_id = ?1 AND sink = '${SINK}'`;

export const ADVANCE_CURSOR = `UPDATE sink_cursors SET epoch = ?4, seq = ?5
  WHERE tenant_id = ?1 AND sink = '${SINK}' AND epoch = ?2 AND seq = ?3
  RETURNING tenant_id AS "tenantId", epoch, seq`;

const insertInto = (table: string, { columns, values }: { columns: string; values: string }): string =>
  `INSERT INTO ${table} (tenant_id, ${columns})
  SELECT ?1, ${values} FROM json_each(?2) WHERE ${AT_CURSOR}
  ON CONFLICT DO NOTHING`;

export const INSERT_EVENTS = insertInto("events", EVENT_ROW);
export const INSERT_AUDIT_LOGS = insertInto("audit_logs", AUDIT_ROW);
export const INSERT_JOBS = insertInto("jobs", NEW_JOB_ROW);

/**
 * Jobs submitted earlier. The version guard is the second fence: no row ever goes back in its own history. The
 * patches are materialised with their tenant, so that each is one look-up by key and not a walk over its tenant.
 */
export const UPDATE_JOBS = `WITH patch AS MATERIALIZED (
    SELECT ?1 AS tenant_id, ${JOB_CHANGE.guard}, value AS says
    FROM json_each(?2) WHERE ${AT_CURSOR})
  UPDATE jobs SET
    epoch = patch.epoch,
    version = patch.version,
    status = patch.status,
    updated_at_ms = patch.updated_at_ms,
    attempts = MAX(jobs.attempts, patch.attempts),
    started_at_ms = COALESCE(jobs.started_at_ms, patch.started_at_ms),
    ${JOB_CHANGE.assignments}
  FROM patch
  WHERE jobs.tenant_id = patch.tenant_id AND jobs.id = patch.id
    AND (patch.epoch, patch.version) > (jobs.epoch, jobs.version)`;

/** Undone: of an older epoch than `?5`, at or after its first place `?6` (a restore re-uses sequence numbers). */
const UNDONE = `tenant_id = ?1 AND epoch < ?5 AND seq >= ?6`;

/** `?1` tenant, `?2` the epoch, `?3` its first place: earlier events of the jobs that undone events speak of. */
export const READ_EVENTS_BEFORE_UNDONE = `SELECT tenant_id AS "tenantId", epoch, seq, 'event' AS kind,
    event_seq AS "eventSeq", id, type, subject, time_ms AS "timeMs", actor_id AS "actorId", traceparent, payload, sealed,
    payload_digest AS "payloadDigest", hash
  FROM events
  WHERE tenant_id = ?1 AND epoch < ?2 AND seq < ?3 AND subject IN (
    SELECT subject FROM events WHERE tenant_id = ?1 AND epoch < ?2 AND seq >= ?3 AND subject LIKE 'job:%')
  ORDER BY epoch, seq`;

/** In this order: the undone events name the jobs. */
export const DELETE_UNDONE = [
  `DELETE FROM jobs WHERE tenant_id = ?1 AND id IN (
     SELECT substr(subject, 5) FROM events WHERE ${UNDONE} AND subject LIKE 'job:%') AND ${AT_CURSOR}`,
  `DELETE FROM events WHERE ${UNDONE} AND ${AT_CURSOR}`,
  `DELETE FROM audit_logs WHERE ${UNDONE} AND ${AT_CURSOR}`,
] as const;
