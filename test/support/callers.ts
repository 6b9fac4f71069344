import { env } from "cloudflare:workers";
import { sealContext } from "../../src/crypto/sealed-context";
import { asking, vouchFor, type Caller, type TenantContext } from "../../src/domain/tenant-context";
import type { TenantId } from "../../src/domain/tenant-id";
import { readConfig } from "../../src/env";
import type { RunTerms } from "../../src/queues/run-job";
import { jobMessageParts, type JobMessage } from "../../src/queues/messages";

/** A caller as the Worker would make it from a verified token. */
export const callerOf = (tenantId: TenantId, more: Partial<Omit<TenantContext, symbol>> = {}): Caller =>
  asking(
    vouchFor({
      tenantId,
      actorId: "user_1",
      credential: { type: "token", tokenId: null },
      requestId: crypto.randomUUID(),
      traceparent: null,
      ...more,
    }),
    "test",
    null,
  );

/** An operator's caller, as the operator plane would make it. */
export const operatorOf = (tenantId: TenantId): Caller =>
  callerOf(tenantId, { actorId: "operator:ana", credential: { type: "operator" } });

/** The keys that the tests' Worker seals messages with. */
export const messageKeys = () => readConfig(env).messageKeys;

/** What the tests' Worker runs jobs by. */
export const runTerms = (): RunTerms => readConfig(env);

/** A job's message, sealed as its tenant's object would. */
export function jobMessage(tenantId: TenantId, jobId: string, token: string, epoch = 1): JobMessage {
  const parts = { jobId, token };
  const context = { tenantId, epoch, traceparent: null };
  return { version: 2, context: sealContext(messageKeys(), context, jobMessageParts(parts)), ...parts };
}
