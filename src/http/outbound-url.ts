import type { Context } from "hono";
import { parseOutboundUrl } from "../domain/outbound-url";
import { readConfig } from "../env";
import type { AppEnv } from "./context";
import { Problem } from "./problem";

/** What a body's schema lets through to the fence, which says what is wrong. */
export const MAX_URL_CHARS = 4096;

/** A URL that we are to call for a tenant, as it was sent; refused by its member's name. It is read again at each call. */
export function outboundUrl<E extends AppEnv>(c: Context<E>, member: string, text: string): string {
  const { allowLoopback } = readConfig(c.env);
  const url = parseOutboundUrl(text, { allowLoopback });
  if (url.ok) return text;
  throw new Problem("validation_error", `${member}: ${url.error.detail}`, {
    fieldErrors: { [member]: [url.error.detail] },
  });
}
