import type { Checkpoint } from "../../src/domain/checkpoint";
import { jobKey, spillPath } from "../../src/storage/keys";
import { clearSpill } from "../../src/storage/spill-store";
import type { CommandQueue } from "./command";
import type { Stores } from "./stores";
import type { TenantRecord } from "./tenant-store";
import { within } from "./relay/within";

const REMOTE_MS = 5_000;
const STEP_MAX = 20;
const RETRY_MS = 60_000;

/** What runs leave behind that end without closing what they write: parts nobody completes, and the checkpoint's file. */
export class Checkpoints {
  constructor(
    private readonly files: Pick<R2Bucket, "delete" | "list" | "resumeMultipartUpload">,
    private readonly stores: Stores,
    private readonly commands: CommandQueue,
  ) {}

  /** Clears up after jobs that are over; what R2 does not do now is tried again. */
  async step(tenant: TenantRecord): Promise<void> {
    const left = this.stores.checkpoints.left(STEP_MAX);
    const cleared: string[] = [];
    for (const jobId of left) {
      const checkpoint = this.stores.checkpoints.findAny(jobId);
      const isGone = await within(REMOTE_MS, this.#clear(tenant, jobId, checkpoint)).catch(() => false);
      if (isGone) cleared.push(jobId);
    }
    await this.commands.run(() => {
      for (const jobId of cleared) this.stores.checkpoints.forget(jobId);
      const hasMore = this.stores.checkpoints.left(1).length > 0;
      const waitMs = cleared.length < left.length ? RETRY_MS : 0;
      this.stores.timers.replace("checkpoints", hasMore ? Date.now() + waitMs : null);
    });
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
    await this.files.delete(
      (["checkpoint-0.bin", "checkpoint-1.bin"] as const).map((name) => jobKey(tenantId, jobId, name)),
    );
    await clearSpill(this.files, spillPath(tenantId, jobId));
    return true;
  }
}
