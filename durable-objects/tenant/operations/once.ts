import { err, ok, type Result } from "../../../src/domain/result";
import type { Created, Idempotency, IdempotencyRefusal } from "../answer";
import type { IdempotencyStore } from "../idempotency-store";

/**
 * Runs a creating command at most once per key (CONTRACT §3): the same payload again gets the first answer,
 * another payload a conflict. The answer is kept in the command's own transaction; refusals are not kept.
 */
export function once<T, R>(
  store: IdempotencyStore,
  idempotency: Idempotency,
  nowMs: number,
  command: () => Result<T, R>,
): Result<Created<T>, R | IdempotencyRefusal> {
  const { route, key, digest } = idempotency;
  const kept = store.find(route, key, nowMs);
  if (kept) {
    if (kept.digest !== digest) return err({ reason: "idempotency_conflict" });
    return ok({ value: JSON.parse(kept.answer) as T, replayed: true });
  }
  const outcome = command();
  if (!outcome.ok) return outcome;
  store.keep(route, key, { digest, answer: JSON.stringify(outcome.value) }, nowMs);
  return ok({ value: outcome.value, replayed: false });
}
