import { err, ok, type Result } from "../../src/domain/result";
import type { Caller } from "../../src/domain/tenant-context";
import type { TenantId } from "../../src/domain/tenant-id";
import { isUnderWay } from "../../src/domain/key-rotation";
import { KEY_LIFE_MS } from "../../src/domain/tier";
import type { KeptKey } from "../../src/keys/key-custody";
import type { WrapContext } from "../../src/keys/key-wrapper";
import { log } from "../../src/telemetry/logger";
import type { KeyRefusal } from "./answer";
import type { CommandQueue } from "./command";
import { Custodian, customerPlace, type CustodyPorts } from "./custodian";
import { KeyRing, type MadeKey } from "./key-ring";
import { OpenedTexts } from "./opened-texts";
import { beginFirstSealing } from "./operations/first-sealing";
import { Seal } from "./seal";
import { PLATFORM, type Stores } from "./stores";
import type { TenantRecord } from "./tenant-store";

/** Broken seals remembered, so that what is read again and again is written down once. */
const BROKEN_KEPT = 1_000;

type Actor = Pick<Caller, "actorId" | "traceparent">;

/** What a sweep learns of the tenant's key. */
export interface KeyState {
  readonly version: number | null;
  readonly dueAtMs: number | null;
}

/** The tenant's keys as the rest of the object uses them: wait until they are at hand, then seal and open at once. */
export class TenantKeys {
  readonly ring: KeyRing;
  readonly #opened = new OpenedTexts();
  readonly #broken = new Set<string>();

  constructor(
    private readonly stores: Stores,
    private readonly commands: CommandQueue,
    custody: CustodyPorts,
  ) {
    const custodian = new Custodian(custody, stores.keyState);
    this.ring = new KeyRing(stores.dataKeys, stores.keyState, custodian, this.#opened);
  }

  /** What seals and opens right now; null when the keys are not at hand. */
  seal(tenantId: TenantId, nowMs: number): Seal | null {
    const held = this.ring.held(nowMs);
    return held && new Seal(tenantId, held, this.#opened, (place, reason) => this.noteBroken(place, reason));
  }

  /** Sees to it that `seal` gives one. A tenant that is older than sealing gets its first key here. */
  async ready(tenantId: TenantId): Promise<Result<null, KeyRefusal>> {
    if (this.ring.held(Date.now())) return ok(null);
    if (this.stores.dataKeys.list().length > 0) return this.ring.ready(tenantId, () => Date.now());
    const made = await this.makeFirst(tenantId);
    if (!made.ok) return made;
    await this.commands.run(() => {
      const nowMs = Date.now();
      if (this.stores.dataKeys.list().length > 0) return;
      this.store(made.value, nowMs);
      const seal = this.seal(tenantId, nowMs);
      if (seal) beginFirstSealing(this.stores, seal, nowMs);
      this.ring.forget();
    });
    return this.ring.ready(tenantId, () => Date.now());
  }

  /** Waits for the keys and gives what seals by them. */
  async readySeal(tenantId: TenantId): Promise<Result<Seal, KeyRefusal>> {
    const ready = await this.ready(tenantId);
    if (!ready.ok) return ready;
    const seal = this.seal(tenantId, Date.now());
    return seal ? ok(seal) : err({ reason: "key_unavailable" });
  }

  /** Wrapped by the platform, since a customer can bring a key only later; the tenant has no table yet. */
  makeFirst(tenantId: TenantId): Promise<Result<MadeKey, KeyRefusal>> {
    return this.ring.makeNext(ok(this.ring.custodian.ports.platform), tenantId, 0);
  }

  /** Versions that somebody else wraps by now are wrapped anew; what cannot be is tried again another time. */
  async rewrap(tenantId: TenantId): Promise<void> {
    await this.#resealSettings(tenantId);
    for (const { version, kept } of this.ring.inForce()) {
      const anew = kept && (await this.ring.rewrapped(tenantId, version, kept));
      if (!anew) continue;
      await this.commands.run(() => this.storeRewrapped(version, anew, PLATFORM, Date.now()));
    }
  }

  /** The customer's settings rest sealed by the platform: by who wraps for it now. */
  async #resealSettings(tenantId: TenantId): Promise<void> {
    const customer = this.stores.keyState.customerKey();
    const { platform } = this.ring.custodian.ports;
    if (customer === null || customer.settings.wrapped.wrapperId === platform.wrapperId) return;
    const text = await platform.openText(customerPlace(tenantId), customer.settings);
    const settings = text.ok ? await platform.sealText(customerPlace(tenantId), text.value) : text;
    if (!settings.ok) return;
    await this.commands.run(() => {
      const now = this.stores.keyState.customerKey();
      if (now?.settings.sealed === customer.settings.sealed)
        this.stores.keyState.saveCustomerKey({ ...now, settings: settings.value });
    });
  }

  /** The same key, wrapped by another wrapper; inside a command. */
  storeRewrapped(version: number, kept: KeptKey, by: Actor, nowMs: number): void {
    this.stores.dataKeys.rewrap(version, kept);
    this.ring.forget();
    const data = { version, wrapper: kept.wrapped.wrapperId };
    this.stores.record(
      by,
      { kind: "audit", type: "data_key.rewrapped", subject: `data_key:${version}`, data },
      nowMs,
    );
  }

  /** Destroys the vault's half of a version; false when it is out of reach. */
  destroy(context: WrapContext): Promise<boolean> {
    return this.ring.custodian.ports.platform.destroy(context);
  }

  /** Sees to it that the key is looked after: made where there is none, wrapped anew or replaced when it is time. */
  async tend({ tenantId, tier, status }: TenantRecord): Promise<KeyState> {
    if (status === "offboarded") return { version: null, dueAtMs: null };
    if (this.stores.dataKeys.list().length === 0) await this.ready(tenantId);
    const current = this.ring.inForce().at(-1);
    if (!current) return { version: null, dueAtMs: null };
    const custody = await this.ring.custodian.current(tenantId);
    const settings = this.stores.keyState.customerKey()?.settings.wrapped.wrapperId;
    const isForeign =
      (settings ?? this.ring.custodian.ports.platform.wrapperId) !==
        this.ring.custodian.ports.platform.wrapperId ||
      (custody.ok &&
        this.ring.inForce().some(({ kept }) => kept?.wrapped.wrapperId !== custody.value.wrapperId));
    const rotation = this.stores.keyState.rotation();
    // A former key is in force until the rotation has ended, whenever the next one is due.
    const dueAtMs = isUnderWay(rotation) ? rotation.startedAtMs : current.createdAtMs + KEY_LIFE_MS[tier];
    await this.commands.run(() => {
      if (isForeign) this.stores.timers.set("key_rotation", Date.now());
      else this.stores.timers.ensure("key_rotation", Math.max(dueAtMs, Date.now()));
    });
    return { version: current.version, dueAtMs };
  }

  /** Destroys every half that the vault has of the tenant's; false when it is out of reach. */
  shred(tenantId: TenantId): Promise<boolean> {
    return this.ring.custodian.ports.platform.shred(tenantId);
  }

  /** Puts a key in force; inside a command. */
  store(made: MadeKey, nowMs: number): void {
    this.stores.timers.set("key_rotation", nowMs);
    this.stores.dataKeys.insert(made.version, made.kept, nowMs);
    this.ring.adopt(made, nowMs);
    this.ring.forget();
  }

  /** An entry in the tenant's log, once for each place and fault: what is broken may be read often. */
  noteBroken(place: string, reason: string): void {
    const what = `${reason} ${place}`;
    if (this.#broken.has(what) || this.#broken.size >= BROKEN_KEPT) return;
    this.#broken.add(what);
    log.error("seal.broken", { place, reason });
    const subject = `sealed:${place}`;
    const fact = { kind: "audit", type: "seal.broken", subject, data: { place, reason } } as const;
    this.commands
      .run(() => this.stores.record(PLATFORM, fact, Date.now()))
      .catch(() => this.#broken.delete(what));
  }
}
