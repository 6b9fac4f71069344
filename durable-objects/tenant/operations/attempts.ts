import { v7 as uuidV7 } from "uuid";
import type { EventPlace } from "../../../src/domain/delivery-plan";
import { err, ok, type Result } from "../../../src/domain/result";
import { secretsInForce } from "../../../src/domain/webhook-endpoint";
import type { Attempt, AttemptFilter } from "../attempt-store";
import type { DeadEvent } from "../delivery-store";
import type { Seal } from "../seal";
import type { Stores } from "../stores";
import { ATTEMPT_KEPT_MS } from "./forget-deliveries";
import { openSecrets } from "./endpoint-secrets";
import { ownEndpoint, type UnknownEndpoint } from "./endpoint-rows";

/** An attempt with what its answer said. */
export type AttemptView = Omit<Attempt, "sealed"> & { readonly snippet: string | null };

/** Newest first; one more than the limit tells whether there is a next page. */
export function listAttempts(
  stores: Stores,
  id: string,
  filter: AttemptFilter,
  page: { readonly limit: number; readonly after: string | null },
  seal: Seal,
): Result<readonly AttemptView[], UnknownEndpoint> {
  if (!ownEndpoint(stores, id)) return err({ reason: "unknown_endpoint" });
  return ok(
    stores.attempts.list(id, filter, page).map(({ sealed, ...attempt }) => ({
      ...attempt,
      snippet: sealed === null ? null : seal.openText("attempts", attempt.id, sealed),
    })),
  );
}

/** In the order of the log; one more than the limit tells whether there is a next page. */
export function listDead(
  stores: Stores,
  id: string,
  { after, limit }: { readonly after: EventPlace; readonly limit: number },
): Result<readonly DeadEvent[], UnknownEndpoint> {
  if (!ownEndpoint(stores, id)) return err({ reason: "unknown_endpoint" });
  return ok(stores.deliveries.parked(id, after, limit + 1));
}

export interface TestTarget {
  readonly url: string;
  readonly secrets: readonly string[];
}

export type TestRefusal = UnknownEndpoint | { readonly reason: "no_url" };

export function testTarget(
  stores: Stores,
  id: string,
  seal: Seal,
  nowMs: number,
): Result<TestTarget, TestRefusal> {
  const stored = ownEndpoint(stores, id);
  if (!stored) return err({ reason: "unknown_endpoint" });
  const secrets = openSecrets(seal, stored);
  const url = secrets?.url ?? null;
  if (!secrets || url === null) return err({ reason: "no_url" });
  return ok({ url, secrets: secretsInForce(secrets, nowMs) });
}

export interface TestAttempt extends Pick<
  Attempt,
  "endpointId" | "eventId" | "atMs" | "durationMs" | "outcome" | "status" | "fault"
> {
  readonly snippet: string | null;
}

/** Of no event: its place is none. */
export function noteTest(stores: Stores, { snippet, ...attempt }: TestAttempt, seal: Seal | null): void {
  if (!ownEndpoint(stores, attempt.endpointId)) return;
  stores.timers.set("housekeeping", attempt.atMs + ATTEMPT_KEPT_MS);
  const id = uuidV7({ msecs: attempt.atMs });
  const sealed = snippet === null || !seal ? null : seal.sealText("attempts", id, snippet);
  stores.attempts.insert([
    { ...attempt, id, type: "webhook.test", attempt: 1, epoch: 0, eventSeq: 0, nextMs: null, sealed },
  ]);
}
