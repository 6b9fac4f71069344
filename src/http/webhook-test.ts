import type { Context } from "hono";
import { v7 as uuidV7 } from "uuid";
import { controlContent } from "../webhooks/messages";
import { outbound } from "../webhooks/outbound";
import { sendWebhook } from "../webhooks/send";
import type { TenantEnv } from "./context";

/** Sends a message of the platform's own to a webhook, signed like any other; what came of it, as an attempt. */
export async function sendTest(c: Context<TenantEnv>, id: string, url: string, secrets: readonly string[]) {
  const { tenantId, traceparent } = c.var.caller;
  const eventId = uuidV7();
  const content = controlContent(tenantId, {
    id: eventId,
    type: "webhook.test",
    webhookId: id,
    timeMs: Date.now(),
    data: { webhook_id: id },
  });
  const sent = await sendWebhook({ id: eventId, url, secrets, traceparent, ...content }, outbound(c.env));
  const { outcome, ...times } = sent;
  const status = outcome.type === "answered" ? outcome.status : null;
  return {
    endpointId: id,
    eventId,
    ...times,
    outcome: status !== null && status >= 200 && status <= 299 ? ("delivered" as const) : ("failed" as const),
    status,
    fault: outcome.type === "answered" ? null : outcome.type === "refused" ? outcome.fault : outcome.type,
  };
}
