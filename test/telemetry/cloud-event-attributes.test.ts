import { describe, expect, it } from "vitest";
import { cloudEvent } from "../../src/domain/cloud-event";
import { cloudEventAttributes } from "../../src/telemetry/cloud-event-attributes";
import { EVENT_ENTRIES, TENANT } from "../golden/event-samples";

/** The registry of OpenTelemetry's semantic conventions for CloudEvents: it has these and no other. */
const CLOUDEVENTS = [
  "cloudevents.event_id",
  "cloudevents.event_source",
  "cloudevents.event_spec_version",
  "cloudevents.event_subject",
  "cloudevents.event_type",
];
const TRACE = ["trace_id", "span_id", "trace_flags"];

describe("cloudEventAttributes", () => {
  it.each(EVENT_ENTRIES)("names each part of %s as the conventions do", (_file, entry) => {
    const names = Object.keys(cloudEventAttributes(cloudEvent(TENANT, entry)));
    const trace = entry.traceparent === null ? [] : TRACE;
    expect(names.toSorted()).toEqual([...CLOUDEVENTS, "messaging.message.id", ...trace].toSorted());
  });

  it("takes the values over as they are, whatever the form", () => {
    const [, entry] = EVENT_ENTRIES.find(([, { traceparent }]) => traceparent !== null)!;
    const expected = {
      "cloudevents.event_id": entry.id,
      "cloudevents.event_source": "/tenants/t_acme",
      "cloudevents.event_spec_version": "1.0",
      "cloudevents.event_subject": entry.subject,
      "cloudevents.event_type": entry.type,
      "messaging.message.id": entry.id,
      trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
      span_id: "00f067aa0ba902b7",
      trace_flags: "01",
    };
    for (const form of ["full", "thin"] as const)
      expect(cloudEventAttributes(cloudEvent(TENANT, entry, form))).toEqual(expected);
  });

  it("has no trace of what is no traceparent", () => {
    const [, entry] = EVENT_ENTRIES[0]!;
    const attributes = cloudEventAttributes(cloudEvent(TENANT, { ...entry, traceparent: "00-abc-def-01" }));
    for (const name of TRACE) expect(attributes).not.toHaveProperty(name);
  });
});
