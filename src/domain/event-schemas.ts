/** JSON Schemas of the events (CONTRACT §5). Released: `test/golden/schemas` holds what may not change any more. */

import { dataSchemaUri, type CloudEvent } from "./cloud-event";
import type { EventData, EventType } from "./event";
import { JOB_TYPES, type JobErrorCode } from "./job";
import {
  anyObject,
  count,
  counters,
  exactly,
  fixChoice,
  int32,
  listOf,
  matching,
  nonEmpty,
  nullable,
  objectSchema,
  optional,
  percent,
  text,
  time,
  uuid,
  wordOf,
  type AnyMember,
  type JsonSchema,
  type MembersOf,
} from "./schema-member";
import { TIERS } from "./tier";

const DIALECT = "https://json-schema.org/draft/2020-12/schema";

const tenantIdText = matching("^t_[a-z0-9_]{1,47}$");

const sha256Text = matching("^[0-9a-f]{64}$");

const ERROR_CODES: Readonly<Record<JobErrorCode, true>> = {
  file_not_found: true,
  file_too_large: true,
  unsupported_encoding: true,
  not_a_table: true,
  decompression_bomb: true,
  rules_profile_not_found: true,
  internal_error: true,
};

/** What there is to say of each type; one that is added to `EventData` does not compile until it stands here. */
const EVENTS: {
  readonly [T in EventType]: { readonly description: string; readonly data: MembersOf<EventData[T]> };
} = {
  "job.submitted": {
    description: "A job was taken on.",
    data: {
      job_id: uuid,
      seller_id: nullable(text),
      channel: text,
      type: wordOf(JOB_TYPES),
      file_ref: text,
      rules_profile_id: text,
      idempotency_key: text,
      callback_url: optional(text),
      metadata: optional(anyObject),
      fixes: optional(fixChoice),
      batch_id: optional(uuid),
      retry_of: optional(uuid),
      expires_at: time,
    },
  },
  "job.started": { description: "A job's work has begun.", data: { job_id: uuid, started_at: time } },
  "job.progress": {
    description: "How far a running job has come.",
    data: { job_id: uuid, counters, progress: percent },
  },
  "job.succeeded": {
    description: "A job is done; its file may have errors all the same.",
    data: {
      job_id: uuid,
      counters,
      findings_total: count,
      duration_ms: count,
      completed_at: time,
      output_ref: optional(text),
      report_ref: text,
      report_digest: optional(text),
      attempts: count,
    },
  },
  "job.failed": {
    description: "A job's work could not be done.",
    data: {
      job_id: uuid,
      error_code: wordOf<JobErrorCode>(Object.keys(ERROR_CODES)),
      error_message: text,
      retry_count: count,
      failed_at: time,
      counters,
      duration_ms: count,
      attempts: count,
    },
  },
  "job.cancelled": {
    description: "A job was cancelled.",
    data: { job_id: uuid, reason: text, cancelled_at: time, counters },
  },
  "job.retried": {
    description: "A job that met a fault of the platform is queued once more.",
    data: { job_id: uuid, original_job_id: uuid, retry_count: count, retried_at: time },
  },
  "job.expired": {
    description: "A job waited too long in the queue.",
    data: { job_id: uuid, ttl_seconds: count, expired_at: time },
  },
  "file.uploaded": {
    description: "A file is there, whole.",
    data: { file_id: uuid, file_ref: text, size: count, sha256: sha256Text },
  },
  "file.deleted": { description: "A file is gone.", data: { file_id: uuid, file_ref: text } },
  "tenant.provisioned": { description: "The tenant was set up.", data: { tier: wordOf(TIERS) } },
  "tenant.updated": {
    description: "The tenant's terms were changed.",
    data: { changed: listOf(text), tier: wordOf(TIERS) },
  },
  "tenant.suspended": { description: "The tenant was suspended.", data: { reason: nullable(text) } },
  "tenant.resumed": { description: "The tenant may work again.", data: { reason: nullable(text) } },
  "tenant.offboarded": { description: "The tenant has left.", data: { reason: nullable(text) } },
  "tenant.support_access_granted": {
    description: "An operator was let into the tenant's data for a while.",
    data: {
      support_access_id: text,
      operator: text,
      reason: text,
      scopes: listOf(text),
      expires_at: time,
    },
  },
  "tenant.support_access_ended": {
    description: "A support access was ended before its time.",
    data: { support_access_id: text, ended_by: text },
  },
  "tenant.restored": {
    description: "The tenant's log was put back: what came after that place of the former epoch never was.",
    data: { previous_epoch: count, previous_sequence: count, restored_at: time },
  },
  "tenant.webhook_disabled": {
    description: "Nothing more is sent to a webhook until it is enabled again.",
    data: { webhook_id: text, reason: text, failing_since: nullable(time), disabled_at: time },
  },
  "rules.published": {
    description: "A rules profile was published: it never changes any more.",
    data: {
      rules_profile_id: text,
      channel: text,
      version: text,
      checksum: sha256Text,
      rule_count: count,
      previous_profile_id: nullable(text),
      latest_profile_id: nullable(text),
      published_at: time,
    },
  },
  "rules.deprecated": {
    description: "A rules profile should not be used any more; where it is named exactly, it still runs.",
    data: {
      rules_profile_id: text,
      channel: text,
      version: text,
      checksum: sha256Text,
      reason: nullable(text),
      successor_profile_id: nullable(text),
      latest_profile_id: nullable(text),
      deprecated_at: time,
    },
  },
  "key.rotated": {
    description: "An API key has a new secret.",
    data: { key_id: text, rotated_at: time, previous_valid_until: nullable(time) },
  },
};

export const EVENT_TYPES = Object.keys(EVENTS) as readonly EventType[];

export const isEventType = (type: string): type is EventType => Object.hasOwn(EVENTS, type);

export const eventDescription = (type: EventType): string => EVENTS[type].description;

/** What `dataschema` names, so it is of `data` alone. */
export const eventDataSchema = (type: EventType): JsonSchema => ({
  $schema: DIALECT,
  $id: dataSchemaUri(type),
  title: `Data of ${type}`,
  description: EVENTS[type].description,
  ...objectSchema({ tenant_id: tenantIdText, ...EVENTS[type].data }),
});

/** The same for the thin form of any event, which has the id of its subject beside the tenant's. */
export const thinDataSchema = (): JsonSchema => ({
  $schema: DIALECT,
  $id: dataSchemaUri("thin"),
  title: "Data of an event in its thin form",
  description: "Says what the event is about, by its id; the rest is to be fetched.",
  ...objectSchema({ tenant_id: tenantIdText }),
});

/** The whole event, in its full form. */
export const cloudEventSchema = (type: EventType): JsonSchema => ({
  $schema: DIALECT,
  $id: `https://docs.validahub.local/schemas/cloudevents/${type}.json`,
  title: type,
  description: EVENTS[type].description,
  ...objectSchema(envelope(type)),
});

const envelope = (type: EventType) =>
  ({
    specversion: exactly("1.0"),
    id: nonEmpty,
    source: matching("^/tenants/t_[a-z0-9_]{1,47}$"),
    type: exactly(type),
    subject: matching("^[a-z_]+:.+$"),
    time,
    datacontenttype: exactly("application/json"),
    dataschema: exactly(dataSchemaUri(type)),
    tenantid: tenantIdText,
    epoch: int32,
    sequence: matching("^[1-9][0-9]*$"),
    partitionkey: nonEmpty,
    traceparent: optional(matching("^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")),
    actorid: nonEmpty,
    data: { json: eventDataSchema(type), isOptional: false },
  }) satisfies { readonly [K in keyof CloudEvent]-?: AnyMember };
