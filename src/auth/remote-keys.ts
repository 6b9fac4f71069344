import { err, ok, type Result } from "../domain/result";
import { checkedJwksUrl, downloadJwks, type FetchJwks } from "./jwks-download";
import { parseKeySet, type KeyHint, type KeySet } from "./key-set";
import type { KeySource } from "./key-source";

export interface RemoteKeysOptions {
  readonly fetchJwks: FetchJwks;
  /** Lets the address be http: on the loopback, for development. */
  readonly allowLoopback?: boolean;
  /** After this the keys are fetched again before they are used. */
  readonly maxAgeMs?: number;
  /** No new fetch this long after the last one, whether or not it succeeded. */
  readonly coolDownMs?: number;
  /** How long keys stay in use while they cannot be fetched again. */
  readonly staleMs?: number;
  readonly timeoutMs?: number;
  /** Told why a fetch failed; the caller of `keysFor` is not. */
  readonly onFailure?: (error: unknown) => void;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
/** Requests that find no keys each fetch for themselves, up to so many at once: an issuer is not to be flooded. */
const MAX_FIRST_FETCHES = 16;

/** Keys behind one address, which is checked here: nothing that a token names is ever fetched. */
export function remoteKeys(url: string, options: RemoteKeysOptions): KeySource {
  return new RemoteKeys(checkedJwksUrl(url, options.allowLoopback ?? false), options);
}

/**
 * A fetch belongs to the request that makes it, and workerd lets no other request wait for it: so results are shared,
 * promises are not. A request may also be cut off while it fetches, so one under way counts for its time-out only.
 */
class RemoteKeys implements KeySource {
  readonly #options: Required<Omit<RemoteKeysOptions, "allowLoopback">>;
  #keys: { readonly set: KeySet; readonly fetchedAtMs: number; readonly turn: number } | null = null;
  #coolingSinceMs = Number.NEGATIVE_INFINITY;
  #turns = 0;
  readonly #underWay = new Set<{ readonly sinceMs: number }>();

  constructor(
    private readonly url: string,
    options: RemoteKeysOptions,
  ) {
    this.#options = {
      maxAgeMs: 10 * MINUTE_MS,
      coolDownMs: 30 * SECOND_MS,
      staleMs: 24 * 60 * MINUTE_MS,
      timeoutMs: 3 * SECOND_MS,
      onFailure: () => {},
      ...options,
    };
  }

  async keysFor(hint: KeyHint, nowMs: number): Promise<Result<readonly CryptoKey[], "keys_unavailable">> {
    const { maxAgeMs, staleMs } = this.#options;
    if (this.#keys !== null && hasPassed(staleMs, this.#keys.fetchedAtMs, nowMs)) this.#keys = null;
    if (this.#keys === null || hasPassed(maxAgeMs, this.#keys.fetchedAtMs, nowMs)) await this.#refresh(nowMs);
    const known = await this.#matching(hint);
    if (known.length === 0) await this.#refresh(nowMs);
    // The keys are read anew after each wait: another request may have brought newer ones.
    if (this.#keys === null || this.#keys.set.size === 0) return err("keys_unavailable");
    const matching = known.length === 0 ? await this.#matching(hint) : known;
    // A kid that is unknown while keys are on their way to another request may be among those.
    return matching.length === 0 && this.#fetchesUnderWay(nowMs) > 0 ? err("keys_unavailable") : ok(matching);
  }

  async #matching(hint: KeyHint): Promise<readonly CryptoKey[]> {
    return this.#keys === null ? [] : this.#keys.set.matching(hint);
  }

  /** Fetches unless it is too soon. Without keys the cool-down begins at a failure: until then nobody has an answer. */
  async #refresh(nowMs: number): Promise<void> {
    const { fetchJwks, coolDownMs, timeoutMs, onFailure } = this.#options;
    if (!hasPassed(coolDownMs, this.#coolingSinceMs, nowMs)) return;
    if (this.#fetchesUnderWay(nowMs) >= MAX_FIRST_FETCHES) return;
    if (this.#keys !== null) this.#coolingSinceMs = nowMs;
    const turn = ++this.#turns;
    const fetching = { sinceMs: nowMs };
    this.#underWay.add(fetching);
    try {
      const set = parseKeySet(await downloadJwks(fetchJwks, this.url, timeoutMs));
      // An answer that was overtaken by a later one is not put in its place.
      if (this.#keys === null || this.#keys.turn < turn) this.#keys = { set, fetchedAtMs: nowMs, turn };
    } catch (error) {
      onFailure(error);
    } finally {
      this.#underWay.delete(fetching);
      this.#coolingSinceMs = nowMs;
    }
  }

  #fetchesUnderWay(nowMs: number): number {
    for (const fetching of this.#underWay)
      if (hasPassed(this.#options.timeoutMs, fetching.sinceMs, nowMs)) this.#underWay.delete(fetching);
    return this.#underWay.size;
  }
}

/** In either direction: a clock that is set back must not stop the keys from being fetched. */
const hasPassed = (durationMs: number, sinceMs: number, nowMs: number): boolean =>
  Math.abs(nowMs - sinceMs) >= durationMs;
