import { AsyncLocalStorage } from "node:async_hooks";

/** Whose work a line belongs to. */
export interface LogContext {
  readonly tenantId?: string | undefined;
  readonly requestId?: string | undefined;
  readonly traceId?: string | undefined;
}

/** Everything that is logged, by name. */
export type LogEvent =
  | "alarm.step_failed"
  | "archive.diverged"
  | "archive.unreadable"
  | "delivery.failed"
  | "directory.failed"
  | "history.failed"
  | "job.attempt_failed"
  | "keys.fetch_failed"
  | "kms.failed"
  | "message.refused"
  | "queue.dead_letter"
  | "queue.discarded"
  | "queue.work_failed"
  | "readiness.failed"
  | "relay.failed"
  | "relay.restored"
  | "request.failed"
  | "request.refused"
  | "reseal.unreadable"
  | "retention.failed"
  | "seal.broken"
  | "stream.failed"
  | "sweep.done"
  | "tenant.isolation_violated"
  | "verdict.unknown_code";

type Facts = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Follows the work across its awaits; it holds nothing of anybody by itself. */
const contexts = new AsyncLocalStorage<LogContext>();

/** Runs `work` with every line it logs, now or after an await, belonging to `context`. */
export const withLogContext = <T>(context: LogContext, work: () => T): T => contexts.run(context, work);

/** One wide JSON line each. The context wins over a fact of the same name: a line cannot claim another tenant. */
export const log = {
  info: (event: LogEvent, facts: Facts = {}): void => console.info(line(event, facts)),
  warn: (event: LogEvent, facts: Facts = {}): void => console.warn(line(event, facts)),
  error: (event: LogEvent, facts: Facts = {}): void => console.error(line(event, facts)),
};

const line = (event: LogEvent, facts: Facts): string =>
  JSON.stringify({ event, ...facts, ...contexts.getStore() });

/** The trace of a W3C `traceparent`. */
export const traceIdOf = (traceparent: string | null): string | undefined => traceparent?.split("-")[1];
