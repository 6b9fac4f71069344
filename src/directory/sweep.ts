import type { TenantId } from "../domain/tenant-id";
import { log } from "../telemetry/logger";
import type { Directory, FoundKey } from "./directory";

const PAGE = 100;

export interface Swept {
  readonly tenants: number;
  readonly unreachable: number;
}

/**
 * Cron's sweep: wakes every tenant's object, so that one whose alarm the platform dropped goes on, and notes what it
 * says of its key. Cheap for an object that has nothing to do.
 */
export async function sweep(
  directory: Directory,
  wake: (tenantId: TenantId) => Promise<Omit<FoundKey, "tenantId"> | null>,
  nowMs: () => number,
): Promise<Swept> {
  let cursor: string | null = null;
  let tenants = 0;
  let unreachable = 0;
  do {
    const page: Awaited<ReturnType<Directory["list"]>> = await directory.list({ limit: PAGE, cursor });
    const woken = await Promise.allSettled(page.tenants.map(({ tenantId }) => wake(tenantId)));
    const found = woken.flatMap((outcome, at) => {
      const tenantId = page.tenants[at]?.tenantId;
      return tenantId && outcome.status === "fulfilled" && outcome.value
        ? [{ tenantId, ...outcome.value }]
        : [];
    });
    await directory.noteKeys(found, nowMs());
    tenants += woken.length;
    unreachable += woken.filter(({ status }) => status === "rejected").length;
    cursor = page.nextCursor;
  } while (cursor !== null);
  log.info("sweep.done", { tenants, unreachable });
  return { tenants, unreachable };
}
