import type { Context } from "hono";
import { accepts } from "hono/accepts";
import type { EventPage } from "../../durable-objects/tenant/operations/events";
import { presentEvent, type EventFormat } from "../domain/cloud-event";
import { placeText } from "../domain/delivery-plan";
import type { TenantEnv } from "./context";
import { reply, replyJson, setHeader } from "./reply";

const BATCH = "application/cloudevents-batch+json";
const JSON_TYPE = "application/json";

/**
 * A page of the log: `{data, next, last}`, or the bare batch of CloudEvents for whoever asks for it by `Accept`, since
 * it must be solicited (CloudEvents HTTP binding 1.0.2 §1.3). The old envelope is no CloudEvent and comes in no batch.
 */
export function replyEvents(
  c: Context<TenantEnv>,
  { events, ...places }: EventPage,
  format: EventFormat,
): Response {
  const { tenantId } = c.var.caller;
  const data = events.map((entry) => presentEvent(tenantId, entry, { format, payload: "full" }));
  const [next, last] = [placeText(places.next), placeText(places.last)];
  setHeader(c, "Vary", "Accept");
  if (format === "legacy" || !isBatchWanted(c)) return replyJson(c, { data, next, last });
  setHeader(c, "Events-Next", next);
  setHeader(c, "Events-Last", last);
  setHeader(c, "Link", `<${pageAfter(c.req.url, next)}>; rel="next"`);
  return reply(c, JSON.stringify(data), 200, BATCH);
}

const isBatchWanted = (c: Context<TenantEnv>): boolean =>
  accepts(c, { header: "Accept", supports: [JSON_TYPE, BATCH], default: JSON_TYPE }) === BATCH;

function pageAfter(url: string, next: string): string {
  const page = new URL(url);
  page.searchParams.set("after", next);
  return `${page.pathname}${page.search}`;
}
