import type { Env } from "../env";
import { tenantObject } from "../tenant-object";
import { Directory } from "./directory";

const PAGE = 100;

/**
 * Cron's sweep: wakes every tenant's object, so that one whose alarm the platform dropped goes on. Cheap for an
 * object that has nothing to do.
 */
export async function sweep(env: Pick<Env, "DIRECTORY" | "TENANTS">): Promise<void> {
  const directory = new Directory(env.DIRECTORY);
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Directory["list"]>> = await directory.list({ limit: PAGE, cursor });
    const woken = await Promise.allSettled(
      page.tenants.map(({ tenantId }) => tenantObject(env, tenantId).wake()),
    );
    const failed = woken.filter(({ status }) => status === "rejected").length;
    if (failed > 0) console.warn({ event: "sweep.unreachable", tenants: failed });
    cursor = page.nextCursor;
  } while (cursor !== null);
}
