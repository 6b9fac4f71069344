/**
 * Reads with keys that the tenant's object has just given out. Where a rotation has ended in between, what is read is
 * sealed by a key that came after them: they are asked for once more.
 */
export async function withCurrentKeys<K, T>(
  ask: () => Promise<K>,
  read: (keys: K) => Promise<T>,
  isOutdated: (outcome: T) => boolean,
): Promise<T> {
  const outcome = await read(await ask());
  return isOutdated(outcome) ? read(await ask()) : outcome;
}
