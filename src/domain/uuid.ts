const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** RFC 9562 §5.7 gives the time 48 bits. */
const MAX_TIME_MS = 2 ** 48 - 1;

export const isUuid = (text: string): boolean => UUID.test(text);

/** Lower case only: the form in which ids are made and compared. */
export const isUuidV7 = (text: string): boolean => UUID_V7.test(text);

/** Sorts before every UUIDv7 made at `ms` or later, and after every one made before. Clamped to what 48 bits hold. */
export function uuidV7LowerBound(ms: number): string {
  const hex = Math.min(MAX_TIME_MS, Math.max(0, Math.floor(ms)))
    .toString(16)
    .padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-000000000000`;
}

/** When a UUIDv7 was made, in milliseconds since the epoch; null for any other text. */
export const uuidV7TimeMs = (id: string): number | null =>
  isUuidV7(id) ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : null;
