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

/** The scopes of the caller's token; null for a key, whose scopes are known here. */
export type Held = readonly string[] | null;

export interface NewKey {
  /** Minted by the Worker with the secret, of which only the hash comes here. */
  readonly id: string;
  readonly secretHash: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresAtMs: number | null;
  readonly held: Held;
  readonly idempotency: Idempotency;
}

export interface Rotation {
  readonly keyId: string;
  readonly secretHash: string;
  readonly overlapMs: number;
  readonly held: Held;
  readonly idempotency: Idempotency;
}

export interface KeyUpdate {
  readonly keyId: string;
  readonly patch: KeyPatch;
  readonly held: Held;
}

export type UnknownKey = { readonly reason: "unknown_key" };
export type RightsRefusal =
  | { readonly reason: "scope_not_held"; readonly missing: readonly string[] }
  /** A key that ends lets no other key, nor itself, live longer. */
  | { readonly reason: "outlives_caller" };
type ExpiryRefusal = { readonly reason: "expiry_passed" };
export type CreateKeyRefusal =
  | IdempotencyRefusal
  | RightsRefusal
  | ExpiryRefusal
  | { readonly reason: "too_many_keys"; readonly most: number };
export type ChangeKeyRefusal = UnknownKey | KeyRefusal | RightsRefusal | ExpiryRefusal;
export type RotateKeyRefusal = IdempotencyRefusal | ChangeKeyRefusal;

export function createKey(
  stores: Stores,
  admitted: Admitted,
  input: NewKey,
  nowMs: number,
): Result<Created<ApiKey>, CreateKeyRefusal> {
  return once(stores, input.idempotency, nowMs, keptKeys, (): Result<ApiKey, CreateKeyRefusal> => {
    const { id, name, scopes, secretHash, expiresAtMs } = input;
    const fault = beyondRights(admitted, input.held, scopes, expiresAtMs) ?? passed(expiresAtMs, nowMs);
    if (fault) return err(fault);
    if (stores.credentials.activeCount("key", nowMs) >= MAX_ACTIVE_KEYS)
      return err({ reason: "too_many_keys", most: MAX_ACTIVE_KEYS });
    const { actorId } = admitted.caller;
    const key = newKey({ id, kind: "key", name, scopes, secretHash, expiresAtMs }, actorId, nowMs);
    stores.credentials.save(key);
    const data = { key_id: id, name, scopes, expires_at: optionalTime(expiresAtMs) };
    stores.record(admitted.caller, { kind: "audit", type: "key.created", subject: `key:${id}`, data }, nowMs);
    stores.tidyCredentials();
    return ok(key);
  });
}

export const newKey = (
  key: Pick<ApiKey, "id" | "kind" | "name" | "scopes" | "secretHash" | "expiresAtMs">,
  createdBy: string,
  nowMs: number,
): ApiKey => ({
  ...key,
  previous: [],
  createdBy,
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

type LastUses = Pick<Credentials, "withLastUse">;

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

/** Nobody changes a key that has scopes they lack, nor gives one such scopes. */
export function updateKey(
  stores: Stores,
  admitted: Admitted,
  { keyId, patch, held }: KeyUpdate,
  nowMs: number,
): Result<ApiKey, ChangeKeyRefusal> {
  const found = findKey(stores, keyId);
  if (!found.ok) return found;
  const scopes = [...found.value.scopes, ...(patch.scopes ?? [])];
  const expiresAtMs = patch.expiresAtMs ?? null;
  const fault =
    beyondRights(admitted, held, scopes, patch.expiresAtMs === undefined ? undefined : expiresAtMs) ??
    passed(expiresAtMs, nowMs);
  if (fault) return err(fault);
  const patched = patchKey(found.value, patch, nowMs);
  if (!patched.ok) return patched;
  stores.credentials.save(patched.value);
  const data = { key_id: keyId, changed: Object.keys(patch).sort() };
  stores.record(
    admitted.caller,
    { kind: "audit", type: "key.updated", subject: `key:${keyId}`, data },
    nowMs,
  );
  stores.tidyCredentials();
  return patched;
}

export function rotateKey(
  stores: Stores,
  admitted: Admitted,
  input: Rotation,
  nowMs: number,
): Result<Created<ApiKey>, RotateKeyRefusal> {
  return once(stores, input.idempotency, nowMs, keptKeys, (): Result<ApiKey, RotateKeyRefusal> => {
    const { keyId, secretHash, overlapMs, held } = input;
    const found = findKey(stores, keyId);
    if (!found.ok) return found;
    const fault = beyondRights(admitted, held, found.value.scopes, undefined);
    if (fault) return err(fault);
    const next = rotated(found.value, secretHash, overlapMs, nowMs);
    if (!next.ok) return next;
    stores.credentials.save(next.value);
    const until = next.value.previous[0]?.untilMs ?? null;
    const data = { key_id: keyId, rotated_at: rfc3339(nowMs), previous_valid_until: optionalTime(until) };
    stores.record(
      admitted.caller,
      { kind: "event", type: "key.rotated", subject: `key:${keyId}`, data },
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
  stores.tidyCredentials();
  return ok(ended);
}

/** What the caller may not hand on: scopes they lack, or (`undefined`: not asked for) a life beyond their own key's. */
function beyondRights(
  { key }: Admitted,
  held: Held,
  scopes: readonly string[],
  expiresAtMs: number | null | undefined,
): RightsRefusal | null {
  const missing = missingScopes(scopes, key?.scopes ?? new Set(held ?? []));
  if (missing.length > 0) return { reason: "scope_not_held", missing: [...new Set(missing)] };
  const own = key?.expiresAtMs ?? null;
  const outlives = own !== null && expiresAtMs !== undefined && (expiresAtMs === null || expiresAtMs > own);
  return outlives ? { reason: "outlives_caller" } : null;
}

const passed = (expiresAtMs: number | null, nowMs: number): ExpiryRefusal | null =>
  expiresAtMs !== null && expiresAtMs <= nowMs ? { reason: "expiry_passed" } : null;

/** The first answer, without the hashes of secrets: what became of the key since is not the repeat's business. */
export const keptKeys: Answers<ApiKey> = {
  keep: (key) =>
    JSON.stringify({
      ...key,
      secretHash: "",
      previous: key.previous.map(({ untilMs }) => ({ secretHash: "", untilMs })),
    }),
  restore: (kept) => JSON.parse(kept) as ApiKey,
};

export const rfc3339 = (ms: number): string => new Date(ms).toISOString();
const optionalTime = (ms: number | null): string | null => (ms === null ? null : rfc3339(ms));
