import { keyStatus, type ApiKey } from "../domain/api-key";
import { rfc3339 } from "./present";

const optionalTime = (ms: number | null): string | null => (ms === null ? null : rfc3339(ms));

const lastPrevious = ({ previous }: ApiKey, nowMs: number): number | null =>
  previous.reduce<number | null>(
    (last, { untilMs }) => (untilMs > Math.max(nowMs, last ?? 0) ? untilMs : last),
    null,
  );

/** An API key without its secret, which is shown once and kept nowhere. */
export const presentKey = (key: ApiKey, nowMs: number) => ({
  id: key.id,
  name: key.name,
  scopes: key.scopes,
  status: keyStatus(key, nowMs),
  created_by: key.createdBy,
  created_at: rfc3339(key.createdAtMs),
  updated_at: rfc3339(key.updatedAtMs),
  expires_at: optionalTime(key.expiresAtMs),
  last_used_at: optionalTime(key.lastUsedAtMs),
  revoked_at: optionalTime(key.revokedAtMs),
  /** Until when a secret of before is still good; null where only the current one is. */
  previous_valid_until: optionalTime(lastPrevious(key, nowMs)),
});

/** A support grant, as the tenant and the operator both see it. */
export const presentSupportAccess = (key: ApiKey, nowMs: number) => ({
  id: key.id,
  operator: key.createdBy,
  reason: key.name,
  scopes: key.scopes,
  status: keyStatus(key, nowMs),
  created_at: rfc3339(key.createdAtMs),
  expires_at: optionalTime(key.expiresAtMs),
  last_used_at: optionalTime(key.lastUsedAtMs),
  ended_at: optionalTime(key.revokedAtMs),
});
