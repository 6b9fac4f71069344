import type { CommandQueue } from "./command";
import { isShredded } from "./operations/key-standing";
import { ARCHIVE_SINK } from "./backlog";
import { archiveSink } from "./relay/archive";
import { drain, type DrainLimits } from "./relay/drain";
import { seeToRetention } from "./retention";
import type { Stores } from "./stores";
import type { TenantKeys } from "./tenant-keys";
import type { TenantRecord } from "./tenant-store";

/** So much is archived at once. */
const FULL = { entries: 500, chars: 1_000_000 };
/** Due again after this, should a step be cut short. */
const POSTPONE_MS = 5_000;
/** Who wraps the keys was asked in vain. */
const KEYLESS_MS = { key_unavailable: 30_000, key_withdrawn: 300_000 } as const;
const LIMITS: DrainLimits = {
  maxBatches: 2,
  sendTimeoutMs: 5_000,
  nowMs: () => Date.now(),
  random: () => Math.random(),
};

export interface ArchivePorts {
  /** Entries wait so long for others to share a segment with. */
  readonly archiveMs: number;
  readonly files: Pick<R2Bucket, "get" | "put">;
}

/** Sees to it that the log is archived: soon, in segments that are worth a write each. */
export class Archive {
  constructor(
    private readonly ports: ArchivePorts,
    private readonly stores: Stores,
    private readonly commands: CommandQueue,
    private readonly keys: TenantKeys,
  ) {}

  /** Inside a command of the relay, so that no other command pays for the timer. */
  seeTo(nowMs: number): void {
    const cursor = this.stores.sinks.cursor(ARCHIVE_SINK);
    const { entries, chars } = this.stores.history.waiting(cursor, FULL.entries);
    if (entries === 0 || isShredded(this.stores)) return;
    const isFull = entries >= FULL.entries || chars >= FULL.chars;
    // While it fails it is backing off, however much waits.
    if (isFull && cursor.failures === 0) this.stores.timers.set("archive", nowMs);
    else this.stores.timers.ensure("archive", nowMs + this.ports.archiveMs);
  }

  async step({ tenantId }: TenantRecord): Promise<void> {
    // Nothing can be sealed for it any more, and what is left of its log names nobody.
    if (isShredded(this.stores)) return this.#at(null);
    const seal = await this.keys.readySeal(tenantId);
    if (!seal.ok) return this.#keyless(KEYLESS_MS[seal.error.reason]);
    await this.#at(Date.now() + POSTPONE_MS);
    const sink = archiveSink(tenantId, this.ports.files, seal.value, this.stores, this.commands);
    if ((await drain(sink, LIMITS)) === "failed") return;
    await this.commands.run(() => {
      this.stores.timers.replace("archive", null);
      this.seeTo(Date.now());
      seeToRetention(this.stores, Date.now());
    });
  }

  #keyless(waitMs: number): Promise<void> {
    return this.commands.run(() => {
      const cursor = this.stores.sinks.cursor(ARCHIVE_SINK);
      this.stores.sinks.save(ARCHIVE_SINK, { ...cursor, failures: cursor.failures + 1 });
      this.stores.timers.replace("archive", Date.now() + waitMs);
    });
  }

  #at(dueMs: number | null): Promise<void> {
    return this.commands.run(() => this.stores.timers.replace("archive", dueMs));
  }
}
