import { sealContext } from "../../../src/crypto/sealed-context";
import type { TenantId } from "../../../src/domain/tenant-id";
import { deliveryMessageParts, type DeliveryMessage } from "../../../src/queues/messages";
import type { CommandQueue } from "../command";
import { dueAtMs } from "../operations/delivery-turns";
import type { Stores } from "../stores";
import type { Sink } from "./drain";
import { queueSink, SEND_BATCH_MAX } from "./queue-sink";

export interface WakeUpTerms {
  readonly leaseMs: number;
  readonly tenantId: TenantId;
  /** Seal the messages' contexts, the newest key first. */
  readonly messageKeys: readonly [Uint8Array, ...Uint8Array[]];
}

/**
 * Leases every endpoint that has something due to a worker of its own, and says so by a message. A message that is lost
 * leaves a lease that runs out. Inside a command.
 */
export function grantDeliveries(
  stores: Stores,
  { tenantId, messageKeys, leaseMs }: WakeUpTerms,
  nowMs: number,
): readonly DeliveryMessage[] {
  const { epoch } = stores.log.head();
  const messages: DeliveryMessage[] = [];
  let nextMs = Number.POSITIVE_INFINITY;
  for (const stored of stores.endpoints.list()) {
    const endpointId = stored.endpoint.id;
    const dueMs = dueAtMs(stores, stored, nowMs) ?? Number.POSITIVE_INFINITY;
    if (dueMs > nowMs || messages.length === SEND_BATCH_MAX) {
      // Nobody has it any more: what happens next must be told.
      if (stored.lease && stored.lease.expiresAtMs <= nowMs) stores.endpoints.saveLease(endpointId, null);
      nextMs = Math.min(nextMs, Math.max(dueMs, nowMs));
      continue;
    }
    // A wake-up that is late, not lost, is as good as the next: of both, one begins.
    const token = stored.lease?.pass === null ? stored.lease.token : crypto.randomUUID();
    stores.endpoints.saveLease(endpointId, { token, expiresAtMs: nowMs + leaseMs, pass: null });
    nextMs = Math.min(nextMs, nowMs + leaseMs);
    const parts = { endpointId, token };
    const context = { tenantId, epoch, traceparent: null };
    messages.push({
      version: 1,
      context: sealContext(messageKeys, context, deliveryMessageParts(parts)),
      ...parts,
    });
  }
  stores.timers.replace("deliveries", Number.isFinite(nextMs) ? nextMs : null);
  return messages;
}

/** Granted deliveries to the `events` queue. */
export const wakeUpSink = (
  granted: readonly DeliveryMessage[],
  queue: Pick<Queue<DeliveryMessage>, "sendBatch">,
  stores: Stores,
  commands: CommandQueue,
): Sink<readonly DeliveryMessage[]> =>
  queueSink(
    granted,
    queue,
    {
      name: "wake_ups",
      timer: "deliveries",
      giveBack: ({ endpointId, token }) => {
        if (stores.endpoints.find(endpointId)?.lease?.token === token)
          stores.endpoints.saveLease(endpointId, null);
      },
    },
    stores,
    commands,
  );
