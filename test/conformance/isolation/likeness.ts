import { v7 as uuidV7 } from "uuid";
import { uuidV7TimeMs } from "../../../src/domain/uuid";
import { freshTenantId } from "../../support/tenants";

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const TENANT = /t_[a-z0-9_]{36}/g;
const CANARY = /canary[0-9a-f]{16}/g;

/** Chosen so that no answer contains it by chance. */
export const freshCanary = (): string => `canary${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`;

/**
 * A text of the same form and length that names nothing. A UUIDv7 keeps its time, so that as a cursor it stands at the
 * same place among the ids of anybody else.
 */
export function alike(text: string): string {
  const other = text.replace(UUID, otherUuid).replace(TENANT, freshTenantId).replace(CANARY, freshCanary);
  return other === text ? otherCharacters(text) : other;
}

function otherUuid(id: string): string {
  const msecs = uuidV7TimeMs(id);
  return msecs === null ? crypto.randomUUID() : uuidV7({ msecs });
}

function otherCharacters(text: string): string {
  const letters = /^[0-9a-f]+$/.test(text) ? 6 : 26;
  const other = text.replace(/[a-z0-9]/gi, (character) => {
    if (/[0-9]/.test(character)) return String(1 + randomBelow(9));
    const letter = String.fromCharCode(97 + randomBelow(letters));
    return /[a-z]/.test(character) ? letter : letter.toUpperCase();
  });
  return other === text ? otherCharacters(text) : other;
}

export const randomBelow = (end: number): number =>
  (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % end;
