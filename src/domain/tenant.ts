/** A tenant as its own object knows it. */

import type { TenantId } from "./tenant-id";
import type { Overrides, Tier } from "./tier";

/** `offboarded` is for good: the id is never given again, and to its callers the tenant is none. */
export type TenantStatus = "active" | "suspended" | "offboarded";

export interface TenantProfile {
  readonly tenantId: TenantId;
  readonly name: string;
  readonly tier: Tier;
  readonly status: TenantStatus;
  readonly overrides: Overrides;
  /** Name of the D1 binding that holds this tenant's read model. */
  readonly shard: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/**
 * The name of a tenant's object. The partition is always 0 today: it is part of the name so that a tenant that
 * outgrows one object can be split without changing a client (DESIGN §2.12).
 */
export const tenantObjectName = (tenantId: TenantId): string => `${tenantId}/0`;
