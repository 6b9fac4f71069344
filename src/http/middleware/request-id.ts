import { createMiddleware } from "hono/factory";
import { isUuid } from "../../domain/uuid";
import type { AppEnv } from "../context";

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** `X-Request-Id` is kept if it is a UUID, else made; a well-formed W3C `traceparent` is handed on. */
export const requestId = createMiddleware<AppEnv>(async (c, next) => {
  const given = c.req.header("x-request-id");
  const id = given !== undefined && isUuid(given) ? given.toLowerCase() : crypto.randomUUID();
  const traceparent = c.req.header("traceparent");
  c.set("requestId", id);
  c.set("traceparent", traceparent !== undefined && TRACEPARENT.test(traceparent) ? traceparent : null);
  c.set("headers", { "X-Request-Id": id, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store" });
  await next();
});
