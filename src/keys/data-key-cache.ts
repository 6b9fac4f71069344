import { err, ok, type Result } from "../domain/result";
import type { WrapFault } from "./key-wrapper";

export interface KeyLives {
  /** After it a key is still used, but a refresh is tried. */
  readonly softMs: number;
  /** After it a key is gone, whatever the wrapper says. */
  readonly hardMs: number;
  /** How long a refresh is not tried again after one that found the wrapper unavailable. */
  readonly retryMs: number;
}

/** `stale`: good to use, once a refresh was tried and settled. The bytes are the caller's own copy. */
export type CachedKey =
  { readonly type: "fresh" | "stale"; readonly key: Uint8Array } | { readonly type: "absent" };

interface Entry {
  readonly key: Uint8Array;
  readonly sinceMs: number;
  readonly endsAtMs: number;
  refreshAtMs: number;
}

export const DEFAULT_LIVES: KeyLives = { softMs: 5 * 60_000, hardMs: 60 * 60_000, retryMs: 15_000 };

/** One tenant's unwrapped keys by version, so that an outage of the wrapper is survived for a bounded time. */
export class DataKeyCache {
  readonly #lives: KeyLives;
  readonly #entries = new Map<number, Entry>();

  constructor(lives: KeyLives = DEFAULT_LIVES) {
    this.#lives = lives;
  }

  get(version: number, nowMs: number): CachedKey {
    this.#endOverdue(nowMs);
    const entry = this.#entries.get(version);
    if (!entry) return { type: "absent" };
    // Before its own beginning: the clock was set back, and a key's age is unknown.
    const isFresh = entry.sinceMs <= nowMs && nowMs < entry.refreshAtMs;
    return { type: isFresh ? "fresh" : "stale", key: Uint8Array.from(entry.key) };
  }

  /** Keeps a copy. */
  put(version: number, key: Uint8Array, nowMs: number): void {
    this.#endOverdue(nowMs);
    this.end(version);
    const { softMs, hardMs } = this.#lives;
    this.#entries.set(version, {
      key: Uint8Array.from(key),
      sinceMs: nowMs,
      refreshAtMs: nowMs + softMs,
      endsAtMs: nowMs + hardMs,
    });
  }

  /**
   * What a refresh, or the first unwrapping, comes to: the new key; the old one while the wrapper is unavailable and
   * its hard life lasts; or the fault. A refusal ends the key at once.
   */
  settle(
    version: number,
    refreshed: Result<Uint8Array, WrapFault>,
    nowMs: number,
  ): Result<Uint8Array, WrapFault> {
    if (refreshed.ok) {
      this.put(version, refreshed.value, nowMs);
      return refreshed;
    }
    if (refreshed.error === "refused") {
      this.end(version);
      return refreshed;
    }
    this.#endOverdue(nowMs);
    const entry = this.#entries.get(version);
    if (!entry) return err("unavailable");
    entry.refreshAtMs = nowMs + this.#lives.retryMs;
    return ok(Uint8Array.from(entry.key));
  }

  /** Forgets a version that is no more. */
  end(version: number): void {
    this.#entries.get(version)?.key.fill(0);
    this.#entries.delete(version);
  }

  clear(): void {
    for (const version of this.#entries.keys()) this.end(version);
  }

  #endOverdue(nowMs: number): void {
    for (const [version, { endsAtMs }] of this.#entries) if (nowMs >= endsAtMs) this.end(version);
  }
}
