import { parseTenantId, type TenantId } from "../../src/domain/tenant-id";

/** A tenant id that a test writes down. */
export function tenantId(text: string): TenantId {
  const id = parseTenantId(text);
  if (id === null) throw new Error(`${text} is no tenant id.`);
  return id;
}
