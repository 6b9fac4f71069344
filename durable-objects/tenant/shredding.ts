import { fromJsonText } from "../../src/domain/json-text";
import type { Shred } from "../../src/domain/shred";
import { ShardSeals } from "../../src/shards/shard-seals";
import { tenantPrefix } from "../../src/storage/keys";
import type { CommandQueue } from "./command";
import { within } from "./relay/within";
import { completeShreds } from "./operations/complete-shreds";
import { keysInForce } from "./operations/key-standing";
import type { Stores } from "./stores";
import type { TenantKeys } from "./tenant-keys";
import type { TenantRecord } from "./tenant-store";

const WAIT_MS = 2_000;
const SHARD_MS = 5_000;
/** Pages of 1,000 files that one step deletes at most. */
const PAGES_MAX = 5;

export interface ShreddingPorts {
  readonly files: Pick<R2Bucket, "list" | "delete">;
  readonly shard: (name: string) => D1Database;
}

/**
 * Carries out what was shredded where the object's own transaction does not reach: the vault's halves of the keys
 * first, then files, then the read model. Each may be done again; a step that fails is done again until it succeeds.
 */
export class Shredding {
  constructor(
    private readonly ports: ShreddingPorts,
    private readonly stores: Stores,
    private readonly commands: CommandQueue,
    private readonly keys: TenantKeys,
  ) {}

  async step(tenant: TenantRecord): Promise<void> {
    let isDone = true;
    for (const shred of this.stores.shreds.toErase()) {
      const { scope } = shred;
      const erased = scope.type === "tenant" ? await this.#tenant(tenant) : await this.#job(tenant, shred);
      if (erased) await this.#note(shred);
      else isDone = false;
    }
    await this.commands.run(() => {
      // What was asked for meanwhile is due at once.
      const isEmpty = this.stores.shreds.toErase().length === 0;
      this.stores.timers.replace("shredding", isEmpty ? null : Date.now() + (isDone ? 0 : WAIT_MS));
    });
  }

  /** Whether everything is gone. */
  async #tenant({ tenantId, shard }: TenantRecord): Promise<boolean> {
    if (!(await this.keys.shred(tenantId))) return false;
    for (let page = 0; ; page++) {
      const { objects } = await this.ports.files.list({ prefix: tenantPrefix(tenantId) });
      if (objects.length === 0) break;
      if (page === PAGES_MAX) return false;
      await this.ports.files.delete(objects.map(({ key }) => key));
    }
    await within(SHARD_MS, this.#seals(shard).erase(tenantId));
    return true;
  }

  async #job({ tenantId, shard }: TenantRecord, { paths, scope, entry }: Shred): Promise<boolean> {
    if (scope.type === "tenant") return false;
    await this.ports.files.delete([...paths]);
    const stored = this.stores.jobs.findStored(scope.jobId);
    const sealed = stored?.sealed ?? null;
    const row = entry && this.stores.logSeals.at(entry.epoch, entry.seq);
    const entries = entry && row ? [{ ...entry, ...row }] : [];
    const seals = this.#seals(shard);
    await within(SHARD_MS, seals.reseal(tenantId, [{ id: scope.jobId, sealed }], entries));
    // The entry has left the object: its copy says what the job says, and rests at the same place.
    const madeMs = stored && fromJsonText(stored.body).createdAtMs;
    if (!row && madeMs !== undefined)
      await within(SHARD_MS, seals.resealSubmission(tenantId, scope.jobId, madeMs, sealed));
    return true;
  }

  /** A whole tenant's keys are gone by now; of a job, older copies hold it until every key that sealed it is. */
  async #note({ id }: Shred): Promise<void> {
    await this.commands.run(() => {
      const nowMs = Date.now();
      const shred = this.stores.shreds.find(id);
      if (!shred || shred.erasedAtMs !== null) return;
      // Files may have been sealed anew between the request and their end.
      const keys = keysInForce(this.stores).filter(
        ({ version }) => !shred.keys.some((known) => known.version === version),
      );
      this.stores.shreds.save({ ...shred, erasedAtMs: nowMs, keys: [...shred.keys, ...keys] });
      completeShreds(this.stores, nowMs);
      if (shred.scope.type === "tenant") return;
      this.stores.keyState.want("shredded");
      this.stores.timers.set("key_rotation", nowMs);
    });
  }

  #seals(shard: string): ShardSeals {
    return new ShardSeals(this.ports.shard(shard));
  }
}
