import type { CloudEvent } from "../domain/cloud-event";

/** Needs no `data`, so the thin form will do. */
type TracedEvent = Pick<CloudEvent, "specversion" | "id" | "source" | "type" | "subject" | "traceparent">;

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/**
 * An event as OpenTelemetry names its parts: the semantic conventions for CloudEvents, the messaging id that they are
 * to be recorded with, and the trace in the fields of "Trace Context in non-OTLP Log Formats".
 */
export function cloudEventAttributes(event: TracedEvent): Readonly<Record<string, string>> {
  return {
    "cloudevents.event_id": event.id,
    "cloudevents.event_source": event.source,
    "cloudevents.event_spec_version": event.specversion,
    "cloudevents.event_type": event.type,
    "cloudevents.event_subject": event.subject,
    "messaging.message.id": event.id,
    ...traceOf(event.traceparent),
  };
}

function traceOf(traceparent: string | undefined): Readonly<Record<string, string>> {
  const [, trace_id, span_id, trace_flags] = TRACEPARENT.exec(traceparent ?? "") ?? [];
  if (trace_id === undefined || span_id === undefined || trace_flags === undefined) return {};
  return { trace_id, span_id, trace_flags };
}
