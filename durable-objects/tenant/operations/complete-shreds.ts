import { PLATFORM, type Stores } from "../stores";

/**
 * Keys were destroyed: what was erased is in no copy any more that could be read once every key that has ever sealed
 * it is among them. Inside the command that has destroyed them.
 */
export function completeShreds(stores: Stores, nowMs: number): void {
  const inForce = new Set(
    stores.dataKeys
      .list()
      .filter(({ kept }) => kept !== null)
      .map(({ version }) => version),
  );
  for (const shred of stores.shreds.toComplete()) {
    const versions = shred.keys.map(({ version }) => version);
    if (versions.some((version) => inForce.has(version))) continue;
    stores.shreds.save({ ...shred, completedAtMs: nowMs });
    const data = { shred_id: shred.id, destroyed_key_versions: versions };
    const fact = { kind: "audit", type: "data.shred_completed", subject: `shred:${shred.id}`, data } as const;
    stores.record(PLATFORM, fact, nowMs);
  }
}
