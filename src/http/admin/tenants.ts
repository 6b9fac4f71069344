import { Hono } from "hono";
import * as z from "zod";
import type { ProvisionRefusal, TenantPatch } from "../../../durable-objects/tenant/operations/tenancy";
import { Directory, type DirectoryTenant } from "../../directory/directory";
import { TIERS, type Overrides } from "../../domain/tier";
import type { OperatorEnv } from "../context";
import { created, idempotencyConflict, idempotencyOf } from "../idempotency";
import { jsonBody, query } from "../json-body";
import { operatorOperation } from "../operation";
import { presentTenant } from "../present";
import { keyProblem } from "../key-custody-problems";
import { Problem } from "../problem";
import { callTenant } from "../call-tenant";
import { replyJson, setHeader } from "../reply";
import {
  inDirectory,
  namedTenant,
  operatorCaller,
  recordOperator,
  refusedLifecycle,
  unknownTenant,
} from "./operator-caller";

const LOCATION_HINTS = ["wnam", "enam", "sam", "weur", "eeur", "apac", "oc", "afr", "me"] as const;

const OverridesBody = z.strictObject({
  rate: z
    .strictObject({ sustained: z.int().min(1).max(100_000), burst: z.int().min(1).max(1_000_000) })
    .optional(),
  running_jobs: z.int().min(0).max(1_000).optional(),
  rows_per_day: z.int().min(0).optional(),
  storage_bytes: z.int().min(0).optional(),
  file_bytes: z.int().min(0).optional(),
  signed_url_seconds: z.int().min(1).max(86_400).optional(),
  expires_at: z.iso.datetime({ offset: true }).optional(),
});

const ProvisionBody = z.strictObject({
  tenant_id: z.string(),
  name: z.string().min(1).max(200),
  tier: z.enum(TIERS),
  location_hint: z.enum(LOCATION_HINTS).optional(),
  overrides: OverridesBody.optional(),
});

const PatchBody = z
  .strictObject({
    name: z.string().min(1).max(200).optional(),
    tier: z.enum(TIERS).optional(),
    overrides: OverridesBody.optional(),
  })
  .refine((patch) => Object.keys(patch).length > 0, "Name at least one member to change.");

const ListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(64).optional(),
});

export const tenants = new Hono<OperatorEnv>()
  /**
   * The directory is told first and last, the object in between: whatever step a crash follows, the same call
   * again goes on from there.
   */
  .post(
    "/tenants",
    operatorOperation({
      id: "provisionTenant",
      summary: "Makes a tenant: its place in the directory and its object",
      scope: "admin:write",
      body: ProvisionBody,
      idempotent: true,
      success: { 201: "The tenant" },
      problems: ["tenant_invalid", "already_exists"],
    }),
    async (c) => {
      const body = await jsonBody(c.req.raw, ProvisionBody);
      const tenantId = namedTenant(body.tenant_id);
      const idempotency = idempotencyOf(c, body);
      const directory = new Directory(c.env.DIRECTORY);
      const overrides = readOverrides(body.overrides ?? {});
      const placed = await inDirectory(
        directory.begin(
          { tenantId, name: body.name, tier: body.tier, overrides, locationHint: body.location_hint ?? null },
          Date.now(),
        ),
      );
      const operator = operatorCaller(c, tenantId);
      const outcome = await callTenant(
        c.env,
        operator,
        (tenant) =>
          tenant.provision(operator, {
            name: body.name,
            tier: body.tier,
            overrides,
            shard: placed.shard,
            idempotency,
          }),
        body.location_hint,
      );
      if (!outcome.ok) {
        // It may stand as provisioning in the directory: a first call may have died between object and directory.
        const existing = await callTenant(c.env, operator, (tenant) => tenant.inspect(operator));
        if (existing) await inDirectory(directory.activate(tenantId, existing, existing.updatedAtMs));
        throw refusedProvision(outcome.error);
      }
      const tenant = created(c, outcome.value);
      await inDirectory(directory.activate(tenantId, tenant, tenant.updatedAtMs));
      setHeader(c, "Location", `/admin/v1/tenants/${tenantId}`);
      return replyJson(c, presentTenant(tenant), 201);
    },
  )

  .get(
    "/tenants",
    operatorOperation({
      id: "listTenants",
      summary: "All tenants, by id",
      scope: "admin:read",
      query: ListQuery,
      success: { 200: "A page of tenants" },
    }),
    async (c) => {
      const { limit, cursor } = query(c.req.url, ListQuery);
      await recordOperator(c, "operator.tenants_listed");
      const page = await inDirectory(new Directory(c.env.DIRECTORY).list({ limit, cursor: cursor ?? null }));
      return replyJson(c, {
        data: page.tenants.map(presentListed),
        meta: { limit, next_cursor: page.nextCursor },
      });
    },
  )

  .get(
    "/tenants/:tenantId",
    operatorOperation({
      id: "inspectTenant",
      summary: "A tenant as its object knows it",
      scope: "admin:read",
      success: { 200: "The tenant" },
      problems: ["tenant_invalid", "tenant_not_found"],
    }),
    async (c) => {
      const tenantId = namedTenant(c.req.param("tenantId"));
      const tenant = await callTenant(c.env, operatorCaller(c, tenantId), (object, caller) =>
        object.inspect(caller),
      );
      if (tenant === null) throw unknownTenant();
      return replyJson(c, presentTenant(tenant));
    },
  )

  .patch(
    "/tenants/:tenantId",
    operatorOperation({
      id: "patchTenant",
      summary: "Changes a tenant's name, tier or overrides, in force with its next call",
      scope: "admin:write",
      body: PatchBody,
      success: { 200: "The tenant as it is now" },
      problems: ["tenant_invalid", "tenant_not_found"],
    }),
    async (c) => {
      const tenantId = namedTenant(c.req.param("tenantId"));
      const body = await jsonBody(c.req.raw, PatchBody);
      const patch: TenantPatch = {
        ...(body.name !== undefined && { name: body.name }),
        ...(body.tier !== undefined && { tier: body.tier }),
        ...(body.overrides !== undefined && { overrides: readOverrides(body.overrides) }),
      };
      const outcome = await callTenant(c.env, operatorCaller(c, tenantId), (object, caller) =>
        object.patchTenant(caller, patch),
      );
      if (!outcome.ok) throw refusedLifecycle(outcome.error);
      const { name, tier, overrides, status, updatedAtMs } = outcome.value;
      const change = { name, tier, overrides, status };
      await inDirectory(new Directory(c.env.DIRECTORY).update(tenantId, change, updatedAtMs));
      return replyJson(c, presentTenant(outcome.value));
    },
  );

const presentListed = ({ status, ...tenant }: DirectoryTenant) => ({
  ...presentTenant({ ...tenant, status: status === "provisioning" ? "active" : status }),
  status,
});

function refusedProvision(refusal: ProvisionRefusal): Problem {
  switch (refusal.reason) {
    case "already_exists":
      return new Problem(
        "already_exists",
        "A tenant with this id is provisioned already: PATCH it to change it.",
      );
    case "idempotency_conflict":
      return idempotencyConflict();
    case "key_unavailable":
    case "key_withdrawn":
      return keyProblem(refusal);
  }
}

const readOverrides = (body: z.output<typeof OverridesBody>): Overrides => ({
  ...(body.rate && { rate: body.rate }),
  ...(body.running_jobs !== undefined && { runningJobs: body.running_jobs }),
  ...(body.rows_per_day !== undefined && { rowsPerDay: body.rows_per_day }),
  ...(body.storage_bytes !== undefined && { storageBytes: body.storage_bytes }),
  ...(body.file_bytes !== undefined && { fileBytes: body.file_bytes }),
  ...(body.signed_url_seconds !== undefined && { signedUrlSeconds: body.signed_url_seconds }),
  ...(body.expires_at !== undefined && { expiresAtMs: Date.parse(body.expires_at) }),
});
