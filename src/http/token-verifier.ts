import {
  createLocalJWKSet,
  decodeProtectedHeader,
  jwtVerify,
  type JSONWebKeySet,
  type JWTPayload,
} from "jose";

/** What a verified token says; nothing else of it is used. */
export interface VerifiedToken {
  readonly subject: string;
  readonly scopes: ReadonlySet<string>;
  /** Claim `tenant_id`, or null where the token lists `tenants` instead. */
  readonly tenantId: string | null;
  readonly tenants: readonly string[];
  readonly expiresAtMs: number;
}

export interface TokenTerms {
  readonly jwks: string;
  readonly issuer: string;
  readonly audience: string;
}

type Verify = (token: string, nowMs: number) => Promise<VerifiedToken | null>;

const LEEWAY_SECONDS = 30;
const ALGORITHMS = ["RS256", "ES256", "EdDSA", "Ed25519"];
const TYPES = new Set(["jwt", "at+jwt"]);
/** Members by which a token would bring its own key, or ask for processing that nobody here does (RFC 8725). */
const REFUSED_MEMBERS = ["jku", "x5u", "jwk", "x5c", "crit"];
const MAX_TOKEN_CHARS = 8192;
const CACHE_MAX = 2048;

/** Verifies tokens of one issuer for one audience (CONTRACT §3). A fault is null: the caller may not learn which. */
export function tokenVerifier(terms: TokenTerms): Verify {
  const keys = createLocalJWKSet(parseJwks(terms.jwks));
  const verified = new Map<string, VerifiedToken>();

  return async (token, nowMs) => {
    const known = verified.get(token);
    if (known) {
      if (known.expiresAtMs > nowMs) return known;
      verified.delete(token);
      return null;
    }
    if (token.length > MAX_TOKEN_CHARS || !acceptableHeader(token)) return null;
    const payload = await verifiedPayload(token, keys, terms, nowMs);
    const claims = payload && readClaims(payload, nowMs);
    if (!claims) return null;
    if (verified.size >= CACHE_MAX)
      for (const oldest of verified.keys()) {
        verified.delete(oldest);
        break;
      }
    verified.set(token, claims);
    return claims;
  };
}

function parseJwks(text: string): JSONWebKeySet {
  if (text === "") return { keys: [] };
  return JSON.parse(text) as JSONWebKeySet;
}

function acceptableHeader(token: string): boolean {
  try {
    const header = decodeProtectedHeader(token);
    if (REFUSED_MEMBERS.some((member) => member in header)) return false;
    return typeof header.typ === "string" && TYPES.has(header.typ.toLowerCase());
  } catch {
    return false;
  }
}

async function verifiedPayload(
  token: string,
  keys: ReturnType<typeof createLocalJWKSet>,
  terms: TokenTerms,
  nowMs: number,
): Promise<JWTPayload | null> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ALGORITHMS,
      issuer: terms.issuer,
      audience: terms.audience,
      clockTolerance: LEEWAY_SECONDS,
      requiredClaims: ["exp", "sub"],
      currentDate: new Date(nowMs),
    });
    return payload;
  } catch {
    return null;
  }
}

function readClaims(payload: JWTPayload, nowMs: number): VerifiedToken | null {
  const { sub, exp, iat, scope, scopes, tenant_id: tenantId, tenants } = payload;
  if (typeof sub !== "string" || sub === "" || typeof exp !== "number") return null;
  if (iat !== undefined && iat * 1000 > nowMs + LEEWAY_SECONDS * 1000) return null;
  if (tenantId !== undefined && typeof tenantId !== "string") return null;
  return {
    subject: sub,
    scopes: new Set(typeof scope === "string" ? scope.split(" ") : strings(scopes)),
    tenantId: tenantId ?? null,
    tenants: strings(tenants),
    expiresAtMs: (exp + LEEWAY_SECONDS) * 1000,
  };
}

const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
