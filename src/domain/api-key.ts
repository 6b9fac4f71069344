/** The life of an API key or of a support grant, which is a key that an operator holds for a while. */

import { err, ok, type Result } from "./result";

export interface ApiKey {
  readonly id: string;
  /** `support`: made by an operator for a reason (its `name`), and ended by itself. */
  readonly kind: "key" | "support";
  readonly name: string;
  readonly scopes: readonly string[];
  /** SHA-256 of the secret in hexadecimal: the secret has 256 random bits, so nothing slower is needed. */
  readonly secretHash: string;
  /** The secret before the last rotation, good until the overlap ends. */
  readonly previous: { readonly secretHash: string; readonly untilMs: number } | null;
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

/** Whether a secret opens a key now. `matches` compares in constant time. */
export function opens(
  key: ApiKey,
  secretHash: string,
  matches: (a: string, b: string) => boolean,
  nowMs: number,
): boolean {
  if (keyStatus(key, nowMs) !== "active") return false;
  if (matches(key.secretHash, secretHash)) return true;
  const { previous } = key;
  return previous !== null && previous.untilMs > nowMs && matches(previous.secretHash, secretHash);
}

export type KeyRefusal = { readonly reason: "key_ended"; readonly status: "expired" | "revoked" };

/** A new secret; the old one stays good for `overlapMs`. An older one that was still good ends here. */
export function rotateKey(
  key: ApiKey,
  secretHash: string,
  overlapMs: number,
  nowMs: number,
): Result<ApiKey, KeyRefusal> {
  const status = keyStatus(key, nowMs);
  if (status !== "active") return err({ reason: "key_ended", status });
  const previous = overlapMs > 0 ? { secretHash: key.secretHash, untilMs: nowMs + overlapMs } : null;
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
  key.revokedAtMs === null ? { ...key, previous: null, revokedAtMs: nowMs, updatedAtMs: nowMs } : key;
