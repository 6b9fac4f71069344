import { indexKey } from "../../src/crypto/blind-index";
import type { TenantKey } from "../../src/crypto/record-seal";
import { isUnderWay } from "../../src/domain/key-rotation";
import { err, ok, type Result } from "../../src/domain/result";
import type { TenantId } from "../../src/domain/tenant-id";
import { DataKeyCache } from "../../src/keys/data-key-cache";
import type { KeptKey, KeyCustody } from "../../src/keys/key-custody";
import type { WrapFault } from "../../src/keys/key-wrapper";
import type { KeyRefusal } from "./answer";
import type { Custodian } from "./custodian";
import type { DataKey, DataKeyStore } from "./data-key-store";
import type { KeyStateStore } from "./key-state-store";
import type { OpenedTexts } from "./opened-texts";

/** The tenant's keys in the clear: all that are in force, and the one that seals. */
export interface HeldKeys {
  readonly current: TenantKey;
  readonly byVersion: ReadonlyMap<number, Uint8Array>;
  /** The keys of the blind index, by version. */
  readonly indexKeys: ReadonlyMap<number, Uint8Array>;
  /** Files may still lie in the clear: the tenant is older than sealing, and its first one is under way. */
  readonly acceptsClear: boolean;
}

/** A key that was made and is in no table yet. */
export interface MadeKey {
  readonly version: number;
  /** The newest version when it was made: should there be a newer one by now, this key is late. */
  readonly after: number;
  readonly kept: KeptKey;
  readonly key: Uint8Array;
}

/** Versions that an older copy of an object may not know of. */
const NUMBERS_TRIED = 100;
const UNAVAILABLE = err({ reason: "key_unavailable" } as const);
const WITHDRAWN = err({ reason: "key_withdrawn" } as const);

/**
 * Keeps the tenant's unwrapped keys in memory for a bounded time. `ready` may wait for whoever wraps them; `held` is
 * synchronous, for inside a command. All versions in force are held or none: who reads must be able to read all.
 */
export class KeyRing {
  readonly #cache = new DataKeyCache();
  #inForce: readonly DataKey[] | null = null;
  #acceptsClear = false;
  /** Derived once for a version, and ended with it: each costs as much as sealing a job's members. */
  #indexKeys = new Map<number, Uint8Array>();
  /** Versions that the tables have and the vault has not: an older copy of the object was put back. */
  readonly #gone = new Set<number>();
  #opening: Promise<Result<null, KeyRefusal>> | null = null;

  constructor(
    private readonly store: DataKeyStore,
    private readonly state: KeyStateStore,
    readonly custodian: Custodian,
    private readonly opened: OpenedTexts,
  ) {}

  /** Reads the tables again: after a command that changed keys, or was rolled back. What is not in force any more ends. */
  forget(): void {
    const before = this.#inForce ?? [];
    this.#inForce = null;
    this.opened.clear();
    this.#indexKeys.clear();
    if (before.length === 0) return;
    const now = new Set(this.inForce().map(({ version }) => version));
    for (const { version } of before) if (!now.has(version)) this.#cache.end(version);
  }

  /** Not destroyed, oldest first: the last one seals. */
  inForce(): readonly DataKey[] {
    if (this.#inForce === null) {
      this.#inForce = this.store
        .list()
        .filter(({ version, kept }) => kept !== null && !this.#gone.has(version));
      const rotation = this.state.rotation();
      this.#acceptsClear = isUnderWay(rotation) && rotation.reason === "first_sealing";
    }
    return this.#inForce;
  }

  /** Whether what is sealed by this version can be read from now on; 0 stands for what lies in the clear. */
  opens(version: number): boolean {
    const keys = this.inForce();
    return version === 0 ? this.#acceptsClear : keys.some((key) => key.version === version);
  }

  /** The keys, if they are at hand right now. */
  held(nowMs: number): HeldKeys | null {
    const byVersion = new Map<number, Uint8Array>();
    for (const { version } of this.inForce()) {
      const cached = this.#cache.get(version, nowMs);
      if (cached.type !== "fresh") {
        this.#indexKeys.clear();
        return null;
      }
      byVersion.set(version, cached.key);
      if (!this.#indexKeys.has(version)) this.#indexKeys.set(version, indexKey(cached.key));
    }
    const version = this.inForce().at(-1)?.version;
    const bytes = version === undefined ? undefined : byVersion.get(version);
    if (version === undefined || bytes === undefined) return null;
    return {
      current: { version, bytes },
      byVersion,
      indexKeys: this.#indexKeys,
      acceptsClear: this.#acceptsClear,
    };
  }

  /** Sees to it that `held` holds. Callers that come meanwhile wait for the same attempt. */
  ready(tenantId: TenantId, nowMs: () => number): Promise<Result<null, KeyRefusal>> {
    this.#opening ??= this.#open(tenantId, nowMs).finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  /** A key of the next version, by who wraps now; it counts once the command that stores it has run. */
  async make(tenantId: TenantId): Promise<Result<MadeKey, KeyRefusal>> {
    return this.makeNext(await this.custodian.current(tenantId), tenantId);
  }

  /** A number that the vault knows already is passed over: an attempt was cut short, or the object was restored. */
  async makeNext(
    custody: Result<KeyCustody, WrapFault>,
    tenantId: TenantId,
    after = this.lastVersion(),
  ): Promise<Result<MadeKey, KeyRefusal>> {
    if (!custody.ok) return refusal(custody.error);
    for (let version = after + 1; version <= after + NUMBERS_TRIED; version++) {
      const made = await custody.value.make({ tenantId, version });
      if (made.ok) return ok({ version, after, ...made.value });
      if (made.error !== "taken") return refusal(made.error);
    }
    return UNAVAILABLE;
  }

  /** Of all versions there ever were in this object. */
  lastVersion(): number {
    return this.store.list().at(-1)?.version ?? 0;
  }

  /** The same key by who wraps now; null where that is who has wrapped it, or nobody could. */
  async rewrapped(tenantId: TenantId, version: number, kept: KeptKey): Promise<KeptKey | null> {
    const custody = await this.custodian.current(tenantId);
    if (!custody.ok || kept.wrapped.wrapperId === custody.value.wrapperId) return null;
    const anew = await custody.value.rewrap({ tenantId, version }, kept);
    return anew.ok ? anew.value : null;
  }

  /** Keeps a key that was just stored, so that nobody has to unwrap it again. */
  adopt({ version, key }: MadeKey, nowMs: number): void {
    this.#cache.put(version, key, nowMs);
  }

  async #open(tenantId: TenantId, nowMs: () => number): Promise<Result<null, KeyRefusal>> {
    for (const { version, kept } of this.inForce()) {
      if (kept === null || this.#cache.get(version, nowMs()).type === "fresh") continue;
      const custody = await this.custodian.current(tenantId);
      const opened = custody.ok ? await custody.value.open({ tenantId, version }, kept) : custody;
      // Destroyed while it was being opened: it must not come back.
      if (!this.inForce().some((key) => key.version === version)) continue;
      if (!opened.ok && opened.error === "destroyed") {
        this.#cache.end(version);
        this.#gone.add(version);
        this.forget();
        continue;
      }
      const outcome: Result<Uint8Array, WrapFault> =
        opened.ok || opened.error === "unavailable"
          ? (opened as Result<Uint8Array, WrapFault>)
          : err("refused");
      const settled = this.#cache.settle(version, outcome, nowMs());
      if (!settled.ok) return refusal(settled.error);
    }
    return this.inForce().length > 0 ? ok(null) : WITHDRAWN;
  }
}

const refusal = (fault: WrapFault) => (fault === "refused" ? WITHDRAWN : UNAVAILABLE);
