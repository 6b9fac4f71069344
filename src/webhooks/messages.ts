import { presentEvent, type EventForm, type OpenedEvent } from "../domain/cloud-event";

/** What is sent of an event, and as what. */
export interface Content {
  readonly contentType: string;
  readonly body: string;
}

/** CloudEvents HTTP binding 1.0.2 §3.2, structured mode; the old service sent plain JSON. */
export const eventContent = (tenantId: string, event: OpenedEvent, form: EventForm): Content => ({
  contentType: form.format === "legacy" ? "application/json" : STRUCTURED,
  body: JSON.stringify(presentEvent(tenantId, event, form)),
});

const STRUCTURED = "application/cloudevents+json; charset=utf-8";

/** A message of the platform's own: a CloudEvent that is in no log, and so has no sequence. */
export const controlContent = (
  tenantId: string,
  { id, type, webhookId, timeMs, data }: ControlMessage,
): Content => ({
  contentType: STRUCTURED,
  body: JSON.stringify({
    specversion: "1.0",
    id,
    source: `/tenants/${tenantId}`,
    type,
    subject: `webhook:${webhookId}`,
    time: new Date(timeMs).toISOString(),
    datacontenttype: "application/json",
    tenantid: tenantId,
    data: { tenant_id: tenantId, ...data },
  }),
});

export interface ControlMessage {
  readonly id: string;
  readonly type: "webhook.test" | "webhook.heartbeat";
  readonly webhookId: string;
  readonly timeMs: number;
  readonly data: Readonly<Record<string, unknown>>;
}
