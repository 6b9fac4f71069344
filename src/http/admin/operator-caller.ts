import { PlatformAudit, type PlatformAuditType } from "../../directory/platform-audit";
import type { UnknownTenant } from "../../../durable-objects/tenant/operator-calls";
import type { LifecycleRefusal } from "../../../durable-objects/tenant/operations/lifecycle";
import { asking, operatorActor, vouchFor, type Caller } from "../../domain/tenant-context";
import { parseTenantId, type TenantId } from "../../domain/tenant-id";
import type { Context } from "hono";
import { v7 as uuidV7 } from "uuid";
import { log } from "../../telemetry/logger";
import type { OperatorEnv } from "../context";
import { Problem } from "../problem";

/** An operator, acting on one tenant: what it does there stands in that tenant's own log. */
export function operatorCaller(c: Context<OperatorEnv>, tenantId: TenantId): Caller {
  const { operator, operation, requestId, traceparent } = c.var;
  c.set("tenantId", tenantId);
  const credential = { type: "operator" } as const;
  const context = vouchFor({
    tenantId,
    actorId: operatorActor(operator),
    credential,
    requestId,
    traceparent,
  });
  return asking(context, operation, null, c.req.path);
}

/** Writes down what an operator is about to do that belongs to no tenant's log; it is not done without. */
export async function recordOperator(
  c: Context<OperatorEnv>,
  type: PlatformAuditType,
  data: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const { operator, operation, requestId } = c.var;
  const entry = {
    id: uuidV7(),
    type,
    actorId: operatorActor(operator),
    subject: `operation:${operation}`,
    requestId,
    data,
  };
  await inDirectory(new PlatformAudit(c.env.DIRECTORY).record(entry, Date.now()));
}

/** Work of the control database. Where it fails the answer is to come again: every such call may be repeated. */
export async function inDirectory<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    log.error("directory.failed", { error: String(cause) });
    throw new Problem("temporarily_unavailable", "The control database cannot be reached right now.", {
      headers: { "Retry-After": "2" },
      cause,
    });
  }
}

/** The tenant that an operator's path or body names. */
export function namedTenant(text: string): TenantId {
  const tenantId = parseTenantId(text);
  if (tenantId !== null) return tenantId;
  throw new Problem("tenant_invalid", "A tenant id is t_ followed by 1 to 47 of a-z, 0-9 and _.", {
    fieldErrors: { tenant_id: ["Write t_ followed by 1 to 47 of a-z, 0-9 and _."] },
  });
}

export const unknownTenant = (): Problem => new Problem("tenant_not_found", "There is no such tenant.");

export function refusedLifecycle(refusal: LifecycleRefusal | UnknownTenant): Problem {
  switch (refusal.reason) {
    case "tenant_not_found":
      return unknownTenant();
    case "offboarded":
      return new Problem("invalid_state_transition", "The tenant was offboarded, which is for good.");
  }
}
