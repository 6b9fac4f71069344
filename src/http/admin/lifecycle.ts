import { Hono } from "hono";
import type { Context } from "hono";
import * as z from "zod";
import { Directory } from "../../directory/directory";
import type { TenantStatus } from "../../domain/tenant";
import { callTenant } from "../call-tenant";
import type { OperatorEnv } from "../context";
import { optionalJsonBody } from "../json-body";
import { operatorOperation } from "../operation";
import { presentTenant } from "../present";
import { replyJson } from "../reply";
import { inDirectory, namedTenant, operatorCaller, refusedLifecycle } from "./operator-caller";

const LifecycleBody = z.strictObject({ reason: z.string().min(1).max(500).optional() });

const step = (id: string, summary: string) =>
  operatorOperation({
    id,
    summary,
    scope: "admin:write",
    body: LifecycleBody,
    bodyOptional: true,
    success: { 200: "The tenant as it is now" },
    problems: ["tenant_invalid", "tenant_not_found", "invalid_state_transition"],
  });

/** A tenant's standing: what is said here is in force with that tenant's next call, wherever it comes from. */
export const lifecycle = new Hono<OperatorEnv>()
  .post(
    "/tenants/:tenantId/suspend",
    step("suspendTenant", "Refuses every call of a tenant; its running work stops"),
    (c) => change(c, c.req.param("tenantId"), "suspended"),
  )
  .post(
    "/tenants/:tenantId/resume",
    step("resumeTenant", "Lets a suspended tenant and its work go on"),
    (c) => change(c, c.req.param("tenantId"), "active"),
  )
  .post(
    "/tenants/:tenantId/offboard",
    step("offboardTenant", "Ends a tenant for good: keys, links, jobs and its id"),
    (c) => change(c, c.req.param("tenantId"), "offboarded"),
  );

/** The object first, the directory after it: a call that dies in between is simply made again. */
async function change(c: Context<OperatorEnv>, name: string, status: TenantStatus): Promise<Response> {
  const tenantId = namedTenant(name);
  const { reason } = await optionalJsonBody(c.req.raw, LifecycleBody);
  const outcome = await callTenant(c.env, operatorCaller(c, tenantId), (tenant, caller) =>
    tenant.setStatus(caller, status, reason ?? null),
  );
  if (!outcome.ok) throw refusedLifecycle(outcome.error);
  const { updatedAtMs } = outcome.value;
  await inDirectory(new Directory(c.env.DIRECTORY).update(tenantId, { status }, updatedAtMs));
  return replyJson(c, presentTenant(outcome.value));
}
