import { Toucan } from "toucan-js";
import { asError, logError, type ErrorReporter } from "./error-reporter";

export interface SentryTerms {
  /** Empty: errors are logged only. */
  readonly dsn: string;
  readonly environment: string;
}

/** Logs, and tells Sentry where a DSN is configured. The only file that knows the error tracker. */
export function errorReporter(
  { dsn, environment }: SentryTerms,
  context: Pick<ExecutionContext, "waitUntil">,
): ErrorReporter {
  if (dsn === "") return logError;
  const sentry = new Toucan({
    dsn,
    environment,
    context: { waitUntil: (work) => context.waitUntil(work) },
  });
  return (error, facts) => {
    logError(error, facts);
    sentry.captureException(asError(error), { captureContext: { tags: facts } });
  };
}
