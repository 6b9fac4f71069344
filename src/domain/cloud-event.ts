/** An event of the log as consumers read it: CloudEvents 1.0.2 in structured mode (CONTRACT §5), or the old service's envelope. */

import type { LogEntry } from "./event";

export const EVENT_FORMATS = ["cloudevents", "legacy"] as const;
export type EventFormat = (typeof EVENT_FORMATS)[number];

/** `thin`: the ids alone, for receivers that fetch the rest themselves. */
export const EVENT_PAYLOADS = ["full", "thin"] as const;
export type EventPayload = (typeof EVENT_PAYLOADS)[number];

export interface EventForm {
  readonly format: EventFormat;
  readonly payload: EventPayload;
}

/** What an event is made of, wherever it is read from; its payload is opened already. */
export type OpenedEvent = Pick<
  LogEntry,
  "epoch" | "eventSeq" | "id" | "type" | "subject" | "timeMs" | "actorId" | "traceparent" | "payload"
>;

export const presentEvent = (tenantId: string, entry: OpenedEvent, { format, payload }: EventForm) =>
  format === "legacy" ? legacyEvent(tenantId, entry, payload) : cloudEvent(tenantId, entry, payload);

/** A CloudEvent; the same event gives the same members in the feed, on a stream and in a webhook. */
export const cloudEvent = (tenantId: string, entry: OpenedEvent, payload: EventPayload = "full") => ({
  specversion: "1.0",
  id: entry.id,
  source: `/tenants/${tenantId}`,
  type: entry.type,
  subject: entry.subject,
  time: rfc3339(entry.timeMs),
  datacontenttype: "application/json",
  dataschema: dataSchemaUri(payload === "thin" ? "thin" : entry.type),
  tenantid: tenantId,
  epoch: entry.epoch,
  sequence: String(entry.eventSeq),
  partitionkey: entry.subject,
  ...(entry.traceparent === null ? {} : { traceparent: entry.traceparent }),
  actorid: entry.actorId,
  data: dataOf(tenantId, entry, payload),
});

export type CloudEvent = ReturnType<typeof cloudEvent>;

/** CloudEvents 1.0.2 asks for a URI, which is absolute; the API serves the schema at the same path. */
export const dataSchemaUri = (name: string): string =>
  `https://docs.validahub.local/schemas/events/${name}.json`;

/** The flat envelope of the old service. */
const legacyEvent = (tenantId: string, entry: OpenedEvent, payload: EventPayload) => {
  const traceId = entry.traceparent?.split("-")[1];
  return {
    id: entry.id,
    source: `/tenants/${tenantId}`,
    specversion: "1.0",
    type: entry.type,
    time: rfc3339(entry.timeMs),
    subject: entry.subject,
    datacontenttype: "application/json",
    tenant_id: tenantId,
    ...(traceId === undefined ? {} : { trace_id: traceId }),
    actor_id: entry.actorId,
    schema_version: "1",
    data: dataOf(tenantId, entry, payload),
  };
};

/** First in place and last to speak: no payload says whose event it is. */
function dataOf(tenantId: string, { subject, payload }: OpenedEvent, form: EventPayload) {
  const told = form === "thin" ? idOf(subject) : (JSON.parse(payload) as Record<string, unknown>);
  return Object.assign({ tenant_id: tenantId }, told, { tenant_id: tenantId });
}

/** `job:ID` is `{job_id: ID}`. */
function idOf(subject: string): Record<string, string> {
  const at = subject.indexOf(":");
  return at === -1 ? {} : { [`${subject.slice(0, at)}_id`]: subject.slice(at + 1) };
}

const rfc3339 = (ms: number): string => new Date(ms).toISOString();
