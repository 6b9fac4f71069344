import { isUnderWay } from "../../../src/domain/key-rotation";
import { PLATFORM, type Stores } from "../stores";
import { keysInForce } from "./key-standing";

/**
 * Keys were destroyed: what was erased is in no copy any more that could be read once every key that has ever sealed
 * it is among them. Inside the command that has destroyed them.
 */
export function completeShreds(stores: Stores, nowMs: number): void {
  // Said to be destroyed in the object, and not yet in the vault.
  if (stores.shreds.toErase().some(({ scope }) => scope.type === "tenant")) return;
  const rotation = stores.keyState.rotation();
  const ending = isUnderWay(rotation) ? rotation.ended : [];
  const inForce = new Set([...keysInForce(stores).map(({ version }) => version), ...ending]);
  for (const shred of stores.shreds.toComplete()) {
    const versions = shred.keys.map(({ version }) => version);
    if (versions.some((version) => inForce.has(version))) continue;
    stores.shreds.save({ ...shred, completedAtMs: nowMs });
    const data = { shred_id: shred.id, destroyed_key_versions: versions };
    const fact = { kind: "audit", type: "data.shred_completed", subject: `shred:${shred.id}`, data } as const;
    stores.record(PLATFORM, fact, nowMs);
  }
}
