import { timingSafeEqual } from "node:crypto";
import { opens, type ApiKey } from "../../src/domain/api-key";
import { err, ok, type Result } from "../../src/domain/result";
import { supportActor, type Caller } from "../../src/domain/tenant-context";
import type { CredentialStore } from "./credential-store";

/** What the object knows of a caller's credential once it holds. */
export interface Vouched {
  /** With the actor that the key stands for. */
  readonly caller: Caller;
  /** What the object knows of a key; null for a credential of which the Worker knows all. */
  readonly key: VouchedKey | null;
}

export interface VouchedKey {
  readonly scopes: ReadonlySet<string>;
  readonly expiresAtMs: number | null;
  /** Every use of a support grant is an entry in the tenant's log. */
  readonly isSupport: boolean;
  /** A secret in its overlap after a rotation may go on with its work, and has no say over keys. */
  readonly isPrevious: boolean;
}

/** How far the stored time of a key's last use may lag behind. */
const USE_LAG_MS = 60_000;

/**
 * Whether a credential is still good: asked on every call, in memory, so that a revocation is in force with the next
 * one. A key that is not known here, has ended or was rotated out, and a revoked token, are all the same refusal.
 */
export class Credentials {
  readonly #keys = new Map<string, { readonly key: ApiKey; readonly scopes: ReadonlySet<string> }>();
  /** Last use by key id, which may be newer than what is stored. */
  readonly #used = new Map<string, number>();
  /** Keys whose stored last use has fallen too far behind. */
  readonly #due = new Set<string>();
  #revoked: ReadonlySet<string> | null = null;

  constructor(private readonly store: CredentialStore) {}

  /** Forgets what was read of the tables; to be called whenever a command has changed them or was rolled back. */
  forget(): void {
    this.#keys.clear();
    this.#revoked = null;
  }

  /** Rises whenever somebody's credential may have ended or got other scopes. */
  get changes(): number {
    return this.store.writes;
  }

  check(caller: Caller, nowMs: number): Result<Vouched, "ended"> {
    const { credential } = caller;
    if (credential.type === "operator") throw new Error("An operator's call came to the tenant plane.");
    if (credential.type === "api_key") return this.#checkKey(caller, credential, nowMs);
    if (credential.type === "token" && credential.tokenId !== null && this.#isRevoked(credential.tokenId))
      return err("ended");
    return ok({ caller, key: null });
  }

  /** A key with the time it was last used, be that stored yet or not. */
  withLastUse(key: ApiKey): ApiKey {
    const usedMs = this.#used.get(key.id);
    return usedMs === undefined ? key : { ...key, lastUsedAtMs: Math.max(usedMs, key.lastUsedAtMs ?? 0) };
  }

  /** Whether a commit should be made for the sake of a last use. */
  hasDueUse(): boolean {
    return this.#due.size > 0;
  }

  /** To be called inside a batch's transaction. */
  persist(): void {
    for (const id of this.#due) {
      this.store.noteUse(id, this.#used.get(id) ?? 0);
      this.#keys.delete(id);
    }
    this.#due.clear();
  }

  #checkKey(
    caller: Caller,
    { keyId, secretHash }: { readonly keyId: string; readonly secretHash: string },
    nowMs: number,
  ): Result<Vouched, "ended"> {
    const known = this.#keys.get(keyId) ?? this.#read(keyId);
    const secret = known ? opens(known.key, secretHash, sameHash, nowMs) : null;
    if (!known || secret === null) return err("ended");
    const { key, scopes } = known;
    this.#used.set(keyId, nowMs);
    if (nowMs - (key.lastUsedAtMs ?? 0) >= USE_LAG_MS) this.#due.add(keyId);
    const isSupport = key.kind === "support";
    const actorId = isSupport ? supportActor(key.createdBy) : caller.actorId;
    const { expiresAtMs } = key;
    const vouched = { scopes, expiresAtMs, isSupport, isPrevious: secret === "previous" };
    return ok({ caller: { ...caller, actorId }, key: vouched });
  }

  #read(keyId: string) {
    const key = this.store.find(keyId);
    if (!key) return undefined;
    const known = { key, scopes: new Set(key.scopes) };
    this.#keys.set(keyId, known);
    return known;
  }

  #isRevoked(tokenId: string): boolean {
    this.#revoked ??= new Set(this.store.revokedTokens());
    return this.#revoked.has(tokenId);
  }
}

const sameHash = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
