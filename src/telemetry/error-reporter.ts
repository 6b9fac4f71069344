import { log, type LogEvent } from "./logger";

/** Where a bug is told, with the few facts that find it again. Never tokens, keys, bodies or cells. */
export type ErrorFacts = { readonly event: LogEvent } & Readonly<Record<string, string | number>>;
export type ErrorReporter = (error: unknown, facts: ErrorFacts) => void;

/** One wide JSON line; the adapter for an error tracker wraps it. */
export const logError: ErrorReporter = (thrown, { event, ...facts }) => {
  const { name, message, stack } = asError(thrown);
  log.error(event, { ...facts, error: name, message, stack });
};

/** Whatever was thrown, as an error of its text alone: what an object carries beside it is nobody's to tell. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  try {
    return new Error(String(thrown));
  } catch {
    return new Error("Something that has no text was thrown.");
  }
}
