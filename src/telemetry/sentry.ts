import { Toucan } from "toucan-js";
import type { Env } from "../env";
import { logError, type ErrorReporter } from "./error-reporter";

/** Logs, and tells Sentry where a DSN is configured. The only file that knows the error tracker. */
export function errorReporter(
  env: Pick<Env, "SENTRY_DSN" | "ENVIRONMENT">,
  context: Pick<ExecutionContext, "waitUntil">,
): ErrorReporter {
  if (env.SENTRY_DSN === "") return logError;
  const sentry = new Toucan({
    dsn: env.SENTRY_DSN,
    environment: env.ENVIRONMENT,
    context: { waitUntil: (work) => context.waitUntil(work) },
  });
  return (error, facts) => {
    logError(error, facts);
    sentry.withScope((scope) => {
      scope.setTags(facts);
      sentry.captureException(error);
    });
  };
}
