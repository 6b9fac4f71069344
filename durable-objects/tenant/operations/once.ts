import { err, ok, type Result } from "../../../src/domain/result";
import type { Created, Idempotency, IdempotencyRefusal } from "../answer";
import { forgottenAtMs } from "../idempotency-store";
import type { Stores } from "../stores";

/** How a first answer is kept: as little of it as gives the same answer again. */
export interface Answers<T> {
  readonly keep: (value: T) => string;
  readonly restore: (kept: string) => T;
}

/** Keeps the answer whole, where it cannot be made again from what it created. */
export const wholeAnswer = <T>(): Answers<T> => ({
  keep: (value) => JSON.stringify(value),
  restore: (kept) => JSON.parse(kept) as T,
});

/**
 * Runs a creating command at most once per key (CONTRACT §3): the same payload again gets the first answer,
 * another payload a conflict. The answer is kept in the command's own transaction; refusals are not kept.
 */
export function once<T, R>(
  stores: Pick<Stores, "idempotency" | "timers">,
  idempotency: Idempotency,
  nowMs: number,
  answers: Answers<T>,
  command: () => Result<T, R>,
): Result<Created<T>, R | IdempotencyRefusal> {
  const { route, key, digest, formerDigests } = idempotency;
  const kept = stores.idempotency.find(route, key, nowMs);
  if (kept) {
    if (kept.digest !== digest && !formerDigests.includes(kept.digest))
      return err({ reason: "idempotency_conflict" });
    return ok({ value: answers.restore(kept.answer), replayed: true });
  }
  const outcome = command();
  if (!outcome.ok) return outcome;
  stores.idempotency.keep(route, key, { digest, answer: answers.keep(outcome.value) }, nowMs);
  stores.timers.set("housekeeping", forgottenAtMs(nowMs));
  return ok({ value: outcome.value, replayed: false });
}
