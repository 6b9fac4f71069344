import type { JsonObject } from "./strict-json";
import type { VerifiedToken } from "./token-verifier";

const LEEWAY_MS = 30_000;
const MAX_TENANTS = 1000;
const MAX_SUBJECT_CHARS = 255;
const CONTROL = /\p{Cc}/u;
const TOKEN_ID = /^[\x21-\x7e]{1,255}$/;

/** Which claim says who the token is of. */
export type SubjectOf = (claims: JsonObject) => unknown;

/**
 * Cloudflare Access: a person's e-mail address, a service token's name; `sub` is empty for the latter and says
 * nothing to a reader for the former.
 */
export const accessSubject: SubjectOf = ({ email, common_name: name }) => email ?? name;

/** The claims of a token for this audience that is in force now, or null. A claim of a wrong type is a fault. */
export function readClaims(
  claims: JsonObject,
  audience: string,
  nowMs: number,
  subjectOf: SubjectOf = ({ sub }) => sub,
): VerifiedToken | null {
  const { iss: issuer, aud, jti: tokenId, tenant_id: tenantId } = claims;
  const subject = subjectOf(claims);
  if (typeof issuer !== "string" || !isFor(audience, aud) || !isSubject(subject)) return null;
  if (tokenId !== undefined && !(typeof tokenId === "string" && TOKEN_ID.test(tokenId))) return null;
  if (tenantId !== undefined && typeof tenantId !== "string") return null;
  const tenants = readStrings(claims.tenants);
  const scopes = readScopes(claims);
  const expiresAtMs = readExpiry(claims, nowMs);
  if (tenants === null || tenants.length > MAX_TENANTS || scopes === null || expiresAtMs === null)
    return null;
  return {
    issuer,
    subject,
    tokenId: tokenId ?? null,
    scopes,
    tenantId: tenantId ?? null,
    tenants,
    expiresAtMs,
  };
}

const isFor = (audience: string, aud: unknown): boolean =>
  aud === audience || (readStrings(aud)?.includes(audience) ?? false);

const isSubject = (sub: unknown): sub is string =>
  typeof sub === "string" &&
  sub !== "" &&
  sub.length <= MAX_SUBJECT_CHARS &&
  sub.isWellFormed() &&
  !CONTROL.test(sub);

/** OAuth's `scope` (RFC 9068 §2.2.3) where there is one, else the list `scopes`. */
function readScopes({ scope, scopes }: JsonObject): ReadonlySet<string> | null {
  const listed = readStrings(scopes);
  if (listed === null || (scope !== undefined && typeof scope !== "string")) return null;
  return new Set((scope?.split(" ") ?? listed).filter((name) => name !== ""));
}

/** When the token ends, leeway included, or null if it has ended, has not begun or has no end. */
function readExpiry({ exp, nbf, iat }: JsonObject, nowMs: number): number | null {
  const begins = [nbf, iat].filter((seconds) => seconds !== undefined);
  if (!isTime(exp) || !begins.every(isTime)) return null;
  if (begins.some((seconds) => seconds * 1000 > nowMs + LEEWAY_MS)) return null;
  const expiresAtMs = exp * 1000 + LEEWAY_MS;
  return nowMs < expiresAtMs ? expiresAtMs : null;
}

/** JSON.parse makes an infinity of a number that is too large, and so would its milliseconds be. */
const isTime = (seconds: unknown): seconds is number =>
  typeof seconds === "number" && Number.isFinite(seconds * 1000);

/** A list of strings, empty where there is none; null for anything else. */
function readStrings(value: unknown): readonly string[] | null {
  if (value === undefined) return [];
  return Array.isArray(value) && value.every((item) => typeof item === "string") ? value : null;
}
