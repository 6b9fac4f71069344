/** How many logical partitions tenants are spread over; a physical database holds several. Never changes. */
export const PARTITIONS = 32;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * The partition a tenant belongs to: FNV-1a 32 over UTF-8, its halves folded, modulo 32. A tenant's rows are
 * where this said at provisioning, so its answers are pinned by tests.
 */
export function partitionOf(tenantId: string): number {
  let hash = FNV_OFFSET;
  for (const byte of new TextEncoder().encode(tenantId)) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return ((hash >>> 16) ^ (hash & 0xffff)) % PARTITIONS;
}
