import type { Result } from "./result.ts";

/** A JWK set (RFC 7517), as the platform publishes it at `/.well-known/jwks.json`. */
export interface JwkSet {
  readonly keys: readonly object[];
}

/** The set itself, or what fetches it. */
export type KeySource = JwkSet | (() => Promise<unknown>);

/** As long as the platform lets the set be cached. */
const MAX_AGE_MS = 3_600_000;
/** Whoever sends forged signatures has the set fetched once a minute, and no oftener. */
const REFETCH_AFTER_MS = 60_000;
/** Each signature is tried by each key. */
const MAX_KEYS = 8;

/** The platform's Ed25519 keys, fetched when they are first needed and kept. */
export class KeySet {
  readonly #source: KeySource;
  readonly #nowMs: () => number;
  #keys: readonly CryptoKey[] | null = null;
  #triedAtMs = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | null = null;

  constructor(source: KeySource, nowMs: () => number) {
    this.#source = source;
    this.#nowMs = nowMs;
  }

  /** Old keys serve on where newer ones cannot be had. */
  async keys(): Promise<Result<readonly CryptoKey[], "keys_unavailable">> {
    const isOld = this.#nowMs() - this.#triedAtMs >= MAX_AGE_MS;
    if (this.#keys === null || (isOld && typeof this.#source === "function")) await this.#load();
    return this.#keys === null ? { ok: false, error: "keys_unavailable" } : { ok: true, value: this.#keys };
  }

  /** For a signature that no key made: whether the set was fetched anew. */
  async refresh(): Promise<boolean> {
    const before = this.#keys;
    if (typeof this.#source === "function") await this.#load();
    return this.#keys !== before;
  }

  /** Those who need it at the same time wait for the same one. */
  async #load(): Promise<void> {
    if (this.#loading === null) {
      if (this.#nowMs() - this.#triedAtMs < REFETCH_AFTER_MS) return;
      this.#triedAtMs = this.#nowMs();
      this.#loading = this.#read().finally(() => {
        this.#loading = null;
      });
    }
    await this.#loading;
  }

  async #read(): Promise<void> {
    try {
      const source = this.#source;
      this.#keys = await importKeys(typeof source === "function" ? await source() : source);
    } catch {
      // What there was before stays in use; without any, `keys` says so.
    }
  }
}

async function importKeys(set: unknown): Promise<readonly CryptoKey[]> {
  const keys = typeof set === "object" && set !== null && "keys" in set ? set.keys : null;
  if (!Array.isArray(keys)) throw new TypeError("This is no JWK set.");
  const publicKeys = keys.flatMap(ed25519X).slice(0, MAX_KEYS);
  return Promise.all(
    publicKeys.map((x) =>
      crypto.subtle.importKey("jwk", { kty: "OKP", crv: "Ed25519", x }, "Ed25519", false, ["verify"]),
    ),
  );
}

/** Keys of other kinds are for others. */
function ed25519X(key: unknown): readonly string[] {
  if (typeof key !== "object" || key === null) return [];
  const { kty, crv, x } = key as Readonly<Record<string, unknown>>;
  return kty === "OKP" && crv === "Ed25519" && typeof x === "string" ? [x] : [];
}
