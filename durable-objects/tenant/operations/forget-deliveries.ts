import { uuidV7LowerBound } from "../../../src/domain/uuid";
import type { Stores } from "../stores";

/** How long an attempt is shown, and a dead letter kept. */
export const ATTEMPT_KEPT_MS = 14 * 86_400_000;
const DEAD_KEPT_MS = 30 * 86_400_000;
/** Rows that one transaction drops of an endpoint at most. */
const STEP_MAX = 2_000;

/** Drops attempts and dead letters whose time has come; says when there is more to do, null for never. */
export function forgetDeliveries({ endpoints, deliveries, attempts }: Stores, nowMs: number): number | null {
  deliveries.forgetParked(nowMs - DEAD_KEPT_MS);
  const below = uuidV7LowerBound(nowMs - ATTEMPT_KEPT_MS);
  const dues: number[] = [];
  for (const { endpoint } of endpoints.list()) {
    if (attempts.forget(endpoint.id, below, STEP_MAX)) dues.push(nowMs);
    const oldestMs = attempts.oldestMs(endpoint.id);
    if (oldestMs !== null) dues.push(oldestMs + ATTEMPT_KEPT_MS);
  }
  const parkedMs = deliveries.earliestParkedMs();
  if (parkedMs !== null) dues.push(parkedMs + DEAD_KEPT_MS);
  return dues.length === 0 ? null : Math.min(...dues);
}
