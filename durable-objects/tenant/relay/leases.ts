import { sealContext } from "../../../src/crypto/sealed-context";
import type { TenantId } from "../../../src/domain/tenant-id";
import { jobMessageParts, type JobMessage } from "../../../src/queues/messages";
import { applyStep } from "../operations/jobs";
import { PLATFORM, type Stores } from "../stores";
import type { CommandQueue } from "../command";
import type { Sink } from "./drain";
import { queueSink, SEND_BATCH_MAX } from "./queue-sink";

export interface LeaseTerms {
  readonly tenantId: TenantId;
  /** 0 for a tenant that is not active: what is asked for waits. */
  readonly runningJobs: number;
  /** Seal the messages' contexts, the newest key first. */
  readonly messageKeys: readonly [Uint8Array, ...Uint8Array[]];
  readonly leaseMs: number;
  /** When an operator's override ends and other limits count; null for never. */
  readonly limitsEndMs: number | null;
  readonly newToken: () => string;
}

/**
 * Gives leases to waiting jobs while the tenant has running places (DESIGN §2.7). The lease is committed before
 * its message is sent: a message that is lost leaves a lease that expires, and the job is dispatched again.
 */
export function grantLeases(stores: Stores, terms: LeaseTerms, nowMs: number): readonly JobMessage[] {
  const free = terms.runningJobs - stores.jobs.leasedCount();
  const places = Math.min(SEND_BATCH_MAX, free);
  const waiting = places > 0 ? stores.jobs.waiting(nowMs, places) : [];
  const { epoch } = stores.log.head();
  const messages = waiting.map((job): JobMessage => {
    const lease = { token: terms.newToken(), expiresAtMs: nowMs + terms.leaseMs };
    applyStep(stores, PLATFORM, job, { type: "lease", lease }, nowMs);
    const { tenantId, messageKeys } = terms;
    const parts = { jobId: job.id, token: lease.token };
    const context = { tenantId, epoch, traceparent: job.traceparent };
    return { version: 2, context: sealContext(messageKeys, context, jobMessageParts(parts)), ...parts };
  });
  stores.timers.replace("dispatch", nextDispatchMs(stores, terms, free - waiting.length, nowMs));
  return messages;
}

/**
 * With places left: when the next job waits, be it one that backs off from a fault or one beyond a full send. With
 * none left, the next one that is freed sets the timer; only the end of an override frees places without saying so.
 */
function nextDispatchMs(stores: Stores, terms: LeaseTerms, left: number, nowMs: number): number | null {
  const waitingMs = left > 0 ? stores.jobs.nextDispatchMs() : null;
  const endMs = terms.limitsEndMs !== null && terms.limitsEndMs > nowMs ? terms.limitsEndMs : null;
  if (waitingMs === null) return endMs;
  return Math.max(nowMs + 1, Math.min(waitingMs, endMs ?? waitingMs));
}

/** Granted leases to the queue of the tenant's tier. */
export const leaseSink = (
  granted: readonly JobMessage[],
  queue: Pick<Queue<JobMessage>, "sendBatch">,
  stores: Stores,
  commands: CommandQueue,
  nowMs: () => number,
): Sink<readonly JobMessage[]> =>
  queueSink(
    granted,
    queue,
    {
      name: "leases",
      timer: "dispatch",
      giveBack: ({ jobId, token }) => {
        const job = stores.jobs.find(jobId);
        if (job) applyStep(stores, PLATFORM, job, { type: "release", token }, nowMs());
      },
    },
    stores,
    commands,
  );
