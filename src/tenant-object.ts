import type { DurableObject } from "cloudflare:workers";
import type { Tenant } from "../durable-objects/tenant";
import { tenantObjectName } from "./domain/tenant";
import { atTheDoor, type StreamEntry } from "./domain/stream-door";
import type { Caller } from "./domain/tenant-context";
import type { TenantId } from "./domain/tenant-id";
import type { Env } from "./env";

/** The object's RPC surface as its callers see it: plain values in, plain values out. */
export type TenantObject = Pick<Tenant, Exclude<keyof Tenant, keyof DurableObject>>;

/**
 * A fresh stub of a tenant's object, to be taken for each call: one that has failed stays broken.
 * The platform's stub type wraps every member for promise pipelining, which no caller here uses; everything that
 * crosses is plain data, so the class's own signatures hold.
 */
export const tenantObject = (
  env: Pick<Env, "TENANTS">,
  tenantId: TenantId,
  locationHint?: DurableObjectLocationHint,
): TenantObject =>
  env.TENANTS.getByName(
    tenantObjectName(tenantId),
    locationHint === undefined ? {} : { locationHint },
  ) as TenantObject;

/** Asks the caller's own tenant's object for a socket that wakes whoever follows its log. */
export const knockAtTenant = (
  env: Pick<Env, "TENANTS">,
  caller: Caller,
  entry: StreamEntry,
): Promise<Response> =>
  env.TENANTS.getByName(tenantObjectName(caller.tenantId)).fetch("https://tenant.internal/", {
    headers: atTheDoor(caller, entry),
  });
