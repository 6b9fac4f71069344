import { CALLBACKS_ID } from "../../../src/domain/webhook-endpoint";
import type { Stores } from "../stores";
import { newEndpoint, newest } from "./endpoint-rows";

/** Whoever submits a job with a `callback_url` has its events sent there, from the first one on. Before they are recorded. */
export function expectCallback(stores: Stores, jobId: string, nowMs: number): void {
  ensureCallbacks(stores, nowMs);
  const stored = stores.endpoints.find(CALLBACKS_ID);
  // Nobody was called back for a while: what has been said meanwhile was for nobody.
  if (stored && !stores.endpoints.hasCallbacks() && stored.lease === null)
    stores.endpoints.save({ ...stored, cursor: newest(stores) });
  stores.endpoints.addCallback(jobId);
}

/** The one endpoint of all callbacks, made where it is first needed. */
export function ensureCallbacks(stores: Stores, nowMs: number): void {
  if (stores.endpoints.find(CALLBACKS_ID)) return;
  const settings = {
    description: "The callback_url of each job",
    eventTypes: [],
    lane: "per_job",
    format: "cloudevents",
    payload: "full",
  } as const;
  const cursor = newest(stores);
  const endpoint = newEndpoint(CALLBACKS_ID, "callbacks", settings, cursor, nowMs);
  stores.endpoints.insert({ endpoint, sealed: null, cursor });
}
