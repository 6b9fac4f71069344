import { canonicalJson } from "../../../src/crypto/canonical-json";
import type { Job, PrivateMembers } from "../../../src/domain/job";
import { beginRotation } from "../../../src/domain/key-rotation";
import type { Seal } from "../seal";
import type { Stores } from "../stores";

/**
 * A tenant that is older than sealing: seals what its object holds in the clear, at once, and lets a rotation follow
 * for its shard and its files. Inside the command that puts the first key in force.
 */
export function beginFirstSealing(stores: Stores, seal: Seal, nowMs: number): void {
  let jobsTotal = 0;
  let entriesTotal = 0;
  for (const { id, body } of stores.jobSeals.inTheClear()) {
    const { job, members } = parted(JSON.parse(body) as Job & PrivateMembers);
    const sealed = seal.sealMembers(id, members)?.text ?? null;
    stores.jobSeals.sealClear(job, { sealed, sellerIndex: seal.sellerIndex(members.sellerId) });
    jobsTotal++;
  }
  for (const { epoch, seq, subject, payload, salt } of stores.logSeals.inTheClear()) {
    const { seller_id, callback_url, metadata, ...open } = JSON.parse(payload) as ClearSubmission;
    const members = { sellerId: seller_id, callbackUrl: callback_url ?? null, metadata: metadata ?? null };
    const sealed = seal.sealMembers(subject.slice("job:".length), members, salt);
    if (sealed === null) continue;
    stores.logSeals.sealClear({ epoch, seq }, canonicalJson(open), sealed.text);
    entriesTotal++;
  }
  stores.keyState.saveRotation(beginRotation("first_sealing", 1, { jobsTotal, entriesTotal }, nowMs));
  stores.timers.set("key_rotation", nowMs);
}

interface ClearSubmission {
  readonly seller_id: string | null;
  readonly callback_url?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

function parted({ sellerId, callbackUrl, metadata, ...job }: Job & PrivateMembers) {
  return { job, members: { sellerId, callbackUrl, metadata } };
}
