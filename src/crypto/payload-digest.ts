import { createHmac } from "node:crypto";

/**
 * Keyed digests of an idempotent call's payload, one for each key, the newest first. They are kept for a day, and
 * payloads are guessable: by a bare hash, whoever reads them could try guesses.
 */
export const payloadDigests = (
  keys: readonly [Uint8Array, ...Uint8Array[]],
  canonicalPayload: string,
): readonly [string, ...string[]] => {
  const [first, ...former] = keys;
  const digest = (key: Uint8Array) => createHmac("sha256", key).update(canonicalPayload).digest("hex");
  return [digest(first), ...former.map(digest)];
};
