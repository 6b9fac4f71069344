import { isDue } from "./cron-expression.ts";

const MINUTE_MS = 60_000;
const SLOW_MS = 50_000;

export interface CronOptions {
  readonly crons: readonly string[];
  readonly run: (cron: string, scheduledAtMs: number) => Promise<unknown>;
  readonly log: (line: string) => void;
}

/** Fires the scheduled handler as the platform would: on the full minute, each expression by itself. */
export function startCron({ crons, run, log }: CronOptions): { stop(): void } {
  for (const cron of crons) isDue(cron, 0); // One that is not understood stops the start, not a later minute.
  const running = new Set<string>();

  const fire = async (cron: string, scheduledAtMs: number) => {
    if (running.has(cron)) return log(`cron "${cron}" skipped: its last run is not over`);
    running.add(cron);
    const slow = setTimeout(() => log(`cron "${cron}" has been running for ${SLOW_MS / 1000} s`), SLOW_MS);
    try {
      await run(cron, scheduledAtMs);
    } catch (error) {
      log(`cron "${cron}" failed: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      clearTimeout(slow);
      running.delete(cron);
    }
  };

  let timer: NodeJS.Timeout | undefined;
  const arm = () => {
    const nextMs = (Math.floor(Date.now() / MINUTE_MS) + 1) * MINUTE_MS;
    timer = setTimeout(() => {
      arm();
      for (const cron of crons) if (isDue(cron, nextMs)) void fire(cron, nextMs);
    }, nextMs - Date.now());
    timer.unref();
  };
  arm();
  return { stop: () => clearTimeout(timer) };
}
