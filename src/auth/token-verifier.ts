import { compactVerify, errors } from "jose";
import { err, ok, type Result } from "../domain/result";
import { readClaims, type SubjectOf } from "./claims";
import { readCompactToken } from "./compact-token";
import type { TokenAlgorithm } from "./key-set";
import type { KeySource } from "./key-source";
import { VerifiedCache, type CacheLimits } from "./verified-cache";

/** What a verified token says; nothing else of it is used. Tenant ids are as the token spells them, unchecked. */
export interface VerifiedToken {
  readonly issuer: string;
  readonly subject: string;
  /** Claim `jti`. */
  readonly tokenId: string | null;
  readonly scopes: ReadonlySet<string>;
  /** Claim `tenant_id`, or null where the token lists `tenants` instead. */
  readonly tenantId: string | null;
  readonly tenants: readonly string[];
  /** Claim `exp`, and the leeway. */
  readonly expiresAtMs: number;
}

export interface IssuerTerms {
  readonly issuer: string;
  readonly keys: KeySource;
  /** The only tenants that this issuer may speak for; null: all, and operators too. */
  readonly tenants: readonly string[] | null;
}

/** All that may be wrong with a token is one fault: the caller may not learn which. */
export type TokenFault = "invalid" | "keys_unavailable";

type Verdict = Result<VerifiedToken, TokenFault>;

const CACHE_LIMITS: CacheLimits = { maxTokens: 2048, maxChars: 4 * 1024 ** 2, maxAgeMs: 10 * 60_000 };

/** Verifies bearer tokens for one audience (CONTRACT §3), each by the keys of the issuer it names and no other. */
export class TokenVerifier {
  readonly #issuers: ReadonlyMap<string, IssuerTerms>;
  readonly #verified: VerifiedCache<VerifiedToken>;

  constructor(
    issuers: readonly IssuerTerms[],
    private readonly audience: string,
    private readonly options: Partial<CacheLimits> & { readonly subjectOf?: SubjectOf } = {},
  ) {
    this.#issuers = new Map(issuers.map((terms) => [terms.issuer, terms]));
    if (this.#issuers.size !== issuers.length) throw new Error("A token issuer is configured twice.");
    if (this.#issuers.has("") || audience === "") throw new Error("A token issuer or audience is empty.");
    this.#verified = new VerifiedCache({ ...CACHE_LIMITS, ...options });
  }

  /** A token met before costs one look-up, a new one a signature check; I/O happens in the issuer's key source only. */
  verify(token: string, nowMs: number): Promise<Verdict> {
    const known = this.#verified.get(token, nowMs);
    return known === undefined ? this.#verifyNew(token, nowMs) : Promise.resolve(ok(known));
  }

  /** Everything that can be told without a key comes first: what would be refused anyway asks for no keys. */
  async #verifyNew(token: string, nowMs: number): Promise<Verdict> {
    const unverified = readCompactToken(token);
    const claims = unverified && readClaims(unverified.claims, this.audience, nowMs, this.options.subjectOf);
    const terms = claims && this.#issuers.get(claims.issuer);
    if (!terms || !mayName(terms.tenants, claims)) return err("invalid");
    const keys = await terms.keys.keysFor(unverified, nowMs);
    if (!keys.ok) return keys;
    for (const key of keys.value)
      if (await isSignedBy(token, key, unverified.alg)) {
        this.#verified.set(token, claims, nowMs);
        return ok(claims);
      }
    return err("invalid");
  }
}

/** Whether an issuer of these tenants may issue a token for the tenants it names, of which there must be one. */
function mayName(allowed: readonly string[] | null, { tenantId, tenants }: VerifiedToken): boolean {
  if (allowed === null) return true;
  const named = tenantId === null ? tenants : [tenantId, ...tenants];
  return named.length > 0 && named.every((tenant) => allowed.includes(tenant));
}

async function isSignedBy(token: string, key: CryptoKey, alg: TokenAlgorithm): Promise<boolean> {
  try {
    await compactVerify(token, key, { algorithms: [alg] });
    return true;
  } catch (error) {
    if (error instanceof errors.JOSEError) return false;
    throw error;
  }
}
