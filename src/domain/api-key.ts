/** The life of an API key or of a support grant, which is a key that an operator holds for a while. */

import { err, ok, type Result } from "./result";

export interface PreviousSecret {
  readonly secretHash: string;
  readonly untilMs: number;
}

export interface ApiKey {
  readonly id: string;
  /** `support`: made by an operator for a reason (its `name`), and ended by itself. */
  readonly kind: "key" | "support";
  readonly name: string;
  readonly scopes: readonly string[];
  /** SHA-256 of the secret in hexadecimal: the secret has 256 random bits, so nothing slower is needed. */
  readonly secretHash: string;
  /** Secrets before the last rotations, newest first, each good until its own overlap ends. */
  readonly previous: readonly PreviousSecret[];
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly expiresAtMs: number | null;
  readonly lastUsedAtMs: number | null;
  readonly revokedAtMs: number | null;
}

export type KeyStatus = "active" | "expired" | "revoked";

export const keyStatus = ({ revokedAtMs, expiresAtMs }: ApiKey, nowMs: number): KeyStatus => {
  if (revokedAtMs !== null) return "revoked";
  return expiresAtMs !== null && expiresAtMs <= nowMs ? "expired" : "active";
};

/** Which of a key's secrets this is now; null where it opens nothing. `matches` compares in constant time. */
export function opens(
  key: ApiKey,
  secretHash: string,
  matches: (a: string, b: string) => boolean,
  nowMs: number,
): "current" | "previous" | null {
  if (keyStatus(key, nowMs) !== "active") return null;
  if (matches(key.secretHash, secretHash)) return "current";
  const { previous } = key;
  return previous.some((each) => each.untilMs > nowMs && matches(each.secretHash, secretHash))
    ? "previous"
    : null;
}

export type KeyRefusal = { readonly reason: "key_ended"; readonly status: "expired" | "revoked" };

/** As many secrets as stay good beside the current one: whoever rotates more often loses the oldest. */
const MAX_PREVIOUS = 5;

/**
 * A new secret; the old one stays good for `overlapMs`, and older ones until their own overlaps end, so that a rotation
 * whose answer was lost can be made again. With no overlap every other secret ends at once: the answer to a leak.
 */
export function rotateKey(
  key: ApiKey,
  secretHash: string,
  overlapMs: number,
  nowMs: number,
): Result<ApiKey, KeyRefusal> {
  const status = keyStatus(key, nowMs);
  if (status !== "active") return err({ reason: "key_ended", status });
  const { secretHash: last } = key;
  const good = key.previous.filter(({ untilMs }) => untilMs > nowMs);
  const previous =
    overlapMs > 0 ? [{ secretHash: last, untilMs: nowMs + overlapMs }, ...good].slice(0, MAX_PREVIOUS) : [];
  return ok({ ...key, secretHash, previous, updatedAtMs: nowMs });
}

export interface KeyPatch {
  readonly name?: string;
  readonly scopes?: readonly string[];
  readonly expiresAtMs?: number | null;
}

/** Changes a key that is still good: what has ended never comes back. */
export function patchKey(key: ApiKey, patch: KeyPatch, nowMs: number): Result<ApiKey, KeyRefusal> {
  const status = keyStatus(key, nowMs);
  if (status !== "active") return err({ reason: "key_ended", status });
  return ok({ ...key, ...patch, updatedAtMs: nowMs });
}

/** Ends a key for good; one that has ended stays as it is. */
export const revokeKey = (key: ApiKey, nowMs: number): ApiKey =>
  key.revokedAtMs === null ? { ...key, previous: [], revokedAtMs: nowMs, updatedAtMs: nowMs } : key;
