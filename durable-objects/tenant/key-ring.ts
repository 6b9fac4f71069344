import type { TenantKey } from "../../src/crypto/record-seal";
import { isUnderWay } from "../../src/domain/key-rotation";
import { err, ok, type Result } from "../../src/domain/result";
import type { TenantId } from "../../src/domain/tenant-id";
import { DataKeyCache } from "../../src/keys/data-key-cache";
import type { KeptKey, KeyCustody } from "../../src/keys/key-custody";
import type { WrapContext, WrapFault } from "../../src/keys/key-wrapper";
import type { KeyRefusal } from "./answer";
import type { Custodian } from "./custodian";
import type { DataKey, DataKeyStore } from "./data-key-store";
import type { KeyStateStore } from "./key-state-store";
import type { OpenedTexts } from "./opened-texts";

/** The tenant's keys in the clear: all that are in force, and the one that seals. */
export interface HeldKeys {
  readonly current: TenantKey;
  readonly byVersion: ReadonlyMap<number, Uint8Array>;
  /** Files may still lie in the clear: the tenant is older than sealing, and its first one is under way. */
  readonly acceptsClear: boolean;
}

/** A key that was made and is in no table yet. */
export interface MadeKey {
  readonly version: number;
  readonly kept: KeptKey;
  readonly key: Uint8Array;
}

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
    if (before.length === 0) return;
    const now = new Set(this.inForce().map(({ version }) => version));
    for (const { version } of before) if (!now.has(version)) this.#cache.end(version);
  }

  /** Not destroyed, oldest first: the last one seals. */
  inForce(): readonly DataKey[] {
    if (this.#inForce === null) {
      this.#inForce = this.store.list().filter(({ kept }) => kept !== null);
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
      if (cached.type !== "fresh") return null;
      byVersion.set(version, cached.key);
    }
    const version = this.inForce().at(-1)?.version;
    const bytes = version === undefined ? undefined : byVersion.get(version);
    if (version === undefined || bytes === undefined) return null;
    return { current: { version, bytes }, byVersion, acceptsClear: this.#acceptsClear };
  }

  /** Sees to it that `held` holds. Callers that come meanwhile wait for the same attempt. */
  ready(tenantId: TenantId, nowMs: () => number): Promise<Result<null, KeyRefusal>> {
    this.#opening ??= this.#open(tenantId, nowMs).finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  /** A key of the next version; it counts once `adopt` and the command that stores it have run. */
  async make(tenantId: TenantId, version: number): Promise<Result<MadeKey, KeyRefusal>> {
    return this.makeBy(await this.custodian.current(tenantId), { tenantId, version });
  }

  async makeBy(
    custody: Result<KeyCustody, WrapFault>,
    context: WrapContext,
  ): Promise<Result<MadeKey, KeyRefusal>> {
    const { version } = context;
    const made = custody.ok ? await custody.value.make(context) : custody;
    return made.ok ? ok({ version, ...made.value }) : refusal(made.error);
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
    const keys = this.inForce();
    if (keys.length === 0) return WITHDRAWN;
    for (const { version, kept } of keys) {
      if (kept === null || this.#cache.get(version, nowMs()).type === "fresh") continue;
      const custody = await this.custodian.current(tenantId);
      const opened = custody.ok ? await custody.value.open({ tenantId, version }, kept) : custody;
      // Destroyed while it was being opened: it must not come back.
      if (!this.inForce().some((key) => key.version === version)) continue;
      const settled = this.#cache.settle(version, opened, nowMs());
      if (!settled.ok) return refusal(settled.error);
    }
    return ok(null);
  }
}

const refusal = (fault: WrapFault) => (fault === "refused" ? WITHDRAWN : UNAVAILABLE);
