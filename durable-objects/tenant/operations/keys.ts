import {
  keyStatus,
  patchKey,
  revokeKey,
  rotateKey as rotated,
  type ApiKey,
  type KeyPatch,
  type KeyRefusal,
} from "../../../src/domain/api-key";
import { err, ok, type Result } from "../../../src/domain/result";
import { missingScopes } from "../../../src/domain/scope";
import type { Admitted } from "../admission";
import type { Created, Idempotency, IdempotencyRefusal } from "../answer";
import type { KeyPage } from "../credential-store";
import type { Credentials } from "../credentials";
import type { Stores } from "../stores";
import { once, type Answers } from "./once";

/** As many keys as a tenant may have that are still good. */
const MAX_ACTIVE_KEYS = 500;

export interface NewKey {
  /** Minted by the Worker with the secret, of which only the hash comes here. */
  readonly id: string;
  readonly secretHash: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresAtMs: number | null;
  readonly idempotency: Idempotency;
}

export interface Rotation {
  readonly keyId: string;
  readonly secretHash: string;
  readonly overlapMs: number;
  /** The scopes of the caller's token; null for a key, whose scopes are known here. */
  readonly held: readonly string[] | null;
  readonly idempotency: Idempotency;
}

export type UnknownKey = { readonly reason: "unknown_key" };
export type ScopeRefusal = { readonly reason: "scope_not_held"; readonly missing: readonly string[] };
export type CreateKeyRefusal =
  IdempotencyRefusal | ScopeRefusal | { readonly reason: "too_many_keys"; readonly most: number };
export type ChangeKeyRefusal = UnknownKey | KeyRefusal | ScopeRefusal;
export type RotateKeyRefusal = IdempotencyRefusal | ChangeKeyRefusal;

export function createKey(
  stores: Stores,
  admitted: Admitted,
  input: NewKey,
  nowMs: number,
): Result<Created<ApiKey>, CreateKeyRefusal> {
  return once(stores, input.idempotency, nowMs, keptKeys(stores), (): Result<ApiKey, CreateKeyRefusal> => {
    const fault = notHeld(input.scopes, admitted.keyScopes);
    if (fault) return err(fault);
    if (stores.credentials.activeCount("key", nowMs) >= MAX_ACTIVE_KEYS)
      return err({ reason: "too_many_keys", most: MAX_ACTIVE_KEYS });
    const { id, name, scopes, secretHash, expiresAtMs } = input;
    const key = newKey({ id, kind: "key", name, scopes, secretHash, expiresAtMs }, admitted, nowMs);
    stores.credentials.save(key);
    stores.record(
      admitted.caller,
      {
        kind: "audit",
        type: "key.created",
        subject: `key:${id}`,
        data: { key_id: id, name, scopes, expires_at: optionalTime(expiresAtMs) },
      },
      nowMs,
    );
    return ok(key);
  });
}

export const newKey = (
  key: Pick<ApiKey, "id" | "kind" | "name" | "scopes" | "secretHash" | "expiresAtMs">,
  { caller }: Pick<Admitted, "caller">,
  nowMs: number,
): ApiKey => ({
  ...key,
  previous: null,
  createdBy: caller.actorId,
  createdAtMs: nowMs,
  updatedAtMs: nowMs,
  lastUsedAtMs: null,
  revokedAtMs: null,
});

export function findKey(
  stores: Stores,
  keyId: string,
  kind: ApiKey["kind"] = "key",
): Result<ApiKey, UnknownKey> {
  const key = stores.credentials.find(keyId);
  return key?.kind === kind ? ok(key) : err({ reason: "unknown_key" });
}

/** Keys as their owner sees them: with a last use that may not be stored yet. */
export function viewKey(stores: Stores, uses: LastUses, keyId: string): Result<ApiKey, UnknownKey> {
  const found = findKey(stores, keyId);
  return found.ok ? ok(uses.withLastUse(found.value)) : found;
}

export const listKeys = (
  stores: Stores,
  uses: LastUses,
  kind: ApiKey["kind"],
  page: KeyPage,
): readonly ApiKey[] => stores.credentials.list(kind, page).map((key) => uses.withLastUse(key));

type LastUses = Pick<Credentials, "withLastUse">;

/** `held` as in `Rotation`: nobody gives a key a scope that is not theirs, nor takes over one that has more. */
export function updateKey(
  stores: Stores,
  { caller, keyScopes }: Admitted,
  keyId: string,
  patch: KeyPatch,
  nowMs: number,
): Result<ApiKey, ChangeKeyRefusal> {
  const found = findKey(stores, keyId);
  if (!found.ok) return found;
  const fault = notHeld(patch.scopes ?? [], keyScopes);
  if (fault) return err(fault);
  const patched = patchKey(found.value, patch, nowMs);
  if (!patched.ok) return patched;
  stores.credentials.save(patched.value);
  const data = { key_id: keyId, changed: Object.keys(patch).sort() };
  stores.record(caller, { kind: "audit", type: "key.updated", subject: `key:${keyId}`, data }, nowMs);
  return patched;
}

export function rotateKey(
  stores: Stores,
  { caller, keyScopes }: Admitted,
  input: Rotation,
  nowMs: number,
): Result<Created<ApiKey>, RotateKeyRefusal> {
  return once(stores, input.idempotency, nowMs, keptKeys(stores), (): Result<ApiKey, RotateKeyRefusal> => {
    const found = findKey(stores, input.keyId);
    if (!found.ok) return found;
    const held = input.held === null ? keyScopes : new Set(input.held);
    const fault = notHeld(found.value.scopes, held);
    if (fault) return err(fault);
    const next = rotated(found.value, input.secretHash, input.overlapMs, nowMs);
    if (!next.ok) return next;
    stores.credentials.save(next.value);
    stores.record(
      caller,
      {
        kind: "event",
        type: "key.rotated",
        subject: `key:${input.keyId}`,
        data: {
          key_id: input.keyId,
          rotated_at: rfc3339(nowMs),
          previous_valid_until: optionalTime(next.value.previous?.untilMs ?? null),
        },
      },
      nowMs,
    );
    return next;
  });
}

/** Ends a key. Ending it again changes nothing and is said nowhere. */
export function endKey(
  stores: Stores,
  { caller }: Pick<Admitted, "caller">,
  keyId: string,
  nowMs: number,
): Result<ApiKey, UnknownKey> {
  const found = findKey(stores, keyId);
  if (!found.ok || keyStatus(found.value, nowMs) === "revoked") return found;
  const ended = revokeKey(found.value, nowMs);
  stores.credentials.save(ended);
  const data = { key_id: keyId };
  stores.record(caller, { kind: "audit", type: "key.revoked", subject: `key:${keyId}`, data }, nowMs);
  return ok(ended);
}

function notHeld(wanted: readonly string[], held: ReadonlySet<string> | null): ScopeRefusal | null {
  const missing = held === null ? [] : missingScopes(wanted, held);
  return missing.length > 0 ? { reason: "scope_not_held", missing } : null;
}

/** The answer to a repeat is the key as it is now: its secret was shown once and is kept nowhere. */
export const keptKeys = (stores: Stores): Answers<ApiKey> => ({
  keep: ({ id }) => id,
  restore: (id) => {
    const key = stores.credentials.find(id);
    if (!key) throw new Error(`The key ${id} of a kept answer is gone.`);
    return key;
  },
});

export const rfc3339 = (ms: number): string => new Date(ms).toISOString();
const optionalTime = (ms: number | null): string | null => (ms === null ? null : rfc3339(ms));
