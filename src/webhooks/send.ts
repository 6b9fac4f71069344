import { parseWebhookSecret, signWebhook, type Ed25519Signer } from "../crypto/webhook-signature";
import { parseOutboundUrl } from "../domain/outbound-url";
import type { DeliveryOutcome } from "../domain/webhook-schedule";

export interface SendPorts {
  readonly fetchWebhook: (url: string, init: RequestInit) => Promise<Response>;
  readonly ed25519: Ed25519Signer;
  /** Whether http on this machine may be called: in development only. */
  readonly allowLoopback: boolean;
  readonly nowMs: () => number;
  /** From the first byte sent to the last one read. */
  readonly timeoutMs: number;
}

/** One message for one receiver. */
export interface OutboundMessage {
  readonly id: string;
  readonly url: string;
  readonly contentType: string;
  readonly body: string;
  readonly traceparent: string | null;
  /** `whsec_...`, newest first; none where only `v1a` is wanted. */
  readonly secrets: readonly string[];
}

export interface SendResult {
  readonly atMs: number;
  readonly durationMs: number;
  readonly outcome: DeliveryOutcome | { readonly type: "refused"; readonly fault: string };
  /** How the answer to a failure began. */
  readonly snippet: string | null;
}

/** Of an answer, as much as helps who looks into a failure. */
const SNIPPET_BYTES = 1_024;
const USER_AGENT = "ValidaHub-Webhooks/1";

/**
 * Posts one message as Standard Webhooks has it. Never throws for what a receiver does. The address is read anew at each
 * attempt: what may be called can have changed since it was registered. Redirects are not followed, for they would lead
 * past that check.
 */
export async function sendWebhook(message: OutboundMessage, ports: SendPorts): Promise<SendResult> {
  const atMs = ports.nowMs();
  const address = parseOutboundUrl(message.url, { allowLoopback: ports.allowLoopback });
  if (!address.ok)
    return {
      atMs,
      durationMs: 0,
      outcome: { type: "refused", fault: address.error.reason },
      snippet: address.error.detail,
    };

  const body = new TextEncoder().encode(message.body);
  const headers = await headersOf(message, body, atMs, ports.ed25519);
  // An own controller: `AbortSignal.timeout` would not end a body that trickles in for ever.
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), ports.timeoutMs);
  try {
    const response = await ports.fetchWebhook(message.url, {
      method: "POST",
      headers,
      body,
      redirect: "manual",
      signal: patience.signal,
    });
    const outcome: DeliveryOutcome = {
      type: "answered",
      status: response.status,
      retryAfter: response.headers.get("retry-after"),
    };
    const snippet = await snippetOf(response);
    return { atMs, durationMs: ports.nowMs() - atMs, outcome, snippet };
  } catch {
    const type = patience.signal.aborted ? "timeout" : "network_error";
    return { atMs, durationMs: ports.nowMs() - atMs, outcome: { type }, snippet: null };
  } finally {
    clearTimeout(timer);
    patience.abort();
  }
}

async function headersOf(
  { id, contentType, traceparent, secrets }: OutboundMessage,
  body: Uint8Array,
  atMs: number,
  ed25519: Ed25519Signer,
): Promise<Record<string, string>> {
  const keys = secrets.flatMap((secret) => {
    const key = parseWebhookSecret(secret);
    return key.ok ? [key.value] : [];
  });
  const signed = await signWebhook(
    { id, timestampSeconds: Math.floor(atMs / 1000), body },
    { secrets: keys, ed25519 },
  );
  if (!signed.ok) throw new Error(`A message cannot be signed: ${signed.error}.`);
  return {
    ...signed.value,
    "content-type": contentType,
    "user-agent": USER_AGENT,
    ...(traceparent !== null && { traceparent }),
  };
}

/** Of a success nothing is read; its status is all that counts. */
async function snippetOf(response: Response): Promise<string | null> {
  if (!response.body) return null;
  if (response.ok) {
    await response.body.cancel();
    return null;
  }
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    while (bytes < SNIPPET_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      bytes += value.length;
    }
  } finally {
    // Whatever else it has to say is not waited for.
    reader.cancel().catch(() => undefined);
  }
  return printable(Buffer.concat(chunks).subarray(0, SNIPPET_BYTES));
}

const printable = (bytes: Uint8Array): string =>
  new TextDecoder().decode(bytes).replace(/[\p{Cc}\p{Cf}]/gu, " ");
