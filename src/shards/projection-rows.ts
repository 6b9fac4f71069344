import type { LogEntry } from "../domain/event";
import type { JobPatch } from "../domain/projection";

/**
 * Rows as the projection's statements read them: arrays, by place. As objects, whose every member is looked for by name,
 * the same rows cost the shard a third more.
 */

type Value = string | number | null;
type Columns<Row> = readonly (readonly [column: string, of: (row: Row) => Value])[];

/** Columns, where each is found in a row, and the rows. */
export interface RowShape<Row> {
  readonly columns: string;
  readonly values: string;
  readonly encode: (row: Row) => readonly Value[];
}

const shapeOf = <Row>(columns: Columns<Row>): RowShape<Row> => ({
  columns: columns.map(([column]) => column).join(", "),
  values: columns.map((_column, at) => `value ->> ${at}`).join(", "),
  encode: (row) => columns.map(([, of]) => of(row)),
});

const ENTRY: Columns<LogEntry> = [
  ["epoch", ({ epoch }) => epoch],
  ["seq", ({ seq }) => seq],
  ["id", ({ id }) => id],
  ["type", ({ type }) => type],
  ["subject", ({ subject }) => subject],
  ["time_ms", ({ timeMs }) => timeMs],
  ["actor_id", ({ actorId }) => actorId],
  ["traceparent", ({ traceparent }) => traceparent],
  ["payload", ({ payload }) => payload],
  ["payload_digest", ({ payloadDigest }) => payloadDigest],
  ["hash", ({ hash }) => hash],
];

export const AUDIT_ROW = shapeOf(ENTRY);
export const EVENT_ROW = shapeOf<LogEntry>([
  ...ENTRY,
  ["event_seq", ({ eventSeq }) => eventSeq],
  ["sealed", ({ sealed }) => sealed],
]);

/** A job whose submission is among the entries, as it stands after all of them. */
export type NewJob = JobPatch & { readonly submitted: NonNullable<JobPatch["submitted"]> };
export const isNewJob = (patch: JobPatch): patch is NewJob => patch.submitted !== null;

export const NEW_JOB_ROW = shapeOf<NewJob>([
  ["id", ({ id }) => id],
  ["epoch", ({ epoch }) => epoch],
  ["version", ({ version }) => version],
  ["status", ({ status }) => status],
  ["channel", ({ submitted }) => submitted.channel],
  ["type", ({ submitted }) => submitted.type],
  ["file_ref", ({ submitted }) => submitted.fileRef],
  ["rules_profile_id", ({ submitted }) => submitted.rulesProfileId],
  ["sealed", ({ submitted }) => submitted.sealed],
  ["idempotency_key", ({ submitted }) => submitted.idempotencyKey],
  ["retry_of", ({ submitted }) => submitted.retryOf],
  ["output_ref", ({ outputRef }) => outputRef],
  ["report_ref", ({ reportRef }) => reportRef],
  ["total", ({ counters }) => counters?.total ?? 0],
  ["processed", ({ counters }) => counters?.processed ?? 0],
  ["errors", ({ counters }) => counters?.errors ?? 0],
  ["warnings", ({ counters }) => counters?.warnings ?? 0],
  ["corrections", ({ counters }) => counters?.corrections ?? 0],
  ["findings_total", ({ findingsTotal }) => findingsTotal ?? 0],
  ["progress", ({ progress }) => progress ?? 0],
  ["error_code", ({ error }) => error?.code ?? null],
  ["error_message", ({ error }) => error?.message ?? null],
  ["attempts", ({ attempts }) => attempts ?? 0],
  ["created_at_ms", ({ submitted }) => submitted.createdAtMs],
  ["updated_at_ms", ({ updatedAtMs }) => updatedAtMs],
  ["started_at_ms", ({ startedAtMs }) => startedAtMs],
  ["completed_at_ms", ({ completedAtMs }) => completedAtMs],
  ["expires_at_ms", ({ submitted }) => submitted.expiresAtMs],
]);

/** By what a later event changes a job; null leaves a column as it is. The job's key and the version guard come first. */
const CHANGES: Columns<JobPatch> = [
  ["output_ref", ({ outputRef }) => outputRef],
  ["report_ref", ({ reportRef }) => reportRef],
  ["total", ({ counters }) => counters?.total ?? null],
  ["processed", ({ counters }) => counters?.processed ?? null],
  ["errors", ({ counters }) => counters?.errors ?? null],
  ["warnings", ({ counters }) => counters?.warnings ?? null],
  ["corrections", ({ counters }) => counters?.corrections ?? null],
  ["findings_total", ({ findingsTotal }) => findingsTotal],
  ["progress", ({ progress }) => progress],
  ["error_code", ({ error }) => error?.code ?? null],
  ["error_message", ({ error }) => error?.message ?? null],
  ["completed_at_ms", ({ completedAtMs }) => completedAtMs],
];

const GUARD: Columns<JobPatch> = [
  ["id", ({ id }) => id],
  ["epoch", ({ epoch }) => epoch],
  ["version", ({ version }) => version],
  ["status", ({ status }) => status],
  ["updated_at_ms", ({ updatedAtMs }) => updatedAtMs],
  ["attempts", ({ attempts }) => attempts ?? 0],
  ["started_at_ms", ({ startedAtMs }) => startedAtMs],
];

/** As a patch: `assignments` of `says`, the row. */
export const JOB_CHANGE = {
  guard: GUARD.map(([column], at) => `value ->> ${at} AS ${column}`).join(", "),
  assignments: CHANGES.map(
    ([column], at) => `${column} = COALESCE(says ->> ${GUARD.length + at}, ${column})`,
  ).join(",\n    "),
  encode: (patch: JobPatch): readonly Value[] => [...GUARD, ...CHANGES].map(([, of]) => of(patch)),
} as const;
