import type { KeyRotation } from "../../../src/domain/key-rotation";
import type { KeyVersionName } from "../../../src/domain/shred";
import { KEY_LIFE_MS } from "../../../src/domain/tier";
import type { Stores } from "../stores";
import type { TenantRecord } from "../tenant-store";

/** What an operator may know of a tenant's key: everything but the key. */
export interface KeyStanding {
  readonly versions: readonly KeyVersionStanding[];
  /** When the current version is replaced by itself; null where there is none. */
  readonly dueAtMs: number | null;
  /** The customer's own key, in force or on its way out; and who seals its settings. */
  readonly customerKey: {
    readonly wrapper: string;
    readonly isInForce: boolean;
    readonly settingsWrapper: string;
  } | null;
  /** Under way, or the last one. */
  readonly rotation: KeyRotation | null;
}

export interface KeyVersionStanding {
  readonly version: number;
  readonly status: "current" | "retired" | "destroyed";
  /** Who wraps it; null once it was destroyed. */
  readonly wrapper: string | null;
  readonly hasRecovery: boolean;
  readonly createdAtMs: number;
  readonly destroyedAtMs: number | null;
}

/** By version and commitment: what names a key without being one. */
export const keysInForce = ({ dataKeys }: Pick<Stores, "dataKeys">): readonly KeyVersionName[] =>
  dataKeys
    .list()
    .flatMap(({ version, kept }) => (kept === null ? [] : [{ version, commitment: kept.commitment }]));

/** Every key that the tenant ever had is destroyed. */
export const isShredded = (stores: Pick<Stores, "dataKeys">): boolean =>
  stores.dataKeys.list().length > 0 && keysInForce(stores).length === 0;

export function keyStanding(stores: Stores, tenant: TenantRecord): KeyStanding {
  const keys = stores.dataKeys.list();
  const customer = stores.keyState.customerKey();
  const current = keys.findLast(({ kept }) => kept !== null);
  return {
    versions: keys.map(({ version, kept, createdAtMs, destroyedAtMs }) => ({
      version,
      status: kept === null ? "destroyed" : version === current?.version ? "current" : "retired",
      wrapper: kept?.wrapped.wrapperId ?? null,
      hasRecovery: kept !== null && kept.recovery !== null,
      createdAtMs,
      destroyedAtMs,
    })),
    dueAtMs: current ? current.createdAtMs + KEY_LIFE_MS[tenant.tier] : null,
    customerKey: customer && {
      wrapper: customer.wrapperId,
      isInForce: customer.isInForce,
      settingsWrapper: customer.settings.wrapped.wrapperId,
    },
    rotation: stores.keyState.rotation(),
  };
}
