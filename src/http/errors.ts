import type { ErrorHandler, Hono, NotFoundHandler } from "hono";
import { readConfig } from "../env";
import { log } from "../telemetry/logger";
import { errorReporter } from "../telemetry/sentry";
import type { AppEnv } from "./context";
import { Problem, problemBody } from "./problem";
import { reply } from "./reply";

/** The one place where a failure becomes an answer. What is no Problem is a bug: logged whole, told as nothing. */
export const onError: ErrorHandler<AppEnv> = (error, c) => {
  const { requestId, tenantId } = c.var;
  const problem =
    error instanceof Problem ? error : new Problem("internal_error", "Something failed on our side.");
  if (problem.code === "internal_error")
    errorReporter(readConfig(c.env).sentry, c.executionCtx)(error, {
      event: isIsolationError(error) ? "tenant.isolation_violated" : "request.failed",
      requestId,
      ...(tenantId !== undefined && { tenantId }),
      path: c.req.path,
    });
  else if (problem.status === 401 || problem.status === 403)
    log.info("request.refused", { requestId, tenantId, method: c.req.method, code: problem.code });
  Object.assign(c.var.headers, problem.headers);
  const body = problemBody(problem, { requestId, path: c.req.path, nowMs: Date.now() });
  return reply(c, JSON.stringify(body), problem.status, "application/problem+json");
};

/** Also one that was thrown in an object: it crosses RPC without its class, but says its name. */
const isIsolationError = (error: unknown): boolean =>
  error instanceof Error && /TenantIsolationError/.test(`${error.name} ${error.message}`);

export const notFound: NotFoundHandler<AppEnv> = (c) =>
  onError(new Problem("not_found", "There is nothing at this path."), c);

/** A known path with another method is 405 with `Allow` (RFC 9110 §15.5.6). To be called after all routes. */
export function methodNotAllowed(app: Hono<AppEnv>): void {
  const methods = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    if (method === "ALL") continue;
    const known = methods.get(path) ?? new Set();
    methods.set(path, known.add(method));
  }
  for (const [path, known] of methods) {
    const allow = [...known, ...(known.has("GET") ? ["HEAD"] : [])].join(", ");
    app.all(path, () => {
      throw new Problem("method_not_allowed", `This path takes ${allow}.`, { headers: { Allow: allow } });
    });
  }
}
