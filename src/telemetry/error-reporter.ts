import { log, type LogEvent } from "./logger";

/** Where a bug is told, with the few facts that find it again. Never tokens, keys, bodies or cells. */
export type ErrorFacts = { readonly event: LogEvent } & Readonly<Record<string, string | number>>;
export type ErrorReporter = (error: unknown, facts: ErrorFacts) => void;

/** One wide JSON line; the adapter for an error tracker wraps it. */
export const logError: ErrorReporter = (error, { event, ...facts }) => {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  log.error(event, { ...facts, error: name, message, stack });
};
