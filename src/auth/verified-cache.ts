export interface CacheLimits {
  readonly maxTokens: number;
  readonly maxChars: number;
  /** After this a token is verified again, so that a key its issuer has withdrawn does not live on in here. */
  readonly maxAgeMs: number;
}

interface Entry<Claims> {
  readonly claims: Claims;
  readonly untilMs: number;
}

/**
 * What has been verified, by token, until it expires. Bounded in number and in characters: two generations make an
 * approximate LRU in constant time. What is asked for moves to the young one; when that is half the bound it becomes
 * the old one, and what was old is forgotten.
 */
export class VerifiedCache<Claims extends { readonly expiresAtMs: number }> {
  #young = new Generation<Entry<Claims>>();
  #old = new Generation<Entry<Claims>>();

  constructor(private readonly limits: CacheLimits) {}

  get(token: string, nowMs: number): Claims | undefined {
    const young = this.#young.entries.get(token);
    const entry = young ?? this.#old.entries.get(token);
    if (entry === undefined) return undefined;
    if (nowMs >= entry.untilMs) {
      this.delete(token);
      return undefined;
    }
    if (young === undefined) {
      this.#old.delete(token);
      this.#put(token, entry);
    }
    return entry.claims;
  }

  set(token: string, claims: Claims, nowMs: number): void {
    this.delete(token);
    this.#put(token, { claims, untilMs: Math.min(claims.expiresAtMs, nowMs + this.limits.maxAgeMs) });
  }

  delete(token: string): void {
    this.#young.delete(token);
    this.#old.delete(token);
  }

  #put(token: string, entry: Entry<Claims>): void {
    const [maxTokens, maxChars] = [this.limits.maxTokens / 2, this.limits.maxChars / 2];
    if (token.length > maxChars) return;
    if (this.#young.entries.size + 1 > maxTokens || this.#young.chars + token.length > maxChars) {
      this.#old = this.#young;
      this.#young = new Generation();
    }
    this.#young.set(token, entry);
  }
}

class Generation<Value> {
  readonly entries = new Map<string, Value>();
  chars = 0;

  set(token: string, value: Value): void {
    this.entries.set(token, value);
    this.chars += token.length;
  }

  delete(token: string): void {
    if (this.entries.delete(token)) this.chars -= token.length;
  }
}
