import { Hono } from "hono";
import * as z from "zod";
import type { KeyRefusal } from "../../../durable-objects/tenant/answer";
import type { CustodyRefusal, RecoveryRefusal } from "../../../durable-objects/tenant/custody-change";
import type { UnknownTenant } from "../../../durable-objects/tenant/operator-calls";
import { callTenant } from "../call-tenant";
import type { OperatorEnv } from "../context";
import { jsonBody } from "../json-body";
import { keyProblem } from "../key-custody-problems";
import { operatorOperation } from "../operation";
import { presentRotation } from "../present-rotation";
import { Problem } from "../problem";
import { reply, replyJson, setHeader } from "../reply";
import { namedTenant, operatorCaller, unknownTenant } from "./operator-caller";

const text = z.string().min(1).max(4096);

const CustomerKeyBody = z.strictObject({
  type: z.literal("aws-kms").optional(),
  endpoint: text.optional(),
  region: text,
  key_id: text,
  access_key_id: text,
  secret_access_key: text,
  session_token: text.optional(),
});

const RestoreBody = z.strictObject({ wrapper: text, wrapped: text });

/** Who wraps a tenant's key: the customer in the platform's place, and the way back after a loss. */
export const keyCustody = new Hono<OperatorEnv>()
  .put(
    "/tenants/:tenantId/customer-key",
    operatorOperation({
      id: "setCustomerKey",
      summary: "Has an enterprise tenant's key wrapped by a key in the customer's own KMS",
      scope: "admin:write",
      body: CustomerKeyBody,
      success: {
        202: "The rotation that takes everything to a version which the customer's key alone wraps",
      },
      problems: ["tenant_invalid", "tenant_not_found", "invalid_state_transition"],
    }),
    async (c) => {
      const tenantId = namedTenant(c.req.param("tenantId"));
      const settings = await jsonBody(c.req.raw, CustomerKeyBody);
      const outcome = await callTenant(c.env, operatorCaller(c, tenantId), (tenant, caller) =>
        tenant.changeCustody(caller, settings),
      );
      if (!outcome.ok) throw refusedCustody(outcome.error);
      return replyJson(c, { rotation: outcome.value && presentRotation(outcome.value) }, 202);
    },
  )

  .delete(
    "/tenants/:tenantId/customer-key",
    operatorOperation({
      id: "removeCustomerKey",
      summary: "Has the platform wrap the tenant's key again",
      scope: "admin:write",
      success: { 202: "The rotation that takes everything back, or none where the platform wraps already" },
      problems: ["tenant_invalid", "tenant_not_found"],
    }),
    async (c) => {
      const tenantId = namedTenant(c.req.param("tenantId"));
      const outcome = await callTenant(c.env, operatorCaller(c, tenantId), (tenant, caller) =>
        tenant.changeCustody(caller, null),
      );
      if (!outcome.ok) throw refusedCustody(outcome.error);
      return replyJson(c, { rotation: outcome.value && presentRotation(outcome.value) }, 202);
    },
  )

  .get(
    "/tenants/:tenantId/keys/:version/recovery",
    operatorOperation({
      id: "exportKeyRecovery",
      summary: "One half of a version, sealed to the offline recovery key; the tenant's log says who took it",
      scope: "admin:write",
      success: { 200: "A compact JWE" },
      problems: ["tenant_invalid", "tenant_not_found", "not_found"],
    }),
    async (c) => {
      const tenantId = namedTenant(c.req.param("tenantId"));
      const version = versionNamed(c.req.param("version"));
      const outcome = await callTenant(c.env, operatorCaller(c, tenantId), (tenant, caller) =>
        tenant.exportRecovery(caller, version),
      );
      if (!outcome.ok) throw refusedRecovery(outcome.error);
      setHeader(c, "Content-Type", "application/jose");
      return reply(c, outcome.value, 200);
    },
  )

  .post(
    "/tenants/:tenantId/keys/:version/restore",
    operatorOperation({
      id: "restoreKey",
      summary: "Puts in what the recovery drill has wrapped anew, if it proves to be the key that was lost",
      scope: "admin:write",
      body: RestoreBody,
      success: { 204: "It is in force" },
      problems: ["tenant_invalid", "tenant_not_found", "not_found", "invalid_state_transition"],
    }),
    async (c) => {
      const tenantId = namedTenant(c.req.param("tenantId"));
      const version = versionNamed(c.req.param("version"));
      const { wrapper, wrapped } = await jsonBody(c.req.raw, RestoreBody);
      const outcome = await callTenant(c.env, operatorCaller(c, tenantId), (tenant, caller) =>
        tenant.restoreKey(caller, version, { wrapperId: wrapper, text: wrapped }),
      );
      if (!outcome.ok) throw refusedRecovery(outcome.error);
      return reply(c, null, 204);
    },
  );

function versionNamed(named: string): number {
  if (/^[1-9]\d{0,8}$/.test(named)) return Number(named);
  throw unknownVersion();
}

const unknownVersion = (): Problem =>
  new Problem("not_found", "There is no such version, it was destroyed, or it has no recovery copy.");

function refusedCustody(refusal: CustodyRefusal | UnknownTenant): Problem {
  switch (refusal.reason) {
    case "tenant_not_found":
      return unknownTenant();
    case "not_enterprise":
      return new Problem(
        "invalid_state_transition",
        "A key of the customer's own is for the enterprise tier: change the tier first.",
      );
    case "settings_invalid":
      return new Problem("validation_error", `The customer's key cannot be used: ${refusal.detail}`);
    case "key_unavailable":
    case "key_withdrawn":
      return keyProblem(refusal);
  }
}

function refusedRecovery(refusal: RecoveryRefusal | KeyRefusal | UnknownTenant): Problem {
  switch (refusal.reason) {
    case "tenant_not_found":
      return unknownTenant();
    case "unknown_version":
      return unknownVersion();
    case "wrong_key":
      return new Problem(
        "invalid_state_transition",
        "This is not the key of that version: compare tenant, version and wrapper with what the drill printed.",
      );
    case "key_unavailable":
    case "key_withdrawn":
      return keyProblem(refusal);
  }
}
