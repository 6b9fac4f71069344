import { PLATFORM, type Stores } from "../stores";
import { applyStep } from "./jobs";
import { cancelOffboarded } from "./lifecycle";

/** What of jobs falls due by itself: a bounded step inside a command, and when the next one is due. */

/** Jobs that one transaction moves at most. */
const STEP_MAX = 200;

export function reclaimLeases(stores: Stores, nowMs: number): void {
  for (const job of stores.jobs.leaseExpired(nowMs, STEP_MAX))
    applyStep(stores, PLATFORM, job, { type: "lose_lease" }, nowMs);
  stores.timers.replace("leases", stores.jobs.nextLeaseExpiryMs());
}

export function expireJobs(stores: Stores, nowMs: number): void {
  for (const job of stores.jobs.overdue(nowMs, STEP_MAX))
    applyStep(stores, PLATFORM, job, { type: "expire" }, nowMs);
  stores.timers.replace("expiry", stores.jobs.nextExpiryMs());
}

export function cancelNextOffboarded(stores: Stores, nowMs: number): void {
  const more = cancelOffboarded(stores, PLATFORM, nowMs);
  stores.timers.replace("offboarding", more ? nowMs : null);
}
