import type { Checkpoint } from "../../src/domain/checkpoint";
import { jobKey, workPath } from "../../src/storage/keys";
import { clearWork } from "../../src/storage/work-files";
import type { CommandQueue } from "./command";
import type { Stores } from "./stores";
import type { TenantRecord } from "./tenant-store";
import { within } from "./relay/within";

const REMOTE_MS = 5_000;
const RETRY_MS = 60_000;
const SETTLED_MS = 50_000;

/** What runs leave behind that end without closing what they write: parts nobody completes, and the checkpoint's file. */
export class Checkpoints {
  /** The job that was seen to last: one that cannot be cleared now keeps no other from its turn. */
  #after = "";

  constructor(
    private readonly files: Pick<R2Bucket, "delete" | "list" | "resumeMultipartUpload">,
    private readonly stores: Stores,
    private readonly commands: CommandQueue,
  ) {}

  /** Clears up after one job that is over; what R2 does not do now is tried again, behind the others. */
  async step(tenant: TenantRecord): Promise<void> {
    const [jobId] = this.stores.checkpoints.left(this.#after, 1);
    let isGone = true;
    if (jobId !== undefined) {
      const checkpoint = this.stores.checkpoints.findAny(jobId);
      isGone = await within(REMOTE_MS, this.#clear(tenant, jobId, checkpoint)).catch(() => false);
    }
    await this.commands.run(() => {
      if (jobId !== undefined && isGone && this.#isSettled(jobId)) this.stores.checkpoints.forget(jobId);
      const hasMore = this.stores.checkpoints.left("", 1).length > 0;
      const hasBehind = jobId !== undefined && this.stores.checkpoints.left(jobId, 1).length > 0;
      this.#after = hasBehind ? jobId : "";
      this.stores.timers.replace("checkpoints", hasMore ? Date.now() + (hasBehind ? 0 : RETRY_MS) : null);
    });
  }

  /** A run that does not know yet that its job is over may write once more: it is cleared up after again. */
  #isSettled(jobId: string): boolean {
    const job = this.stores.jobs.find(jobId);
    if (!job || job.status === "succeeded") return true;
    return Date.now() - (job.completedAtMs ?? 0) > SETTLED_MS;
  }

  async #clear({ tenantId }: TenantRecord, jobId: string, checkpoint: Checkpoint | null): Promise<true> {
    const writings = [
      { path: jobKey(tenantId, jobId, "output.csv"), uploadId: checkpoint?.output?.uploadId ?? null },
      { path: jobKey(tenantId, jobId, "report.ndjson"), uploadId: checkpoint?.report.uploadId ?? null },
    ];
    for (const { path, uploadId } of writings)
      // One that was completed, or is gone already, cannot be aborted, and need not be.
      if (uploadId !== null)
        await this.files
          .resumeMultipartUpload(path, uploadId)
          .abort()
          .catch(() => undefined);
    await clearWork(this.files, workPath(tenantId, jobId));
    return true;
  }
}
