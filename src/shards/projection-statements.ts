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

export const INSERT_EVENTS = `INSERT INTO events (tenant_id, epoch, seq, event_seq, id, type, subject, time_ms,
    actor_id, traceparent, payload, sealed, payload_digest, hash)
  SELECT ?1, value ->> '$.epoch', value ->> '$.seq', value ->> '$.eventSeq', value ->> '$.id', value ->> '$.type',
    value ->> '$.subject', value ->> '$.timeMs', value ->> '$.actorId', value ->> '$.traceparent',
    value ->> '$.payload', value ->> '$.sealed', value ->> '$.payloadDigest', value ->> '$.hash'
  FROM json_each(?2) WHERE ${AT_CURSOR}
  ON CONFLICT DO NOTHING`;

export const INSERT_AUDIT_LOGS = `INSERT INTO audit_logs (tenant_id, epoch, seq, id, type, subject, time_ms,
    actor_id, traceparent, payload, payload_digest, hash)
  SELECT ?1, value ->> '$.epoch', value ->> '$.seq', value ->> '$.id', value ->> '$.type',
    value ->> '$.subject', value ->> '$.timeMs', value ->> '$.actorId', value ->> '$.traceparent',
    value ->> '$.payload', value ->> '$.payloadDigest', value ->> '$.hash'
  FROM json_each(?2) WHERE ${AT_CURSOR}
  ON CONFLICT DO NOTHING`;

/** Jobs whose submission is among the entries, as they stand after all of them. */
export const INSERT_JOBS = `INSERT INTO jobs (tenant_id, id, epoch, version, status,
    channel, type, file_ref, rules_profile_id, sealed, idempotency_key, retry_of,
    output_ref, report_ref, total, processed, errors, warnings, corrections, findings_total, progress,
    error_code, error_message, attempts,
    created_at_ms, updated_at_ms, started_at_ms, completed_at_ms, expires_at_ms)
  SELECT ?1, value ->> '$.id', value ->> '$.epoch', value ->> '$.version', value ->> '$.status',
    value ->> '$.submitted.channel', value ->> '$.submitted.type', value ->> '$.submitted.fileRef',
    value ->> '$.submitted.rulesProfileId', value ->> '$.submitted.sealed', value ->> '$.submitted.idempotencyKey', value ->> '$.submitted.retryOf',
    value ->> '$.outputRef', value ->> '$.reportRef',
    COALESCE(value ->> '$.counters.total', 0), COALESCE(value ->> '$.counters.processed', 0),
    COALESCE(value ->> '$.counters.errors', 0), COALESCE(value ->> '$.counters.warnings', 0),
    COALESCE(value ->> '$.counters.corrections', 0),
    COALESCE(value ->> '$.findingsTotal', 0), COALESCE(value ->> '$.progress', 0),
    value ->> '$.error.code', value ->> '$.error.message', COALESCE(value ->> '$.attempts', 0),
    value ->> '$.submitted.createdAtMs', value ->> '$.updatedAtMs', value ->> '$.startedAtMs',
    value ->> '$.completedAtMs', value ->> '$.submitted.expiresAtMs'
  FROM json_each(?2) WHERE value ->> '$.submitted' IS NOT NULL AND ${AT_CURSOR}
  ON CONFLICT DO NOTHING`;

/**
 * Jobs submitted earlier. The version guard is the second fence: no row ever goes back in its own history. The
 * patches are materialised with their tenant, so that each is one look-up by key and not a walk over its tenant.
 */
export const UPDATE_JOBS = `WITH patch AS MATERIALIZED (
    SELECT ?1 AS tenant_id, value ->> '$.id' AS id, value ->> '$.epoch' AS epoch, value ->> '$.version' AS version,
      value AS says
    FROM json_each(?2) WHERE ${AT_CURSOR})
  UPDATE jobs SET
    epoch = patch.epoch,
    version = patch.version,
    status = says ->> '$.status',
    output_ref = COALESCE(says ->> '$.outputRef', output_ref),
    report_ref = COALESCE(says ->> '$.reportRef', report_ref),
    total = COALESCE(says ->> '$.counters.total', total),
    processed = COALESCE(says ->> '$.counters.processed', processed),
    errors = COALESCE(says ->> '$.counters.errors', errors),
    warnings = COALESCE(says ->> '$.counters.warnings', warnings),
    corrections = COALESCE(says ->> '$.counters.corrections', corrections),
    findings_total = COALESCE(says ->> '$.findingsTotal', findings_total),
    progress = COALESCE(says ->> '$.progress', progress),
    error_code = COALESCE(says ->> '$.error.code', error_code),
    error_message = COALESCE(says ->> '$.error.message', error_message),
    attempts = MAX(attempts, COALESCE(says ->> '$.attempts', 0)),
    updated_at_ms = says ->> '$.updatedAtMs',
    started_at_ms = COALESCE(started_at_ms, says ->> '$.startedAtMs'),
    completed_at_ms = COALESCE(says ->> '$.completedAtMs', completed_at_ms)
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
