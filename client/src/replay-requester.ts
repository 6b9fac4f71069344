import type { ReplayRequest } from "./replays.ts";

/** As much of `fetch` as is used, so that any will do. */
export type Fetch = (
  url: string,
  init: {
    readonly method: "POST";
    readonly headers: Record<string, string>;
    readonly body: string;
    readonly redirect: "manual";
    readonly signal: AbortSignal;
  },
) => Promise<{ readonly status: number; text(): Promise<string> }>;

export interface ReplayRequesterOptions {
  readonly baseUrl: string;
  readonly webhookId: string;
  /** With the scope `webhooks:write`; a function where tokens are short-lived. */
  readonly token: string | (() => Promise<string>);
  readonly fetch: Fetch;
}

/** A heartbeat waits for it, and its sender has 10 s. */
const TIMEOUT_MS = 5_000;
const REASON_CHARS = 500;

/** What `requestReplay` may be: `POST /v1/webhooks/{id}/replay`. Throws for any other answer than 202. */
export function replayRequester({ baseUrl, webhookId, token, fetch: send }: ReplayRequesterOptions) {
  const url = `${baseUrl.replace(/\/+$/, "")}/v1/webhooks/${encodeURIComponent(webhookId)}/replay`;
  return async ({ fromSequence, idempotencyKey }: ReplayRequest): Promise<{ readonly to: string }> => {
    const bearer = typeof token === "string" ? token : await token();
    const response = await send(url, {
      method: "POST",
      headers: {
        authorization: `Bearer ${bearer}`,
        "content-type": "application/json",
        "idempotency-key": idempotencyKey,
      },
      body: JSON.stringify({ from_sequence: fromSequence }),
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (response.status !== 202)
      throw new Error(`A replay was answered ${response.status}: ${text.slice(0, REASON_CHARS)}`);
    return JSON.parse(text) as { readonly to: string };
  };
}
